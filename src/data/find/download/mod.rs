//! Fetches MNIST's four IDX files from the mirrors that other libraries use.
//!
//! Promises:
//! - A file gets its name only when its unzipped bytes have MNIST's checksum and are on the disk. Until then it is
//!   `NAME.part`, from which the next attempt, in this run or a later one, continues (HTTP `Range`).
//! - A file that is already there is checked, never replaced: other data sets use the same names.
//! - Each file is tried on one mirror after the other. All waits and transfers have a time limit. A mirror has one limit
//!   for all files together, so that a download takes at most this time per mirror; if that is too short for a slow
//!   connection, the next attempt continues.
//! - Two processes that download into one directory wait for each other (a lock on `.batchprop-download.lock`,
//!   which remains there, empty).
//! - Nothing is printed: [`Progress`] goes to the caller.

mod part;
mod transfer;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ureq::Agent;

use self::part::PartialFile;
use self::transfer::Failure;
use super::locate;
use crate::error::{Error, Result};
use crate::files::lock;

/// Most requests for one file to one mirror: the first, and those that continue or restart it.
const REQUESTS_A_MIRROR: usize = 4;

/// Locked while a file is fetched into its directory.
const LOCK_NAME: &str = ".batchprop-download.lock";

/// A gzip'd file on a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name on the mirrors and on the disk; ends with `.gz`.
    pub name: &'static str,
    /// Length of the unzipped bytes.
    pub unzipped_bytes: u64,
    /// SHA-256 of the unzipped bytes, in lower-case hexadecimal digits.
    pub sha256: &'static str,
}

impl RemoteFile {
    /// No gzip file of the unzipped bytes is longer: deflate's fixed codes take at worst 9 bits a byte (the quickest
    /// compressors use them blindly), and the rest is headers.
    fn most_bytes(&self) -> u64 {
        self.unzipped_bytes + self.unzipped_bytes / 8 + 1024
    }

    /// One of [`locate::IDX_NAMES`], for MNIST's files.
    fn idx_name(&self) -> &str {
        self.name.strip_suffix(".gz").unwrap_or(self.name)
    }
}

