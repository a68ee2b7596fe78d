//! One training by several members, each with its own memory: programs on many machines, or threads.
//!
//! Every member has the whole network and all images, and makes the same steps. It computes its share of each mini-batch, and of the
//! weights' gradient, and gathers the others' shares: see [`Batched::with_members`](crate::training::gradient::Batched::with_members).
//! All shares are cut by shapes alone and nothing is summed on the way, so the bits are those of one member.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, Barrier, Mutex, PoisonError};

/// What a member of a training knows of the others.
pub trait Members: Debug + Send {
    /// Which one this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn count(&self) -> usize;

    /// Gathers `bytes`, of which member r has the part `parts[r]`: afterwards all members have all parts (`all_gatherv` of MPI). All
    /// members call it as often as each other, with as many bytes and the same parts, which do not overlap.
    fn gather(&mut self, bytes: &mut [u8], parts: &[Range<usize>]);
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

    fn gather(&mut self, bytes: &mut [u8], parts: &[Range<usize>]) {
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
