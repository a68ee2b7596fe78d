//! For tests: runs the kernels on instruction sets other than the machine's best.
//!
//! The choice holds for the whole process, because training runs on many threads. It does not disturb other tests, since
//! results do not depend on it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::{Scalar, Scalar128b, Scalar256b, Scalar512b, Simd, WithSimd};

use super::ARCH;

/// An instruction set, or plain code with the lanes of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum InstructionSet {
    /// The one that the program uses on this machine.
    Best,
    /// The one that it uses without vectors.
    Scalar,
    /// Plain code with the lanes of NEON.
    Lanes128,
    /// Plain code with the lanes of AVX2.
    Lanes256,
    /// Plain code with the lanes of AVX-512.
    Lanes512,
    /// AVX2, which is not the best where there is AVX-512.
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

    /// Runs `work` with all kernels on this set.
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

/// Runs `work` with the chosen vectors.
pub(crate) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    match CHOSEN.load(Ordering::Relaxed) {
        0 => ARCH.dispatch(work),
        1 => Simd::vectorize(Scalar, work),
        2 => Simd::vectorize(Scalar128b, work),
        3 => Simd::vectorize(Scalar256b, work),
        4 => Simd::vectorize(Scalar512b, work),
        _ => wider(work),
    }
}

#[cfg(target_arch = "x86_64")]
fn wider<W: WithSimd>(work: W) -> W::Output {
    let avx2 = pulp::x86::V3::try_new().expect("checked when it was chosen");
    Simd::vectorize(avx2, work)
}

#[cfg(not(target_arch = "x86_64"))]
fn wider<W: WithSimd>(_: W) -> W::Output {
    unreachable!("there are no more")
}
