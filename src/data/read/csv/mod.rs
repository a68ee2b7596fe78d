//! Reads images and labels from [CSV], plain or gzip'd: one row per image, one column per pixel, and one or more for the
//! label; or images and labels in files of their own (`x_train.csv` and `y_train.csv`, [`paired`](super::paired)).
//!
//! Commas, semicolons, tabs or spaces separate the numbers; the first row may name the columns. A first column that only
//! counts the rows, as pandas writes it, is left out. `label` says how the labels are found. What pixels mean is in
//! [`scale`]; images with a square number of pixels are square, others one row.
//!
//! Memory grows with the numbers that are there. Errors name row and column, counted from 1, the header included.
//!
//! [CSV]: https://www.rfc-editor.org/rfc/rfc4180

mod header;
mod label;
mod records;
mod table;
mod utf16;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::slice;

pub use self::label::LabelColumn;
use self::label::Layout;
use self::table::Table;
use super::labelled;
use super::labelled::{Part, Parts};
use super::labels;
use super::labels::Labels;
use super::names;
use super::scale;
use super::transpose;
use crate::data::read::Reading;
use crate::data::{Dataset, Digits};
use crate::error::Result;
use crate::files::source::Source;
use crate::images::pixels::{ImageShape, Pixels};

/// The column of a row counter.
const COUNTER: std::ops::Range<usize> = 0..1;

const HINT: &str = "Each row is an image: its label, and a number for each pixel.";

/// Where the images are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFiles {
    /// To learn from; the only file, or `train.csv`.
    pub learning: PathBuf,
    /// `val.csv` beside it, which validates, or tests where there is no `test.csv` with labels.
    pub validation: Option<PathBuf>,
    /// `test.csv` beside it, which tests if it has labels.
    pub test: Option<PathBuf>,
}

impl CsvFiles {
    /// One file, which has all images.
    pub fn alone(path: PathBuf) -> Self {
        Self {
            learning: path,
            validation: None,
            test: None,
        }
    }
}

/// Reads a data set. A test file without labels, as Kaggle's, is left out, with a note.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) with row and column, or when it cannot be told
/// which column has the labels; [`Error::Option`](crate::Error::Option) when there is no column of the name wanted;
/// [`Error::LabelOutOfRange`](crate::Error::LabelOutOfRange).
pub fn read(files: &CsvFiles, reading: &Reading) -> Result<Digits> {
    let wanted = reading.label_column.as_ref();
    let open = |path: &Option<PathBuf>| path.as_deref().map(|path| Table::open(path, wanted)).transpose();
    let (learning, (validation, test)) = rayon::join(
        || Table::open(&files.learning, wanted),
        || rayon::join(|| open(&files.validation), || open(&files.test)),
    );
    let learning = learning?;
    let columns = learning.columns;
    let layout = layout(&learning, reading)?;
    let names = learning.names.clone();
    let mut learning = labelled(learning, &layout)?;
    check_classes(&learning, reading)?;
    let mut other = |table: Option<Table>| -> Result<Option<Part>> {
        match table {
            // A row of pixels alone.
            Some(table) if table.columns == learning.shape.pixels() => {
                let name = table.path().file_name().unwrap_or_default().to_string_lossy();
                learning
                    .notes
                    .push(format!("{name} has no labels and is not used"));
                Ok(None)
            }
            Some(table) if table.columns == columns && table.names == names => {
                labelled(table, &layout).map(Some)
            }
            Some(table) => {
                let layout = self::layout(&table, reading)?;
                labelled(table, &layout).map(Some)
            }
            None => Ok(None),
        }
    };
    let (validation, test) = (other(validation?)?, other(test?)?);
    labelled::digits(
        Parts {
            learning,
            validation,
            test,
        },
        reading,
        files.learning.display().to_string(),
    )
}

/// As [`read`], from any reader, which has all images. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read`].
pub fn read_from(reader: impl Read + 'static, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    let table = Table::read(Source::new(path, reader, HINT)?, reading.label_column.as_ref())?;
    let layout = layout(&table, reading)?;
    let part = labelled(table, &layout)?;
    check_classes(&part, reading)?;
    labelled::digits(part, reading, name.to_owned())
}

/// Where the labels are, of a table that has some.
fn layout(table: &Table, reading: &Reading) -> Result<Layout> {
    if table.columns < 2 {
        return Err(table.error(0, None, "a label and at least one pixel", "one number"));
    }
    label::find(table, reading.label_column.as_ref())
}

/// A file to train on has more than one class; one to evaluate a network on need not have.
fn check_classes(part: &Part, reading: &Reading) -> Result<()> {
    if part.labels.different() != 1 || reading.classes.is_some() || reading.class_names.is_some() {
        return Ok(());
    }
    let expected = format!(
        "at least two classes ({})",
        part.about.first().map_or("", String::as_str)
    );
    let found = format!("{} in all rows", part.labels.first().unwrap_or_default());
    Err(part.labels.error(0, expected, found))
}

