//! The threads of a subcommand.

use super::stop::Stop;
use batchprop::Error;

/// Refuses `--threads 0`.
pub fn check_threads(threads: Option<usize>) -> Result<(), Error> {
    match threads {
        Some(0) => Err(Error::option("--threads", "0", "1 or more")),
        _ => Ok(()),
    }
}

/// Runs `work` on a rayon pool of `threads`, by default one per core. More than one per core are not started: they
/// would slow each other down, and the result does not depend on their number.
pub fn on_threads<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R, Stop> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(cores).min(cores);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| {
        Error::option(
            "--threads",
            threads,
            format!("a number of threads this machine can start ({error})"),
        )
    })?;
    Ok(pool.install(work))
}
