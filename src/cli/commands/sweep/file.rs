//! `--csv FILE` of a sweep: the columns are all options of a run, given or not, then the version, the data, the seed, the epochs
//! after which runs are compared, and [`figures`](super::figures).

use std::collections::HashMap;
use std::sync::OnceLock;

use super::figures;
use super::figures::Figures;
use super::points::columns;
use super::setup::Setup;
use crate::cli::records::runs;
use crate::cli::records::runs::Runs;
use batchprop::data::checksum::digits_sha256;

/// Between the settings and the figures.
const OF_RUN: [&str; 4] = ["version", "data_sha256", "seed", "compared_after"];

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

/// The open file.
pub type Record<'a> = runs::RunFile<Expected<'a>>;

/// The valid lines.
pub struct Expected<'a> {
    columns: Vec<String>,
    setup: &'a Setup<'a>,
    /// The points by their settings.
    points: HashMap<Vec<&'a str>, usize>,
    /// SHA-256 of the data, once it is needed.
    data: OnceLock<String>,
}

impl<'a> Expected<'a> {
    /// A run of the sweep.
    pub fn of(setup: &'a Setup<'a>) -> Self {
        let settings = setup
            .points
            .iter()
            .map(|point| point.settings.iter().map(String::as_str).collect());
        Self {
            columns: columns(),
            points: settings.zip(0..).collect(),
            data: OnceLock::new(),
            setup,
        }
    }

    fn data(&self) -> &str {
        self.data.get_or_init(|| digits_sha256(self.setup.digits))
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

impl Runs for Expected<'_> {
    type Key = Key;
    type Figures = Figures;

    fn columns(&self) -> Vec<String> {
        let others = OF_RUN.into_iter().chain(figures::COLUMNS).map(str::to_owned);
        self.columns.iter().cloned().chain(others).collect()
    }

    fn cells(&self, key: Key, figures: &Figures) -> Vec<String> {
        let settings = self.setup.points[key.point].settings.iter().cloned();
        let of_run = [
            env!("CARGO_PKG_VERSION").to_owned(),
            self.data().to_owned(),
            key.seed.to_string(),
            key.epochs.to_string(),
        ];
        settings.chain(of_run).chain(figures.cells()).collect()
    }

    fn read(&self, cells: &[&str]) -> Result<(Key, Figures), (String, String)> {
        let (settings, rest) = cells.split_at(self.columns.len());
        let (of_run, cells) = rest.split_at(OF_RUN.len());
        let not_of_these = |found: String| ("a run of this sweep".to_owned(), found);
        let Some(&point) = self.points.get(settings) else {
            return Err(not_of_these(self.stranger(settings)));
        };
        let [version, data, seed, epochs] = of_run else {
            return Err(not_of_these("other columns".to_owned()));
        };
        let is_known = |seed: &u64| self.setup.seeds.contains(seed);
        let seed = seed.parse().ok().filter(is_known);
        let is_compared = |epochs: &usize| self.setup.compares(&self.setup.points[point], *epochs);
        let epochs = epochs.parse().ok().filter(is_compared);
        let known = [
            *version == env!("CARGO_PKG_VERSION"),
            *data == self.data(),
            seed.is_some(),
            epochs.is_some(),
        ];
        match (known.iter().position(|known| !known), seed, epochs) {
            (None, Some(seed), Some(epochs)) => {
                let figures = Figures::of_cells(cells);
                let figures = figures.ok_or_else(|| ("the figures of a run".to_owned(), cells.join(",")))?;
                Ok((Key { point, seed, epochs }, figures))
            }
            (wrong, ..) => {
                let wrong = wrong.unwrap_or_default();
                Err(not_of_these(format!("{} {}", OF_RUN[wrong], of_run[wrong])))
            }
        }
    }

    fn place(&self, key: Key) -> impl Ord {
        let point = &self.setup.points[key.point];
        let is_compared = |rung| self.setup.epochs(rung, point) == key.epochs;
        let rung = self.setup.rungs.iter().position(is_compared);
        (rung, key.point, key.seed)
    }

    fn name(&self, key: Key) -> String {
        self.setup.name_of_run(key.point, key.seed)
    }

    fn is_same(one: &Figures, other: &Figures) -> bool {
        let without_time = |figures: &Figures| {
            let train_seconds = 0.0;
            Figures {
                train_seconds,
                ..figures.clone()
            }
            .cells()
        };
        without_time(one) == without_time(other)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::sync::LazyLock;
    use std::time::Instant;

    use allocation_counter::measure;
    use proptest::prelude::*;
    use tempfile::NamedTempFile;

    use super::super::choice::Choice;
    use super::super::halving::Rung;
    use super::super::lists::{List, Lists};
    use super::super::points::{Point, points};
    use super::super::report::SweepReport;
    use super::super::search::{Search, Work};
    use super::super::setup::varied;
    use super::*;
    use crate::cli::damage::damage;
    use crate::cli::options::run_files::RunFiles;
    use crate::cli::output::format::OutputFormat;
    use crate::cli::records::runs::read::{MOST_BYTES, read};
    use batchprop::data::synthetic;
    use batchprop::{Digits, Error, TrainOn, TrainingData};

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
            varied: varied(lists, points),
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
        let mut record = Record::open(file.path(), &EXPECTED, None).unwrap();
        for point in 0..POINTS.len() {
            for seed in SEEDS {
                let key = Key {
                    point,
                    seed,
                    epochs: 30,
                };
                let cells = ["30", "epochs", "0.9", "0.95", "7", "0.1", "0.05", "1.5", "ab12"];
                record
                    .add(&EXPECTED, key, &Figures::of_cells(&cells).unwrap())
                    .unwrap();
            }
        }
        record.finish(&EXPECTED).unwrap();
        fs::read(file.path()).unwrap()
    });

