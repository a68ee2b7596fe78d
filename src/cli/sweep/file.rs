//! `--csv FILE`: a line for every run that is done, and what a stopped sweep goes on from.
//!
//! The columns are all options of a run, given or not, then the data, the seed, the epochs after which runs are
//! compared, and [`figures`](super::figures). A line is written at once and as a whole, and one that the disk does not take
//! waits for the next. A line that is not from this sweep is refused: it would be compared with runs on other terms.

use std::collections::HashMap;
use std::fs::{self, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::super::line_file::LineFile;
use super::figures::{self, Figures};
use super::points::Point;
use batchprop::Error;

/// Between the settings and the figures.
const OF_RUN: [&str; 3] = ["data_sha256", "seed", "compared_after"];

/// A run of the sweep, up to where it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Index of its point.
    pub point: usize,
    pub seed: u64,
    /// Epochs after which it is compared.
    pub epochs: usize,
}

/// What is done.
pub type Done = HashMap<Key, Figures>;

/// The open file, which no other sweep writes to meanwhile.
#[derive(Debug)]
pub struct Record {
    lines: LineFile,
    data: String,
}

/// What a line may be.
pub struct Expected<'a> {
    pub columns: &'a [String],
    pub points: &'a [Point],
    pub seeds: &'a [u64],
    /// What tells the data from others.
    pub data: &'a str,
    /// Whether a run of a point may be compared after so many epochs.
    pub is_compared: &'a dyn Fn(&Point, usize) -> bool,
}

impl Record {
    /// Opens or creates the file, and reads what is done.
    ///
    /// # Errors
    /// [`Error::Format`] with the first line that is not of this sweep; [`Error::Io`].
    pub fn open(path: &Path, expected: &Expected) -> Result<(Self, Done), Error> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let file = file.map_err(Error::io(path, "open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let another = io::Error::other("another sweep is writing to it");
                return Err(Error::io(path, "write")(another));
            }
            Err(TryLockError::Error(error)) => return Err(Error::io(path, "lock")(error)),
        }
        let content = fs::read(path).map_err(Error::io(path, "read"))?;
        let data = expected.data.to_owned();
        if content.is_empty() {
            let mut lines = LineFile::after(path, file, 0)?;
            let header = expected.header();
            lines.add(&line(header.iter().map(String::as_str)))?;
            return Ok((Self { lines, data }, Done::new()));
        }
        // A line that was being written when the program or the machine ended.
        let whole = content
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let done = expected.read(path, &content[..whole])?;
        let lines = LineFile::after(path, file, whole as u64)?;
        Ok((Self { lines, data }, done))
    }

    /// A line for a run.
    ///
    /// # Errors
    /// [`Error::Io`] where the disk does not take it. Then it waits for the next.
    pub fn run(&mut self, point: &Point, key: Key, figures: &Figures) -> Result<(), Error> {
        let of_run = [self.data.clone(), key.seed.to_string(), key.epochs.to_string()];
        let cells = figures.cells();
        let cells = point.settings.iter().chain(&of_run).chain(&cells);
        self.lines.add(&line(cells.map(String::as_str)))
    }

    /// Whether all lines are in the file.
    ///
    /// # Errors
    /// [`Error::Io`] where the disk did not take some to the end.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.lines.finish()
    }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = csv::Writer::from_writer(Vec::new());
    // Memory takes what it is given.
    let _ = line.write_record(cells);
    line.into_inner().unwrap_or_default()
}

impl Expected<'_> {
    fn header(&self) -> Vec<String> {
        let others = OF_RUN.into_iter().chain(figures::COLUMNS).map(str::to_owned);
        self.columns.iter().cloned().chain(others).collect()
    }

    fn read(&self, path: &Path, content: &[u8]) -> Result<Done, Error> {
        let refused = |line: u64, expected: &str, found: String| Error::Format {
            path: path.to_owned(),
            place: format!("line {line}"),
            expected: expected.to_owned(),
            found,
            way_out: "Give --csv another file, or this sweep the options of the one that wrote it."
                .to_owned(),
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
        let header = self.header();
        match reader.headers() {
            Ok(found) if found == header => {}
            _ => {
                let expected = format!(
                    "the columns of a sweep, {},… to {}",
                    header[0],
                    header[header.len() - 1]
                );
                return Err(refused(1, &expected, "others".to_owned()));
            }
        }
        let points: HashMap<&[String], usize> = (0..)
            .zip(self.points)
            .map(|(index, point)| (&*point.settings, index))
            .collect();
        let mut done = Done::new();
        for (index, row) in reader.records().enumerate() {
            let line = index as u64 + 2;
            let row = row.map_err(|error| refused(line, "a line of text", error.to_string()))?;
            let cells: Vec<&str> = row.iter().collect();
            if cells.len() != header.len() {
                let expected = format!("{} values", header.len());
                return Err(refused(line, &expected, cells.len().to_string()));
            }
            let (settings, rest) = cells.split_at(self.columns.len());
            let (of_run, cells) = rest.split_at(OF_RUN.len());
            let settings: Vec<String> = settings.iter().map(|&cell| cell.to_owned()).collect();
            let Some(&point) = points.get(&*settings) else {
                return Err(refused(line, "a run of this sweep", self.stranger(&settings)));
            };
            let is_known = |seed: &u64| self.seeds.contains(seed);
            let seed = of_run[1].parse().ok().filter(is_known);
            let is_compared = |epochs: &usize| (self.is_compared)(&self.points[point], *epochs);
            let epochs = of_run[2].parse().ok().filter(is_compared);
            let (Some(seed), Some(epochs), true) = (seed, epochs, of_run[0] == self.data) else {
                let known = [of_run[0] == self.data, seed.is_some(), epochs.is_some()];
                let wrong = known.iter().position(|known| !known).unwrap_or(0);
                let found = format!("{} {}", OF_RUN[wrong], of_run[wrong]);
                return Err(refused(line, "a run of this sweep", found));
            };
            let Some(figures) = Figures::of_cells(cells) else {
                return Err(refused(line, "what a run came to", cells.join(",")));
            };
            done.insert(Key { point, seed, epochs }, figures);
        }
        Ok(done)
    }

    /// Which of the settings none of the points has.
    fn stranger(&self, settings: &[String]) -> String {
        let is_known = |&column: &usize| {
            let value = &settings[column];
            self.points.iter().any(|point| point.settings[column] == *value)
        };
        match (0..settings.len()).find(|column| !is_known(column)) {
            Some(column) => format!("{} {:?}", self.columns[column], settings[column]),
            None => "another combination of its values".to_owned(),
        }
    }
}
