//! One training by several members, each with its own memory: programs on many machines, or threads.
//!
//! Every member has the whole network and all images, and makes the same steps. It computes its share of each mini-batch, of the
//! weights' gradient and of each evaluation, and gathers the others' shares: see
//! [`Trainer::with_members`](crate::training::Trainer::with_members). All shares are cut by shapes alone and nothing is summed on the
//! way, so the bits are those of one member.

#[cfg(feature = "mpi")]
pub mod mpi;

use std::fmt::Debug;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::Duration;

use bytemuck::NoUninit;

use super::run::run;
use super::{CheckedOptions, Outcome, Snapshot, TrainingData, TrainingEvent};
use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;

/// What a member of a training knows of the others.
pub trait Members: Debug + Send + Sync {
    /// Which one this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn count(&self) -> usize;

    /// Gathers `bytes`, of which member r has the part `parts[r]`: afterwards all members have all parts (`all_gatherv` of MPI). All
    /// members call it as often as each other, with as many bytes and the same parts, which do not overlap.
    fn gather(&self, bytes: &mut [u8], parts: &[Range<usize>]);

    /// The time of all calls of [`gather`](Self::gather) so far, in which this member also waits for slower ones; `None` where
    /// it is not measured.
    fn communication_time(&self) -> Option<Duration> {
        None
    }
}

/// As [`train`](super::train), by `members`, each of which calls it with the same network, data and options. All end with the network and
/// the outcome of one, except for times. The listener and the clock of member 0 end the run for all; other listeners cannot end it.
///
/// # Errors
/// Those of [`train`](super::train). Where only one member fails, as without memory, the others wait for it.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::sync::Arc;
/// use std::thread;
/// use batchprop::data::synthetic;
/// use batchprop::training::members::{self, Members, Threads};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions};
///
/// let digits = synthetic::digits(1, 1200, 100);
/// let training = digits.training(TrainOn::All);
/// let options = TrainingOptions { batch_size: 256, epochs: 2, ..Default::default() }.check()?;
/// let weights = &|member: Threads| -> batchprop::Result<String> {
///     let mut network = Network::<f32>::new(&[784, 100, 10], 0)?;
///     let (data, members) = (TrainingData::new(&training), Arc::new(member) as Arc<dyn Members>);
///     members::train(&mut network, data, &options, &members, |_| ControlFlow::Continue(()))?;
///     Ok(network.sha256())
/// };
/// let [first, second] = thread::scope(|scope| {
///     let threads = Threads::new(2).into_iter().map(|member| scope.spawn(move || weights(member)));
///     let threads: Vec<_> = threads.collect();
///     threads.into_iter().map(|it| it.join().expect("it ends")).collect::<Vec<_>>().try_into().expect("two")
/// });
/// assert_eq!(first?, second?);
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn train<F: Real>(
    network: &mut Network<F>,
    data: TrainingData,
    options: &CheckedOptions,
    members: &Arc<dyn Members>,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<Outcome> {
    run(network, None, data, options, Some(members), listener)
}

/// As [`resume`](super::resume), by `members`, which may be others than those that began the run: see [`train`].
///
/// # Errors
/// Those of [`resume`](super::resume).
pub fn resume<F: Real>(
    snapshot: Snapshot<F>,
    data: TrainingData,
    options: &CheckedOptions,
    members: &Arc<dyn Members>,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<(Network<F>, Outcome)> {
    let mut network = snapshot.network.clone();
    let outcome = run(
        &mut network,
        Some(snapshot),
        data,
        options,
        Some(members),
        listener,
    )?;
    Ok((network, outcome))
}

/// The other members, and what all gather from each other, in memory that is taken once.
#[derive(Debug)]
pub(super) struct Others {
    pub members: Arc<dyn Members>,
    pub gathered: Vec<u8>,
}

impl Others {
    pub fn new(members: Arc<dyn Members>) -> Self {
        Self {
            members,
            gathered: Vec::new(),
        }
    }

    /// The [`part`] of this member, of `count` things in a row.
    pub fn part(&self, count: usize) -> Range<usize> {
        part(count, self.members.rank(), self.members.count())
    }
}

/// The texts of all members, in their order.
pub fn texts(members: &dyn Members, own: &str) -> Vec<String> {
    let mut bytes = own.as_bytes().to_vec();
    let parts = gather_all(members, &mut bytes);
    let text = |part: Range<usize>| String::from_utf8_lossy(&bytes[part]).into_owned();
    parts.into_iter().map(text).collect()
}

/// Replaces the bytes of this member, of which each may have another number, by those of all, and returns where each member's are.
pub(super) fn gather_all(members: &dyn Members, bytes: &mut Vec<u8>) -> Vec<Range<usize>> {
    let (rank, count, own) = (members.rank(), members.count(), bytes.len());
    let mut lengths = vec![0; count];
    lengths[rank] = own;
    gather(members, &mut lengths, count);
    let end_of = |end: &mut usize, length: &usize| {
        *end += length;
        Some(*end - length..*end)
    };
    let parts: Vec<Range<usize>> = lengths.iter().scan(0, end_of).collect();
    bytes.resize(lengths.iter().sum(), 0);
    bytes.copy_within(..own, parts[rank].start);
    members.gather(bytes, &parts);
    parts
}

/// Gathers things in a row, of which each member has its [`part`]. Their number is a multiple of what the members share: chunks.
pub(super) fn gather<T: NoUninit + bytemuck::AnyBitPattern>(
    members: &dyn Members,
    things: &mut [T],
    chunks: usize,
) {
    let (count, chunk) = (members.count(), size_of_val(things) / chunks.max(1));
    let parts: Vec<Range<usize>> = (0..count)
        .map(|rank| part(chunks, rank, count))
        .map(|part| part.start * chunk..part.end * chunk)
        .collect();
    members.gather(bytemuck::cast_slice_mut(things), &parts);
}

/// The byte of member 0.
pub(super) fn of_first(members: &dyn Members, own: u8) -> u8 {
    let mut byte = [own];
    let parts = (0..members.count()).map(|rank| rank.min(1)..1);
    members.gather(&mut byte, &parts.collect::<Vec<_>>());
    byte[0]
}

/// The part of `count` things in a row that member `rank` of `members` has.
pub(crate) fn part(count: usize, rank: usize, members: usize) -> Range<usize> {
    count * rank / members..count * (rank + 1) / members
}

/// Members that are threads of one program.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    barrier: Barrier,
    bytes: Mutex<Vec<u8>>,
    count: usize,
}

impl Threads {
    /// As many members, one for each thread. A thread that ends early leaves the others waiting.
    pub fn new(count: usize) -> Vec<Self> {
        let shared = Arc::new(Shared {
            barrier: Barrier::new(count),
            bytes: Mutex::default(),
            count,
        });
        let member = |rank| Self {
            rank,
            shared: shared.clone(),
        };
        (0..count).map(member).collect()
    }
}

impl Members for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn count(&self) -> usize {
        self.shared.count
    }

    fn gather(&self, bytes: &mut [u8], parts: &[Range<usize>]) {
        let lock = || self.shared.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut all = lock();
            all.resize(bytes.len(), 0);
            let own = parts[self.rank].clone();
            all[own.clone()].copy_from_slice(&bytes[own]);
        }
        self.shared.barrier.wait();
        bytes.copy_from_slice(&lock());
        // Nobody writes the next parts before all have read these.
        self.shared.barrier.wait();
    }
}
