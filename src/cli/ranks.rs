//! The processes of `mpirun` that train one network together, where the program is built with the feature `mpi`.
//!
//! Rank 0 alone prints, logs, saves and writes checkpoints. An error on any rank ends all of them.

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::stop::Stop;
use batchprop::training::members::Members;

/// What launchers set to the number of their processes.
const COUNTS: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];

/// What launchers set to the number of a process. `srun` with PMIx does not say how many there are.
const RANKS: [&str; 3] = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"];

/// Most errors occur on all ranks. The message of rank 0 is enough, and until then it has ended the others.
const FOR_RANK_0: Duration = Duration::from_secs(3);

/// The ranks that this process is one of.
#[derive(Default)]
pub struct Ranks {
    /// All, if there are others.
    pub members: Option<Arc<dyn Members>>,
    /// Ranks that compute on the cores of this one.
    on_these_cores: usize,
    #[cfg(feature = "mpi")]
    mpi: Option<batchprop::training::members::mpi::Job>,
}

/// Whether a launcher started this process as one of several.
fn is_one_of_several() -> bool {
    COUNTS
        .iter()
        .any(|name| env::var_os(name).is_some_and(|count| count != "1"))
}

/// The rank of this process, if a launcher started it.
fn rank() -> Option<String> {
    RANKS.iter().find_map(|name| env::var(name).ok())
}

/// Prints why the command line cannot be used, or the help that it asks for, and exits. Of several processes that a launcher started
/// with the same command line only the first prints it.
pub fn refuse(error: &clap::Error) -> ! {
    if is_one_of_several() && rank().is_some_and(|rank| rank != "0") {
        if error.exit_code() == 0 {
            std::process::exit(0);
        }
        thread::sleep(FOR_RANK_0);
    }
    error.exit()
}

impl Ranks {
    /// Threads for each rank, where the user gave none: ranks with the same cores share them.
    pub fn threads(&self) -> Option<usize> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (self.on_these_cores > 1).then(|| (cores / self.on_these_cores).max(1))
    }
}

#[cfg(not(feature = "mpi"))]
impl Ranks {
    /// This build trains alone, and warns where others of its kind do the same.
    #[allow(clippy::unnecessary_wraps)] // as with MPI
    pub fn start() -> Result<Self, Stop> {
        if is_one_of_several() && rank().is_some_and(|rank| rank == "0") {
            super::output::messages::warn(
                "each process of this job trains a network of its own. To train one together, build with `--features mpi`",
            );
        }
        Ok(Self::default())
    }

    pub fn end(self, result: Result<(), Stop>) -> Result<(), Stop> {
        result
    }
}

#[cfg(feature = "mpi")]
mod with_mpi {
    use std::{fs, panic};

    use super::super::output::messages;
    use super::super::stop::{BUG, print_and_code};
    use super::{Arc, FOR_RANK_0, Members, Ranks, Stop, is_one_of_several, rank, thread};
    use batchprop::training::members::mpi::Job;
    use batchprop::training::members::texts;

    impl Ranks {
        /// Starts MPI if a launcher started this process.
        pub fn start() -> Result<Self, Stop> {
            if !is_one_of_several() && rank().is_none() {
                return Ok(Self::default());
            }
            // The job ends by its own hook before the panic is caught, which otherwise prints this.
            let print = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                print(panic);
                messages::complain(BUG);
            }));
            let job = Job::start()?;
            let member = job.member();
            messages::speak_as(member.rank());
            let places = texts(&*member, &place());
            let own = &places[member.rank()];
            Ok(Self {
                on_these_cores: places.iter().filter(|place| *place == own).count(),
                members: (member.count() > 1).then_some(member as Arc<dyn Members>),
                mpi: Some(job),
            })
        }

        /// Ends MPI. After an error this ends all ranks, which may be waiting for this one.
        pub fn end(self, result: Result<(), Stop>) -> Result<(), Stop> {
            let Some(job) = self.mpi else {
                return result;
            };
            let member = job.member();
            match result {
                Ok(()) => Ok(()),
                // All have ended at the same mini-batch, and the exit code is that of rank 0.
                Err(Stop::Signal(signal)) if member.rank() == 0 => Err(Stop::Signal(signal)),
                Err(Stop::Signal(_)) => Ok(()),
                Err(stop) => {
                    if member.rank() > 0 {
                        thread::sleep(FOR_RANK_0);
                    }
                    member.abort(print_and_code(Err(stop)).max(1))
                }
            }
        }
    }

    /// The machine and the cores of this process.
    fn place() -> String {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let cores = status.lines().find(|line| line.starts_with("Cpus_allowed_list:"));
        format!("{} {}", super::host(), cores.unwrap_or_default())
    }
}

/// The name of this machine.
pub fn host() -> String {
    sysinfo::System::host_name().unwrap_or_else(|_| "an unnamed host".to_owned())
}
