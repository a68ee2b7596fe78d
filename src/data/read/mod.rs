//! From files to labelled images: one file per format.

pub mod arrays;
pub mod csv;
pub mod folders;
pub mod idx;
pub(crate) mod labelled;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod numbers;
pub mod paired;
pub mod pickle;
mod reading;
pub mod scale;
mod transpose;

pub use labelled::first_names;
pub use reading::Reading;
