//! From files to labelled images: one file per format.

pub mod arrays;
pub mod csv;
pub mod folders;
pub mod idx;
pub(crate) mod labelled;
pub(crate) mod numbers;
pub mod pickle;
mod reading;
pub mod scale;

pub use reading::Reading;
