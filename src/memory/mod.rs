//! The memory there is, asked before anything large is taken.
//!
//! An allocation that fails aborts a program without a message, and one that succeeds on paper ends it later, when the
//! pages are written. So whatever takes much memory asks [`check`] first, and a request that cannot work is an
//! [`Error::OutOfMemory`] with both figures and a hint.
//!
//! Each room counts its own need: the arrays that grow with the options, as they will be written to, with one element
//! or cache line of padding where there is padding. Sums and products that overflow saturate, which is more than there
//! is. Data that are read are asked for as they arrive: `growth`.

mod available;
mod growth;

pub use self::available::available;
use self::available::reservable;
pub(crate) use self::growth::{check_data, reserve};
use crate::error::{Bytes, Error, Result};

/// Less than this is always there.
const ALWAYS_THERE: u64 = 32 << 20;

/// Checks that `needed` bytes can be taken. "Available" is what the operating system can give without swapping, on
/// Linux no more than the control group of the process may use, and no more than the allocator gives at once.
///
/// # Errors
/// [`Error::OutOfMemory`] with `what` needs it and the `hint`, which is told how many bytes are available.
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