    static EXPECTED: LazyLock<Expected<'static>> = LazyLock::new(|| Expected::of(&SETUP));

    /// Reads `bytes`, and compares the points as far as they are done. How many runs are.
    fn go_on(bytes: &[u8]) -> Result<usize, Error> {
        let done = read(Path::new("sweep.csv"), bytes, &*EXPECTED)?.done;
        let count = done.len();
        let search = Search {
            setup: &SETUP,
            expected: &EXPECTED,
            work: Work::Nothing,
            record: None,
            done,
            failed: 0,
            incomplete: None,
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
        let mut record = Record::open(&path, &EXPECTED, None).unwrap();
        let key = Key {
            point: 0,
            seed: 0,
            epochs: 30,
        };
        let cells = ["30", "epochs", "0.9", "0.95", "7", "0.1", "0.05", "1.5", "ab12"];
        // A file that was opened for reading cannot be written.
        let writable = std::mem::replace(&mut record.lines.file, File::open(&path).unwrap());
        let waits = record.add(&EXPECTED, key, &Figures::of_cells(&cells).unwrap());
        assert!(waits.is_err());
        record.lines.file = writable;

        // More memory than there is.
        let lists = lists("hidden", &["2000000-2000000"]);
        let points = points(&lists, None).unwrap();
        let setup = setup(&lists, &points);
        let files = RunFiles::default();
        let mut report = SweepReport::new(OutputFormat::Json, &setup, &files, Vec::new(), "f32");
        let mut search = Search {
            setup: &setup,
            expected: &EXPECTED,
            work: Work::All,
            record: Some(record),
            done: Done::new(),
            failed: 0,
            incomplete: None,
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
        let error = Record::open(file.path(), &EXPECTED, None)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("its end: expected runs of at most 256 MiB, found more"),
            "{error}"
        );
        assert_eq!(file.as_file().metadata().unwrap().len(), MOST_BYTES + 1);
    }
}
