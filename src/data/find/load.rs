//! From a path to digits in memory.

use std::path::Path;

use super::locate::{DataSource, locate};
use crate::data::read::labels::check_numbered;
use crate::data::read::{Reading, arrays, csv, folders, idx, paired, pickle};
use crate::data::{Digits, TrainOn, synthetic};
use crate::error::Result;

/// Finds and reads the data set at `path`, a file or a folder in any known format.
///
/// # Errors
/// Those of [`locate`] and [`load_source`].
///
/// ```no_run
/// let digits = batchprop::load("data")?;
/// println!("{}: {} classes", digits.origin(), digits.classes());
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn load(path: impl AsRef<Path>) -> Result<Digits> {
    load_source(&locate(path.as_ref())?, &Reading::default())
}

/// Reads the files of `source`, or draws the synthetic digits of seed 0.
///
/// # Errors
/// Those of the format's reader, such as [`idx::read`] and [`csv::read`]; [`Error::LabelOutOfRange`](crate::Error::LabelOutOfRange) when a label is not below the
/// number of classes asked for.
pub fn load_source(source: &DataSource, reading: &Reading) -> Result<Digits> {
    let classes = reading.classes.unwrap_or(idx::DIGITS);
    let digits = match source {
        DataSource::Idx(files) => return idx::read_as(files, reading),
        DataSource::Pickle(path) => {
            check_numbered(reading, &path.display().to_string())?;
            pickle::read(path, classes)?
        }
        DataSource::Synthetic => {
            let digits = synthetic::digits(0, synthetic::TRAINING, synthetic::TEST);
            check_numbered(reading, digits.origin())?;
            digits
                .training(TrainOn::All)
                .check_labels(classes, digits.origin())?;
            digits
        }
        DataSource::Csv(files) => return csv::read(files, reading),
        DataSource::Pictures(folders) => return folders::read(folders, reading),
        DataSource::Npz(path) => return arrays::read_npz(path, reading),
        DataSource::Paired(files) => return paired::read(files, reading),
    };
    Ok(digits.with_classes(classes))
}
