//! Files of other kinds, recognised by their first bytes: what they are, and how to convert them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::find::source::file_name;
use crate::error::Error;

/// A file that this crate does not read.
#[derive(Debug)]
pub(super) struct Foreign {
    path: PathBuf,
    found: &'static str,
    hint: String,
}

/// The first bytes, the name and the hint for a kind of file. `FILE` stands for the file's name.
struct Kind {
    offset: usize,
    magic: &'static [u8],
    title: &'static str,
    hint: &'static str,
}

const PICTURE: &str =
    "`batchprop predict` shows a picture to a network; to train, give a folder of pictures for each class.";

const ARCHIVE: &str = "Unpack it, and point `data` at the folder.";

const KINDS: [Kind; 19] = [
    Kind {
        offset: 0,
        magic: b"PAR1",
        title: "a Parquet file",
        hint: "Python makes a CSV file of it: `import pandas; pandas.read_parquet('FILE').to_csv('digits.csv', index=False)`; of images in it: \
               `import io, numpy, pandas, PIL.Image; d = pandas.read_parquet('FILE'); \
               numpy.savez('digits.npz', x=[numpy.array(PIL.Image.open(io.BytesIO(i['bytes']))) for i in d['image']], y=d['label'])`.",
    },
    Kind {
        offset: 0,
        magic: b"\x89HDF\r\n\x1a\n",
        title: "an HDF5 file",
        hint: "Python makes an .npz file of it, with the names of its data sets for x and y: `import h5py, numpy; \
               d = h5py.File('FILE'); print(list(d)); numpy.savez('digits.npz', x=d['x'], y=d['y'])`.",
    },
    Kind {
        offset: 0,
        magic: b"MATLAB 5.0",
        title: "a MATLAB file",
        hint: "Python makes an .npz file of it: `import numpy, scipy.io; d = scipy.io.loadmat('FILE'); print(d.keys()); \
               numpy.savez('digits.npz', x=d['X'], y=d['y'].ravel())`; where images are its last axis, `x=numpy.moveaxis(d['X'], -1, 0)`.",
    },
    Kind {
        offset: 0,
        magic: b"MATLAB 7.3",
        title: "a MATLAB 7.3 file",
        hint: "It is HDF5 inside; Python makes an .npz file of it: `import h5py, numpy; d = h5py.File('FILE'); print(list(d)); \
               numpy.savez('digits.npz', x=numpy.array(d['X']).T, y=numpy.array(d['y']).ravel())`.",
    },
    Kind {
        offset: 0,
        magic: b"PK\x03\x04",
        title: "a zip archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 0,
        magic: b"7z\xbc\xaf\x27\x1c",
        title: "a 7-Zip archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 0,
        magic: b"Rar!",
        title: "a RAR archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 257,
        magic: b"ustar",
        title: "a tar archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 0,
        magic: b"\xfd7zXZ",
        title: "an xz archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 0,
        magic: b"BZh",
        title: "a bzip2 archive",
        hint: ARCHIVE,
    },
    Kind {
        offset: 0,
        magic: b"\x89PNG",
        title: "a PNG picture",
        hint: PICTURE,
    },
    Kind {
        offset: 0,
        magic: b"\xff\xd8\xff",
        title: "a JPEG picture",
        hint: PICTURE,
    },
    Kind {
        offset: 0,
        magic: b"GIF8",
        title: "a GIF picture",
        hint: PICTURE,
    },
    Kind {
        offset: 4,
        magic: b"ftypheic",
        title: "a HEIC picture, which is not read",
        hint: "Save it as JPEG or PNG; phones do so as \"most compatible\".",
    },
    Kind {
        offset: 4,
        magic: b"ftypmif1",
        title: "a HEIF picture, which is not read",
        hint: "Save it as JPEG or PNG; phones do so as \"most compatible\".",
    },
    Kind {
        offset: 4,
        magic: b"ftypavif",
        title: "an AVIF picture, which is not read",
        hint: "Save it as JPEG or PNG.",
    },
    Kind {
        offset: 8,
        magic: b"WEBP",
        title: "a WebP picture",
        hint: PICTURE,
    },
    Kind {
        offset: 0,
        magic: b"<!DOCTYPE",
        title: "a page of HTML, not data",
        hint: "A download went wrong: fetch it again from where the data are.",
    },
    Kind {
        offset: 0,
        magic: b"version https://git-lfs",
        title: "a pointer of Git LFS, not the data",
        hint: "Fetch the data with `git lfs pull`.",
    },
];

const ARFF: &str = "Python makes an .npz file of it: `import numpy, pandas, scipy.io.arff; \
                    d = pandas.DataFrame(scipy.io.arff.loadarff('FILE')[0]); \
                    numpy.savez('digits.npz', x=d.iloc[:, :-1].astype(float), y=d.iloc[:, -1].str.decode('utf-8').to_numpy(str))`.";

const SVMLIGHT: &str = "Python makes an .npz file of it: `import numpy, sklearn.datasets; \
                        x, y = sklearn.datasets.load_svmlight_file('FILE'); numpy.savez('digits.npz', x=x.toarray(), y=y.astype(int))`.";

/// The kind of the file at `path`, if it is known and not read.
pub(super) fn kind(path: &Path) -> Option<Foreign> {
    let mut beginning = Vec::new();
    if !path.is_file() {
        return None;
    }
    File::open(path)
        .ok()?
        .take(512)
        .read_to_end(&mut beginning)
        .ok()?;
    let known = KINDS.iter().find(|kind| {
        beginning
            .get(kind.offset..)
            .is_some_and(|rest| rest.starts_with(kind.magic))
    });
    let (found, hint) = match known {
        Some(kind) => (kind.title, kind.hint),
        None if is_arff(path, &beginning) => ("an ARFF file", ARFF),
        None if is_svmlight(&beginning) => ("a file in the format of LIBSVM and SVMlight", SVMLIGHT),
        None => return None,
    };
    Some(Foreign {
        path: path.to_owned(),
        found,
        hint: hint.replace("FILE", &file_name(path)),
    })
}

fn is_arff(path: &Path, beginning: &[u8]) -> bool {
    let text = String::from_utf8_lossy(beginning).to_lowercase();
    file_name(path).to_lowercase().ends_with(".arff") || text.trim_start().starts_with("@relation")
}

/// Whether it begins with a label and pairs `index:value`.
fn is_svmlight(beginning: &[u8]) -> bool {
    let text = String::from_utf8_lossy(beginning);
    let mut words = text.split_ascii_whitespace();
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    let is_pair = |word: &str| {
        word.split_once(':')
            .is_some_and(|(index, value)| is_number(index) && is_number(value))
    };
    words.next().is_some_and(is_number) && words.next().is_some_and(is_pair)
}

impl Foreign {
    /// The error for a user who pointed at `path`: the file, or its directory.
    pub fn into_error(self, path: &Path) -> Error {
        let found = match path == self.path {
            true => format!("this is {}", self.found),
            false => format!(
                "there is no data set in this directory, but {} is {}",
                self.path.strip_prefix(path).unwrap_or(&self.path).display(),
                self.found
            ),
        };
        Error::NotFound {
            path: path.to_owned(),
            found,
            expected:
                "IDX files, mnist.pkl.gz, CSV, .npz or .npy files, or a folder of pictures for each class"
                    .to_owned(),
            hint: self.hint,
        }
    }
}
