//! Members that are the processes of an MPI job, as `mpirun` starts them.

use std::io;
use std::ops::Range;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ferrompi::{Communicator, Mpi, ThreadLevel};

use super::Members;
use crate::error::{Error, Result};

/// Bytes of one message, at most: MPI counts with 32 bits.
const MESSAGE: usize = 1 << 30;

/// An MPI job, of which this process is a member. It ends when this is dropped, which waits for all members.
#[allow(missing_debug_implementations)] // that of the library has none
pub struct Job {
    member: Arc<Process>,
    /// Ends MPI, on the thread that started it.
    _mpi: Mpi,
}

/// A member of the job.
#[derive(Debug)]
pub struct Process {
    world: World,
    /// Time of all gathering so far.
    nanoseconds: AtomicU64,
}

struct World(Communicator);

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "rank {} of {}", self.0.rank(), self.0.size())
    }
}

impl Job {
    /// Starts MPI. From now on a panic on any thread of this process ends the whole job with exit code 1: the others would wait
    /// for ever.
    ///
    /// # Errors
    /// [`Error::Io`] when MPI does not start, or does not allow calls from other threads.
    pub fn start() -> Result<Self> {
        let failed = |source| Error::io("MPI", "start")(source);
        let mpi = Mpi::init_thread(ThreadLevel::Multiple).map_err(|it| failed(io::Error::other(it)))?;
        if mpi.thread_level() < ThreadLevel::Serialized {
            return Err(failed(io::Error::other("it allows calls from one thread only")));
        }
        let member = Arc::new(Process {
            world: World(mpi.world()),
            nanoseconds: AtomicU64::new(0),
        });
        let (print, aborting) = (panic::take_hook(), member.clone());
        panic::set_hook(Box::new(move |panic| {
            print(panic);
            aborting.abort(1);
        }));
        Ok(Self { member, _mpi: mpi })
    }

    /// This process.
    pub fn member(&self) -> Arc<Process> {
        self.member.clone()
    }
}

impl Process {
    /// Ends all processes of the job, with this exit code.
    pub fn abort(&self, code: u8) -> ! {
        self.world.0.abort(code.into())
    }
}

/// A failure of MPI ends all processes of the job, with exit code 1 and a message on stderr.
impl Members for Process {
    fn rank(&self) -> usize {
        self.world.0.rank() as usize
    }

    fn count(&self) -> usize {
        self.world.0.size() as usize
    }

    fn gather(&self, bytes: &mut [u8], parts: &[Range<usize>]) {
        let (world, start) = (&self.world.0, Instant::now());
        let gathered = if bytes.len() <= MESSAGE {
            let own = bytes[parts[self.rank()].clone()].to_vec();
            let counts: Vec<i32> = parts.iter().map(|part| part.len() as i32).collect();
            let starts: Vec<i32> = parts.iter().map(|part| part.start as i32).collect();
            world.allgatherv(&own, bytes, &counts, &starts)
        } else {
            parts.iter().enumerate().try_for_each(|(rank, part)| {
                let mut messages = bytes[part.clone()].chunks_mut(MESSAGE);
                messages.try_for_each(|message| world.broadcast(message, rank as i32))
            })
        };
        if let Err(error) = gathered {
            // As MPI itself does where nobody handles its errors: the others would wait for ever.
            eprintln!("error on rank {}: MPI cannot gather: {error}", self.rank());
            self.abort(1);
        }
        let nanoseconds = start.elapsed().as_nanos() as u64;
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    fn communication_time(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)))
    }
}