/// Its images and labels.
fn labelled(mut table: Table, layout: &Layout) -> Result<Part> {
    let labels = label::labels(&table, layout.labels.clone())?;
    table.remove(&layout.taken())?;
    if table.columns == 0 {
        return Err(table.error(0, None, "a label and at least one pixel", "labels only"));
    }
    let mut about = vec![layout.about.clone()];
    let path = table.path().to_owned();
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (mut numbers, mut shape) = (table.numbers, ImageShape::of_pixels(table.columns));
    if names::TRANSPOSED
        .iter()
        .any(|beginning| name.starts_with(beginning))
    {
        (numbers, shape) = transpose::transposed(numbers, shape);
        about.push("images turned upright: EMNIST publishes them with rows and columns exchanged".to_owned());
    }
    Ok(Part {
        path,
        shape,
        numbers,
        labels,
        about,
        notes: layout
            .is_guess
            .then(|| guessed(&layout.about))
            .into_iter()
            .collect(),
    })
}

/// A note about columns that nothing named.
fn guessed(about: &str) -> String {
    format!("guessed from the numbers: {about}; `label_column` overrides this")
}

/// Images without labels, of a file that has pixels only.
pub(super) fn images_alone(path: &Path) -> Result<(Pixels, ImageShape, usize)> {
    let mut table = Table::open(path, None)?;
    let taken: &[_] = match label::has_counter(&table) {
        true => slice::from_ref(&COUNTER),
        false => &[],
    };
    table.remove(taken)?;
    Ok((table.numbers, ImageShape::of_pixels(table.columns), table.rows))
}

/// The labels of a file that has nothing else: one column, also behind one that counts the rows, or one-hot columns.
pub(super) fn labels_alone(path: &Path, images: usize) -> Result<Labels> {
    let mut table = Table::open(path, None)?;
    table.take_back_header(images);
    let columns = match table.columns {
        1 => 0..1,
        2 if label::has_counter(&table) => 1..2,
        other => 0..other,
    };
    let labels = label::labels(&table, columns)?;
    if labels.len() != images {
        let expected = format!("{images} labels, as there are images");
        return Err(table.error(0, None, expected, format!("{} labels", labels.len())));
    }
    Ok(labels)
}

/// The images of a file that may have labels or not.
#[derive(Debug, Clone)]
pub struct Rows {
    /// In the file's order. Where there are no labels, all are 0.
    pub images: Dataset,
    /// Whether there are labels.
    pub has_labels: bool,
    /// A note about columns that were taken for labels or left out where nothing named them.
    pub note: Option<String>,
}

/// Reads images of `inputs` pixels for a network to look at, such as Kaggle's `test.csv`. A row with one number more
/// has a label.
///
/// # Errors
/// As those of [`read`]; also when rows have another number of columns.
pub fn read_rows(path: &Path, inputs: usize, reading: &Reading) -> Result<Rows> {
    rows(Source::open(path, HINT)?, inputs, reading)
}

/// As [`read_rows`], from any reader, such as standard input. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_rows`].
pub fn read_rows_from(
    reader: impl Read + 'static,
    name: &str,
    inputs: usize,
    reading: &Reading,
) -> Result<Rows> {
    rows(Source::new(Path::new(name), reader, HINT)?, inputs, reading)
}

fn rows(source: Source<'static>, inputs: usize, reading: &Reading) -> Result<Rows> {
    let mut table = Table::read(source, reading.label_column.as_ref())?;
    let path = table.path().to_owned();
    let (mut labels, mut guess) = (None, None);
    match table.columns {
        columns if columns == inputs => table.remove(&[])?,
        columns if columns == inputs + 1 && label::has_counter(&table) => {
            let about = "the first column counts the rows and is left out";
            guess = table.names.is_none().then(|| about.to_owned());
            table.remove(slice::from_ref(&COUNTER))?
        }
        columns if columns == inputs + 1 || columns == inputs + 2 && label::has_counter(&table) => {
            let layout = label::find_in_few(&table, reading.label_column.as_ref())?;
            labels = Some(label::labels(&table, layout.labels.clone())?);
            table.remove(&layout.taken())?;
            guess = layout.is_guess.then_some(layout.about);
        }
        other => {
            let expected = format!("{inputs} numbers, as the network has inputs, or one more for a label");
            return Err(table.error(0, None, expected, format!("{other} numbers")));
        }
    }
    if table.columns != inputs {
        let expected = format!("{inputs} numbers, as the network has inputs, beside the label");
        return Err(table.error(0, None, expected, format!("{} numbers", table.columns)));
    }
    let origin = path.display().to_string();
    let has_labels = labels.is_some();
    let labels = match labels {
        Some(labels) => labels::classes(&[&labels], reading, &origin)?.labels.remove(0),
        None => vec![0; table.rows],
    };
    let pixel_max = reading.pixel_range.pixel_max(&table.numbers);
    let pixels = scale::intensities(table.numbers, pixel_max, &path)?;
    Ok(Rows {
        images: Dataset::new(pixels, labels, ImageShape::of_pixels(inputs), &origin)?,
        has_labels,
        note: guess.map(|guess| guessed(&format!("{origin}: {guess}"))),
    })
}
