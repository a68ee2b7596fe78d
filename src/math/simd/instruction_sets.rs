//! For tests: the same work on other instruction sets than the machine's best.
//!
//! The choice is one for the whole process, because training runs on many threads. Tests that run meanwhile are not
//! disturbed: bits do not depend on it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::{Scalar, Scalar128b, Scalar256b, Scalar512b, Simd, WithSimd};

use super::ARCH;

/// An instruction set, or the lanes of one in plain code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum InstructionSet {
    /// What the program takes.
    Best,
    /// What it takes where there is nothing better.
    Scalar,
    /// As many lanes as NEON has.
    Lanes128,
    /// As AVX2.
    Lanes256,
    /// As AVX-512.
    Lanes512,
    /// AVX2 where the machine's best is more.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl InstructionSet {
    /// All that this machine can run.
    pub fn all() -> Vec<Self> {
        let mut sets = vec![
            Self::Best,
            Self::Scalar,
            Self::Lanes128,
            Self::Lanes256,
            Self::Lanes512,
        ];
        #[cfg(target_arch = "x86_64")]
        if pulp::x86::V3::try_new().is_some() {
            sets.push(Self::Avx2);
        }
        sets
    }

    /// Does `work` with all kernels on this set.
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let index = Self::all().iter().position(|&set| set == self);
        CHOSEN.store(index.expect("the machine has it"), Ordering::Relaxed);
        let result = work();
        CHOSEN.store(0, Ordering::Relaxed);
        result
    }
}

/// Of [`InstructionSet::all`].
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

pub(super) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    match CHOSEN.load(Ordering::Relaxed) {
        0 => ARCH.dispatch(work),
        1 => Scalar.vectorize(work),
        2 => Scalar128b.vectorize(work),
        3 => Scalar256b.vectorize(work),
        4 => Scalar512b.vectorize(work),
        _ => wider(work),
    }
}

#[cfg(target_arch = "x86_64")]
fn wider<W: WithSimd>(work: W) -> W::Output {
    pulp::x86::V3::try_new()
        .expect("checked when it was chosen")
        .vectorize(work)
}

#[cfg(not(target_arch = "x86_64"))]
fn wider<W: WithSimd>(_: W) -> W::Output {
    unreachable!("there are no more")
}
