//! Reads images and labels from [CSV], plain or gzip'd: a row an image, a column a pixel, and one for the labels.
//!
//! Commas, semicolons, tabs or spaces separate the numbers; the first row may name the columns, and a first column
//! that only counts the rows, as pandas writes it, is left out. Labels are in the column that the header calls label,
//! target, class, digit or y; without such a name in the first column, unless only the last can be it: where the first
//! has fractions or is the same in all rows. So Kaggle's `train.csv`, the `mnist_train.csv` that many teach with, and
//! scikit-learn's digits as `numpy.savetxt` and pandas write them are read as they are. What pixels mean is in
//! [`scale`]; images with a square number of pixels are square, others one row.
//!
//! Memory grows with the numbers that are there. Errors name row and column, counted from 1, the header included.
//!
//! [CSV]: https://www.rfc-editor.org/rfc/rfc4180

mod label;
mod records;
mod table;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use self::label::LabelColumn;
use self::table::Table;
use super::labelled;
use super::labelled::Part;
use super::scale;
use super::scale::PixelRange;
use crate::data::read::Reading;
use crate::data::{Dataset, Digits};
use crate::error::Result;
use crate::files::source::Source;
use crate::images::pixels::ImageShape;

const WAY_OUT: &str = "Each row is an image: its label, and a number for each pixel.";

/// Where the images are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFiles {
    /// To learn from; the only file, or `train.csv`.
    pub learning: PathBuf,
    /// `test.csv` beside it, which tests if it has labels.
    pub test: Option<PathBuf>,
}

/// Reads a data set. A test file without labels, as Kaggle's, is left out.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) with row and column;
/// [`Error::Option`](crate::Error::Option) when there is no column of the name wanted;
/// [`Error::LabelOutOfRange`](crate::Error::LabelOutOfRange).
pub fn read(files: &CsvFiles, reading: &Reading) -> Result<Digits> {
    let (learning, test) = rayon::join(
        || labelled(Table::open(&files.learning)?, &files.learning, reading),
        || files.test.as_deref().map(Table::open).transpose(),
    );
    let learning = learning?;
    let test = match (test?, &files.test) {
        // A row of pixels alone.
        (Some(table), Some(path)) if table.columns != learning.shape.pixels() => {
            Some(labelled(table, path, reading)?)
        }
        _ => None,
    };
    labelled::digits(learning, test, reading, files.learning.display().to_string())
}

/// As [`read`], from any reader, which has all images. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read`].
pub fn read_from(reader: impl Read + 'static, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    let table = Table::read(Source::new(path, reader, WAY_OUT)?)?;
    labelled::digits(labelled(table, path, reading)?, None, reading, name.to_owned())
}

/// Its images and labels.
fn labelled(mut table: Table, path: &Path, reading: &Reading) -> Result<Part> {
    if table.columns < 2 {
        return Err(table.error(0, None, "a label and at least one pixel", "one number"));
    }
    let column = label::find(&table, reading.label_column.as_ref())?;
    let labels = label::labels(&table, column)?;
    let labels_are = format!("labels in {}", table.column_in_words(column));
    table.remove(column);
    Ok(Part {
        path: path.to_owned(),
        shape: ImageShape::of_pixels(table.columns),
        numbers: table.numbers,
        labels,
        about: vec![labels_are],
    })
}

/// The images of a file that may have labels or not.
#[derive(Debug, Clone)]
pub struct Rows {
    /// In the file's order. Where there are no labels, all are 0.
    pub images: Dataset,
    /// Whether there are labels.
    pub has_labels: bool,
}

/// Reads images of `inputs` pixels for a network to look at, such as Kaggle's `test.csv`. A row with one number more
/// has a label.
///
/// # Errors
/// As those of [`read`]; also when rows have another number of columns.
pub fn read_rows(
    path: &Path,
    inputs: usize,
    label_column: Option<&LabelColumn>,
    range: PixelRange,
) -> Result<Rows> {
    rows(Source::open(path, WAY_OUT)?, inputs, label_column, range)
}

/// As [`read_rows`], from any reader, such as standard input. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_rows`].
pub fn read_rows_from(
    reader: impl Read + 'static,
    name: &str,
    inputs: usize,
    label_column: Option<&LabelColumn>,
    range: PixelRange,
) -> Result<Rows> {
    rows(
        Source::new(Path::new(name), reader, WAY_OUT)?,
        inputs,
        label_column,
        range,
    )
}

fn rows(
    source: Source<'static>,
    inputs: usize,
    label_column: Option<&LabelColumn>,
    range: PixelRange,
) -> Result<Rows> {
    let mut table = Table::read(source)?;
    let path = table.path().to_owned();
    let has_labels = match table.columns {
        columns if columns == inputs => false,
        columns if columns == inputs + 1 => true,
        other => {
            let expected = format!("{inputs} numbers, as the network has inputs, or one more for a label");
            return Err(table.error(0, None, expected, format!("{other} numbers")));
        }
    };
    let labels = if has_labels {
        let column = label::find(&table, label_column)?;
        let labels = label::labels(&table, column)?;
        table.remove(column);
        labels
    } else {
        vec![0; table.rows]
    };
    let pixel_max = range.pixel_max(&table.numbers);
    let pixels = scale::intensities(table.numbers, pixel_max, &path)?;
    Ok(Rows {
        images: Dataset::new(
            pixels,
            labels,
            ImageShape::of_pixels(inputs),
            &path.display().to_string(),
        )?,
        has_labels,
    })
}
