//! `--csv FILE`: one line per finished run. A stopped sweep continues from it.
//!
//! The columns are all options of a run, given or not, then the data, the seed, the epochs after which runs are
//! compared, and [`figures`](super::figures). A line is written at once and as a whole; if the disk is full it waits
//! and is written with the next. Lines of other sweeps are refused, because their runs cannot be compared with those
//! of this one.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::figures;
use super::figures::Figures;
use super::points::{Point, columns};
use super::setup::Setup;
use crate::cli::records::lines::LineFile;
use crate::cli::records::read_back::{CsvRows, bytes, shortened};
use batchprop::Error;
use batchprop::data::checksum::digits_sha256;
use batchprop::files::lock;

/// Between the settings and the figures.
const OF_RUN: [&str; 3] = ["data_sha256", "seed", "compared_after"];

/// Files of half a million runs are smaller.
const MOST_BYTES: u64 = 256 << 20;

/// A run of the sweep, up to where it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Index of its point.
    pub point: usize,
    pub seed: u64,
    /// Epochs after which it is compared.
    pub epochs: usize,
}

/// The runs that are done.
pub type Done = HashMap<Key, Figures>;

/// The open file, locked against other sweeps.
#[derive(Debug)]
pub struct Record {
    lines: LineFile,
    data: String,
}

/// The valid lines.
pub struct Expected<'a> {
    columns: Vec<String>,
    setup: &'a Setup<'a>,
    /// SHA-256 of the data.
    data: String,
}

impl Record {
    /// Opens or creates the file, and reads the finished runs.
    ///
    /// # Errors
    /// [`Error::Format`] with the first line that is not of this sweep; [`Error::Io`].
    pub fn open(path: &Path, expected: &Expected) -> Result<(Self, Done), Error> {
        let file = lock::open(path)?;
        if !lock::try_lock(&file, path)? {
            let another = io::Error::other("another sweep is writing to it");
            return Err(Error::io(path, "write")(another));
        }
        let Some(content) = bytes(&file, MOST_BYTES).map_err(Error::io(path, "read"))? else {
            let expected = format!("a sweep of at most {} MiB", MOST_BYTES >> 20);
            return Err(refused(path, "its end", expected, "more"));
        };
        let data = expected.data.clone();
        if content.is_empty() {
            let mut lines = LineFile::after(path, file, 0)?;
            let header = expected.header();
            lines.add(&line(header.iter().map(String::as_str)))?;
            return Ok((Self { lines, data }, Done::new()));
        }
        // An incomplete line, from when the program or the machine was stopped.
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
    /// [`Error::Io`] when it cannot be written. Then it waits for the next.
    pub fn run(&mut self, point: &Point, key: Key, figures: &Figures) -> Result<(), Error> {
        let of_run = [self.data.clone(), key.seed.to_string(), key.epochs.to_string()];
        let cells = figures.cells();
        let cells = point.settings.iter().chain(&of_run).chain(&cells);
        self.lines.add(&line(cells.map(String::as_str)))
    }

    /// Whether all lines are in the file.
    ///
    /// # Errors
    /// [`Error::Io`] when some could not be written.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.lines.finish()
    }
}

/// The error that the sweep cannot continue from this file.
fn refused(path: &Path, place: &str, expected: impl Into<String>, found: impl Into<String>) -> Error {
    Error::Format {
        path: path.to_owned(),
        place: place.to_owned(),
        expected: expected.into(),
        found: found.into(),
        hint: "Give --csv another file, or this sweep the options of the one that wrote it.".to_owned(),
    }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = csv::Writer::from_writer(Vec::new());
    // Memory takes what it is given.
    let _ = line.write_record(cells);
    line.into_inner().unwrap_or_default()
}

impl<'a> Expected<'a> {
    /// A run of the sweep.
    pub fn of(setup: &'a Setup<'a>) -> Self {
        Self {
            columns: columns(),
            data: digits_sha256(setup.digits),
            setup,
        }
    }

    fn header(&self) -> Vec<String> {
        let others = OF_RUN.into_iter().chain(figures::COLUMNS).map(str::to_owned);
        self.columns.iter().cloned().chain(others).collect()
    }

