//! Images for a network to look at, with labels or without, from `.npy` and `.npz`.

use std::io::{Cursor, Read};
use std::path::Path;

use super::super::csv::Rows;
use super::super::{labels as classes, names, scale};
use super::elements::{Images, labels};
use super::roles::{pair, roles};
use super::{HINT, not_one_of};
use crate::data::Dataset;
use crate::data::read::Reading;
use crate::data::read::labels::Labels;
use crate::error::{Error, Result};
use crate::files::numpy::Header;
use crate::files::numpy::npz::Npz;
use crate::files::source::Source;
use crate::memory;

/// How a zip archive begins.
const ZIP: &[u8] = b"PK";

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// Reads images of `inputs` pixels from a `.npy` or `.npz` file; its first bytes say which. Of an archive with training and test
/// images the latter are taken, with a note. `name` stands for a path in errors.
///
/// # Errors
/// As those of [`read_npz`](super::read_npz); also when the images have another number of pixels.
pub fn read_rows_from(mut reader: impl Read, name: &str, inputs: usize, reading: &Reading) -> Result<Rows> {
    let path = Path::new(name);
    let mut beginning = Vec::new();
    let begin = (&mut reader).take(ZIP.len() as u64).read_to_end(&mut beginning);
    begin.map_err(Error::io(path, "read"))?;
    let is_zip = beginning == ZIP;
    let whole = Cursor::new(beginning).chain(reader);
    let (images, labels, note) = match is_zip {
        true => of_archive(Npz::new(path, Cursor::new(all_of(whole, path)?), HINT)?, path)?,
        false => {
            let mut source = Source::new(path, whole, HINT)?;
            (
                Images::read(&Header::read(&mut source)?, &mut source)?,
                None,
                None,
            )
        }
    };
    if images.shape.pixels() != inputs {
        return Err(Error::Format {
            path: path.to_owned(),
            place: "images".to_owned(),
            expected: format!("{inputs} pixels, as the network has inputs"),
            found: format!("{}×{} pixels", images.shape.rows, images.shape.columns),
            hint: "Take images like those it was trained on, or another network.".to_owned(),
        });
    }
    let (numbers, shape, count) = images.into_parts();
    let has_labels = labels.is_some();
    let labels = match labels {
        Some(labels) => classes::classes(&[&labels], reading, name)?.labels.remove(0),
        None => vec![0; count],
    };
    let pixel_max = reading.pixel_range.pixel_max(&numbers);
    let pixels = scale::intensities(numbers, pixel_max, path)?;
    Ok(Rows {
        images: Dataset::new(pixels, labels, shape, name)?,
        has_labels,
        note,
    })
}

/// The images of an archive, their labels if there are any, and a note about other images.
fn of_archive(
    mut archive: Npz<Cursor<Vec<u8>>>,
    path: &Path,
) -> Result<(Images, Option<Labels>, Option<String>)> {
    let all = archive.names();
    let (pair, is_chosen) = match roles(&all) {
        Some(found) => match found.test {
            Some(test) => (Some(test), true),
            None => (Some(found.learning), false),
        },
        None => (pair(&all, Some(&names::TEST)), false),
    };
    if let Some((images_name, labels_name)) = pair {
        let images = archive.array(&images_name, Images::read)?;
        let labels = archive.array(&labels_name, |header, source| {
            labels(header, source, images.count)
        })?;
        let note = is_chosen.then(|| {
            format!(
                "{}: its test images are taken, those of {images_name}",
                path.display()
            )
        });
        return Ok((images, Some(labels), note));
    }
    let mut images = all.iter().filter(|name| is_images(name));
    match (&all[..], images.next(), images.next()) {
        ([only], ..) | (_, Some(only), None) => Ok((archive.array(only, Images::read)?, None, None)),
        _ => Err(not_one_of(
            path,
            "one array of images, such as x_test, or images and labels, such as x and y",
            &all,
        )),
    }
}

/// Whether the archive at `path` holds images, by the names of its arrays: one array alone, or one that is called so.
pub(crate) fn holds_images(path: &Path) -> bool {
    Npz::open(path, HINT).is_ok_and(|archive| {
        let all = archive.names();
        all.len() == 1 || all.iter().any(|name| is_images(name))
    })
}

fn is_images(name: &str) -> bool {
    names::words(name)
        .iter()
        .any(|word| names::IMAGES.contains(&&**word))
}

/// All bytes of `reader`, while there is memory.
fn all_of(mut reader: impl Read, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        memory::reserve(&mut bytes, BLOCK, usize::MAX, path)?;
        let read = (&mut reader).take(BLOCK as u64).read_to_end(&mut bytes);
        if read.map_err(Error::io(path, "read"))? == 0 {
            return Ok(bytes);
        }
    }
}
