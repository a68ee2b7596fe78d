//! Files that a command writes: their names and folders are checked before work starts.

use std::path::Path;

use batchprop::{Error, files};

/// The one of `endings` that the name of the file `path` ends with, if the file can be written. `option` is the argument that
/// names it. A pipe or a device may have any name if there is only one format.
pub fn check_output<'a>(option: &'static str, path: &Path, endings: &[&'a str]) -> Result<&'a str, Error> {
    let ending = check_ending(option, path, endings)?;
    files::check_writable(path)?;
    Ok(ending)
}

/// The one of `endings` that the name of the file `path` ends with.
pub fn check_ending<'a>(option: &'static str, path: &Path, endings: &[&'a str]) -> Result<&'a str, Error> {
    let is_file = path.metadata().map_or(true, |metadata| metadata.is_file());
    match (files::ending_among(path, endings), endings) {
        (Some(ending), _) => Ok(ending),
        (None, &[only]) if !is_file => Ok(only),
        _ => {
            let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
            let endings = match &endings[..] {
                [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
                endings => endings.concat(),
            };
            Err(Error::option(
                option,
                path.display(),
                format!("a name that ends in {endings}"),
            ))
        }
    }
}