    fn read(&self, path: &Path, content: &[u8]) -> Result<Done, Error> {
        let refused = |line: u64, expected: &str, found: &str| {
            refused(path, &format!("line {line}"), expected, shortened(found))
        };
        let mut rows = CsvRows::new(content);
        let header = self.header();
        match rows.next() {
            Ok(Some((_, found))) if *found == header[..] => {}
            _ => {
                let expected = format!(
                    "the columns of a sweep, {},… to {}",
                    header[0],
                    header[header.len() - 1]
                );
                return Err(refused(1, &expected, "others"));
            }
        }
        let points: HashMap<Vec<&str>, usize> = (0..)
            .zip(self.setup.points)
            .map(|(index, point)| (point.settings.iter().map(String::as_str).collect(), index))
            .collect();
        let mut done = Done::new();
        while let Some((line, row)) = rows
            .next()
            .map_err(|bad| refused(bad.line, &bad.expected, &bad.found))?
        {
            let cells: Vec<&str> = row.iter().collect();
            let (settings, rest) = cells.split_at(self.columns.len());
            let (of_run, cells) = rest.split_at(OF_RUN.len());
            let Some(&point) = points.get(settings) else {
                return Err(refused(line, "a run of this sweep", &self.stranger(settings)));
            };
            let is_known = |seed: &u64| self.setup.seeds.contains(seed);
            let seed = of_run[1].parse().ok().filter(is_known);
            let is_compared = |epochs: &usize| self.setup.compares(&self.setup.points[point], *epochs);
            let epochs = of_run[2].parse().ok().filter(is_compared);
            let (Some(seed), Some(epochs), true) = (seed, epochs, of_run[0] == self.data) else {
                let known = [of_run[0] == self.data, seed.is_some(), epochs.is_some()];
                let wrong = known.iter().position(|known| !known).unwrap_or(0);
                let found = format!("{} {}", OF_RUN[wrong], of_run[wrong]);
                return Err(refused(line, "a run of this sweep", &found));
            };
            let Some(figures) = Figures::of_cells(cells) else {
                return Err(refused(line, "the figures of a run", &cells.join(",")));
            };
            done.insert(Key { point, seed, epochs }, figures);
        }
        Ok(done)
    }

    /// A setting that no point has.
    fn stranger(&self, settings: &[&str]) -> String {
        let is_known = |&column: &usize| {
            let value = settings[column];
            self.setup
                .points
                .iter()
                .any(|point| point.settings[column] == value)
        };
        match (0..settings.len()).find(|column| !is_known(column)) {
            Some(column) => format!("{} {:?}", self.columns[column], settings[column]),
            None => "another combination of its values".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::sync::LazyLock;
    use std::time::Instant;

    use allocation_counter::measure;
    use proptest::prelude::*;
    use tempfile::NamedTempFile;

    use super::super::choice::Choice;
    use super::super::halving::Rung;
    use super::super::lists::{List, Lists};
    use super::super::points::points;
    use super::super::report::SweepReport;
    use super::super::search::Search;
    use super::*;
    use crate::cli::damage::damage;
    use crate::cli::output::format::OutputFormat;
    use batchprop::data::synthetic;
    use batchprop::{Digits, TrainOn, TrainingData};

    const SEEDS: [u64; 2] = [0, 1];

    /// What a file of a few lines may take.
    const MOST: u64 = 1 << 20;

    fn lists(option: &str, values: &[&str]) -> Lists {
        let list = List {
            option: option.to_owned(),
            choices: values
                .iter()
                .map(|&value| Choice::Value(value.to_owned()))
                .collect(),
        };
        Lists {
            lists: vec![list],
            flags: Vec::new(),
            seeds: SEEDS.to_vec(),
        }
    }

    static LISTS: LazyLock<Lists> = LazyLock::new(|| lists("learning-rate", &["0.5", "3"]));

    static POINTS: LazyLock<Vec<Point>> = LazyLock::new(|| points(&LISTS, None).unwrap());

    static DIGITS: LazyLock<Digits> = LazyLock::new(|| synthetic::digits(0, 60, 10));

    const RUNGS: [Rung; 1] = [Rung {
        points: 2,
        epochs: usize::MAX,
    }];

    fn setup<'a>(lists: &'a Lists, points: &'a [Point]) -> Setup<'a> {
        Setup {
            recipe: None,
            shared: &[],
            lists,
            points,
            seeds: &SEEDS,
            rungs: &RUNGS,
            digits: &DIGITS,
            threads_asked: None,
            started: Instant::now(),
        }
    }

    static SETUP: LazyLock<Setup<'static>> = LazyLock::new(|| setup(&LISTS, &POINTS));

    static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let file = NamedTempFile::new().unwrap();
        let (mut record, _) = Record::open(file.path(), &EXPECTED).unwrap();
        for (point, settings) in POINTS.iter().enumerate() {
            for seed in SEEDS {
                let key = Key {
                    point,
                    seed,
                    epochs: 30,
                };
                let cells = ["30", "epochs", "0.9", "0.95", "7", "0.1", "0.05", "1.5", "ab12"];
                record
                    .run(settings, key, &Figures::of_cells(&cells).unwrap())
                    .unwrap();
            }
        }
        record.finish().unwrap();
        fs::read(file.path()).unwrap()
    });

