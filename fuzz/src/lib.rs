//! What all fuzz targets do: each gives what libFuzzer makes up to one reader of the crate's list.

#[path = "../../tests/common/readers/mod.rs"]
pub mod readers;

pub use libfuzzer_sys;

use readers::{READERS, Reader};

/// A target that gives its input to the reader of this name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        static READER: std::sync::LazyLock<&$crate::readers::Reader> =
            std::sync::LazyLock::new(|| $crate::reader($name));
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::write_seeds(&READER),
            |bytes: &[u8]| (READER.read)(bytes)
        );
    };
}

/// The reader of this name.
///
/// # Panics
/// When there is none.
pub fn reader(name: &str) -> &'static Reader {
    READERS
        .iter()
        .find(|reader| reader.name == name)
        .expect("it is in the list")
}

/// Writes good files into the folder that `FUZZ_SEEDS` names, before libFuzzer looks there.
///
/// # Panics
/// When they cannot be written.
pub fn write_seeds(reader: &Reader) {
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        let folder = std::path::PathBuf::from(folder);
        for (index, seed) in (reader.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index:02}")), seed)
                .expect("the folder can be written to");
        }
    }
}
