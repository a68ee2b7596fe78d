//! Available memory, which is checked before large allocations.
//!
//! A failed allocation aborts a program without a useful message, and an overcommitted one ends it later, when its
//! pages are written. So everything that needs much memory calls [`check`] first, and a request that cannot work is
//! an [`Error::OutOfMemory`] with both figures and a hint.
//!
//! Each room computes its own need: the arrays that grow with the options, with their padding. Sums and products
//! saturate on overflow. For data, memory is checked as they are read: `growth`.

mod available;
mod growth;

pub use self::available::available;
use self::available::reservable;
pub(crate) use self::growth::{check_data, reserve};
use crate::error::{Bytes, Error, Result};

/// Less than this is not checked.
const ALWAYS_THERE: u64 = 32 << 20;

/// Checks that `needed` bytes can be allocated. Available is what the operating system can give without swapping, on
/// Linux at most what the control group of the process may use, and at most the largest allocation that succeeds.
///
/// # Errors
/// [`Error::OutOfMemory`] with `what` needs the memory, and the `hint`, which is a function of the available bytes.
pub fn check(needed: u64, what: impl FnOnce() -> String, hint: impl FnOnce(u64) -> String) -> Result<()> {
    if needed <= ALWAYS_THERE {
        return Ok(());
    }
    let available = available().min(reservable(needed));
    if needed <= available {
        return Ok(());
    }
    Err(Error::OutOfMemory {
        what: what(),
        needed: Bytes(needed),
        available: Bytes(available),
        hint: hint(available),
    })
}