    static EXPECTED: LazyLock<Expected<'static>> = LazyLock::new(|| Expected::of(&SETUP));

    /// Reads `bytes`, and compares the points as far as they are done. How many runs are.
    fn go_on(bytes: &[u8]) -> Result<usize, Error> {
        let done = EXPECTED.read(Path::new("sweep.csv"), bytes)?;
        let count = done.len();
        let search = Search {
            setup: &SETUP,
            record: None,
            record_is_failing: false,
            done,
            failed: 0,
        };
        for standing in search.ranking() {
            let (_, _) = (standing.accuracy(), standing.best_accuracy());
            let (_, _, _) = (standing.diverged(), standing.epochs(), standing.seconds());
        }
        Ok(count)
    }

    fn memory(bytes: &[u8]) -> u64 {
        measure(|| drop(go_on(bytes))).bytes_max
    }

    #[test]
    fn a_good_file_is_gone_on_from() {
        assert_eq!(go_on(&GOOD).unwrap(), POINTS.len() * SEEDS.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn noise_is_refused(noise: Vec<u8>) {
            let header = GOOD.split_inclusive(|&byte| byte == b'\n').next().unwrap();
            prop_assert!(memory(&noise) < MOST);
            prop_assert!(memory(&[header, &noise].concat()) < MOST);
        }

        #[test]
        fn damaged_files_are_refused_or_gone_on_from(damage in damage()) {
            let mut bytes = GOOD.clone();
            damage.iter().for_each(|damage| damage.apply(&mut bytes));
            prop_assert!(memory(&bytes) < MOST);
        }
    }

    /// Memory once grew with the values of a line, and twice with those of the header.
    #[test]
    fn lines_of_commas_are_refused_in_little_memory() {
        let commas = vec![b','; 8 << 20];
        for bytes in [commas.clone(), [&GOOD[..], &commas].concat()] {
            assert!(go_on(&bytes).is_err());
            assert!(memory(&bytes) < 4 << 20);
        }
    }

    /// Waiting lines were once lost without a message.
    #[test]
    fn lines_that_wait_are_written_when_a_rung_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sweep.csv");
        let (mut record, done) = Record::open(&path, &EXPECTED).unwrap();
        let key = Key {
            point: 0,
            seed: 0,
            epochs: 30,
        };
        let cells = ["30", "epochs", "0.9", "0.95", "7", "0.1", "0.05", "1.5", "ab12"];
        // A file that was opened for reading cannot be written.
        let writable = std::mem::replace(&mut record.lines.file, File::open(&path).unwrap());
        let waits = record.run(&POINTS[0], key, &Figures::of_cells(&cells).unwrap());
        assert!(waits.is_err());
        record.lines.file = writable;

        // More memory than there is.
        let lists = lists("hidden", &["2000000-2000000"]);
        let points = points(&lists, None).unwrap();
        let setup = setup(&lists, &points);
        let mut report = SweepReport::new(OutputFormat::Json, &setup, "f32");
        let mut search = Search {
            setup: &setup,
            record: Some(record),
            record_is_failing: true,
            done,
            failed: 0,
        };
        let training = DIGITS.training(TrainOn::Train);
        let error = search
            .run::<f32>(TrainingData::new(&training), &mut report)
            .unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_file_beyond_the_bound_is_refused_and_left_as_it_is() {
        let file = NamedTempFile::new().unwrap();
        // A hole: nothing is on the disk.
        file.as_file().set_len(MOST_BYTES + 1).unwrap();
        let error = Record::open(file.path(), &EXPECTED).unwrap_err().to_string();
        assert!(
            error.contains("its end: expected a sweep of at most 256 MiB, found more"),
            "{error}"
        );
        assert_eq!(file.as_file().metadata().unwrap().len(), MOST_BYTES + 1);
    }
}