/// MNIST: training images and labels, test images and labels.
pub const MNIST: [RemoteFile; 4] = [
    RemoteFile {
        name: "train-images-idx3-ubyte.gz",
        unzipped_bytes: 16 + 60_000 * 28 * 28,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    RemoteFile {
        name: "train-labels-idx1-ubyte.gz",
        unzipped_bytes: 8 + 60_000,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    RemoteFile {
        name: "t10k-images-idx3-ubyte.gz",
        unzipped_bytes: 16 + 10_000 * 28 * 28,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    RemoteFile {
        name: "t10k-labels-idx1-ubyte.gz",
        unzipped_bytes: 8 + 10_000,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// Public mirrors of MNIST, in the order in which they are tried.
pub const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// What to fetch, from where, and how long to wait.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The files.
    pub files: Vec<RemoteFile>,
    /// Base URLs, in the order in which they are tried.
    pub mirrors: Vec<String>,
    /// Time limit for resolving a mirror's address, and again for connecting to it.
    pub connect_timeout: Duration,
    /// Time limit for an answer, and between two pieces of a file.
    pub read_timeout: Duration,
    /// Time limit for all files from one mirror together, with redirects and repeated requests: time that was used
    /// for one file is not available for the next.
    pub mirror_timeout: Duration,
    /// Whether `HTTPS_PROXY` and similar variables are used.
    pub proxy_from_environment: bool,
}

impl Remote {
    /// MNIST from its public [`MIRRORS`].
    pub fn mnist() -> Self {
        Self {
            files: MNIST.to_vec(),
            mirrors: MIRRORS.map(str::to_owned).to_vec(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            mirror_timeout: Duration::from_secs(600),
            proxy_from_environment: true,
        }
    }
}

/// What a download is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Another process downloads into the same directory: waiting for it.
    Waiting,
    /// Bytes of a file have arrived. The number becomes smaller when a file is restarted.
    Bytes {
        /// The file's name.
        file: &'a str,
        /// Bytes so far, those of an earlier run included.
        done: u64,
        /// Bytes of the whole file, if the mirror tells.
        total: Option<u64>,
    },
    /// A mirror failed; the next one is tried, if there is one.
    MirrorFailed {
        /// Its base URL.
        mirror: &'a str,
        /// Why, on one line.
        reason: &'a str,
    },
    /// A file is complete, correct, and has its name.
    Finished {
        /// The file's name.
        file: &'a str,
    },
}

/// A file that is now in the directory, with the right bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// The base URL that it came from; `None` when it was there already.
    pub mirror: Option<String>,
}

/// Fetches the files of `remote` that are not in `directory` yet. Creates the directory.
///
/// # Errors
/// [`Error::Download`], its `reason` on one line, when no mirror gives the right bytes, or when another data set's
/// file has the name. [`Error::Io`] when the directory cannot be written to.
pub fn download(
    remote: &Remote,
    directory: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fetched>> {
    let mut download = Download {
        directory,
        mirrors: remote
            .mirrors
            .iter()
            .map(|url| Mirror {
                url: url.clone(),
                left: remote.mirror_timeout,
            })
            .collect(),
        agent: transfer::agent(remote),
        progress,
    };
    remote.files.iter().map(|file| download.file(file)).collect()
}

struct Download<'a> {
    directory: &'a Path,
    /// The mirror that served the last file is tried first, so that a dead one costs its timeout once, not once per file.
    mirrors: Vec<Mirror>,
    agent: Agent,
    progress: &'a mut dyn FnMut(Progress<'_>),
}

/// A mirror in a download.
struct Mirror {
    /// Its base URL.
    url: String,
    /// End of its time.
    left: Duration,
}

impl Download<'_> {
    fn file(&mut self, file: &RemoteFile) -> Result<Fetched> {
        if let Some(path) = self.already_there(file)? {
            return Ok(Fetched { path, mirror: None });
        }
        fs::create_dir_all(self.directory).map_err(Error::io(self.directory, "make"))?;
        let _lock = self.lock()?;
        // Whoever held the lock may have fetched it.
        if let Some(path) = self.already_there(file)? {
            return Ok(Fetched { path, mirror: None });
        }
        let path = self.directory.join(file.name);
        let mut part = PartialFile::open(self.directory, file)?;
        // An earlier run may have been stopped between the last byte and the name.
        if part.length() > 0 && part.check(file).is_ok() {
            part.finish(&path)?;
            (self.progress)(Progress::Finished { file: file.name });
            return Ok(Fetched { path, mirror: None });
        }
        let mut reasons = Vec::new();
        for index in 0..self.mirrors.len() {
            let Mirror { url: mirror, left } = &self.mirrors[index];
            let (mirror, start) = (mirror.clone(), Instant::now());
            let fetched = self.fetch(file, &mirror, start + *left, &mut part);
            let left = &mut self.mirrors[index].left;
            *left = left.saturating_sub(start.elapsed());
            match fetched {
                Ok(()) => {
                    part.finish(&path)?;
                    (self.progress)(Progress::Finished { file: file.name });
                    self.mirrors.rotate_left(index);
                    return Ok(Fetched {
                        path,
                        mirror: Some(mirror),
                    });
                }
                Err(Failure::Local(error)) => return Err(error),
                Err(Failure::Mirror(reason)) => {
                    (self.progress)(Progress::MirrorFailed {
                        mirror: &mirror,
                        reason: &reason,
                    });
                    reasons.push(format!("{}: {reason}", host(&mirror)));
                }
            }
        }
        let goes_on = match part.length() {
            0 => String::new(),
            bytes => format!(", which goes on after the first {bytes} bytes"),
        };
        part.abandon();
        Err(Error::Download {
            file: file.name.to_owned(),
            reason: reasons.join("; "),
            hint: format!(
                "Try again when the network is there{goes_on}, or point `data` at a copy of MNIST."
            ),
        })
    }

    /// Tries one mirror: repeats requests while they extend `part`, until the end of its time.
    fn fetch(
        &mut self,
        file: &RemoteFile,
        mirror: &str,
        deadline: Instant,
        part: &mut PartialFile,
    ) -> Result<(), Failure> {
        let progress = &mut *self.progress;
        let mut tell = |done, total| {
            progress(Progress::Bytes {
                file: file.name,
                done,
                total,
            })
        };
        let mut last_reason = String::new();
        for _ in 0..REQUESTS_A_MIRROR {
            let before = part.length();
            match transfer::transfer(&self.agent, mirror, file, part, deadline, &mut tell) {
                Ok(resumed_at) => {
                    let Err(found) = part.check(file) else {
                        return Ok(());
                    };
                    part.clear()?;
                    last_reason = format!("wrong bytes ({found})");
                    // The part from an earlier run or another mirror may be wrong: once more, everything from this mirror.
                    if resumed_at == 0 {
                        break;
                    }
                }
                Err(Failure::Mirror(reason)) => {
                    last_reason = reason;
                    if part.length() <= before {
                        break;
                    }
                }
                Err(local) => return Err(local),
            }
        }
        Err(Failure::Mirror(last_reason))
    }

    /// The file under any of its names, if it is in the directory.
    fn already_there(&self, file: &RemoteFile) -> Result<Option<PathBuf>> {
        let Some(path) = locate::find_spelling(self.directory, file.idx_name()) else {
            return Ok(None);
        };
        match file.check(&path) {
            Ok(()) => Ok(Some(path)),
            Err(found) => Err(Error::Download {
                file: file.name.to_owned(),
                reason: format!(
                    "{} is in its place, but is another file ({found})",
                    path.display()
                ),
                hint: "Move that file away, or name another directory with `data`.".to_owned(),
            }),
        }
    }

    /// The lock on the directory, until the file is dropped.
    fn lock(&mut self) -> Result<File> {
        let path = self.directory.join(LOCK_NAME);
        let file = lock::open(&path)?;
        if !lock::try_lock(&file, &path)? {
            (self.progress)(Progress::Waiting);
            file.lock().map_err(Error::io(&path, "lock"))?;
        }
        Ok(file)
    }
}

/// The mirror's host, for people.
fn host(mirror: &str) -> &str {
    let address = mirror.split_once("://").map_or(mirror, |(_, address)| address);
    address.split('/').next().unwrap_or(address)
}
