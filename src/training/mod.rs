//! The training loop: epochs of shuffled mini-batches. It computes and reports to a listener; it neither prints nor saves.
//!
//! [`train`] is a whole run, [`resume`] the rest of one from any [`RunState`] of which it told the listener, [`Trainer`]
//! one epoch in an order that the caller chooses, [`session::Session`] single steps on the caller's mini-batches. All run on the rayon pool they are called in. In a pool of any size,
//! stopped and resumed or not, the results have the same bits.

pub mod bits;
pub mod committee;
pub mod evaluation;
pub mod gradient;
pub mod many;
pub mod members;
pub mod minibatch;
pub mod optimizer;
pub mod rows;
pub mod schedule;
pub mod session;
pub mod standardised;
pub mod verify;

mod confusion;
mod data;
mod early_stopping;
mod needed;
mod options;
mod report;
mod run;
mod snapshot;
mod trainer;
mod under_way;

pub use confusion::Confusion;
pub use data::TrainingData;
pub use needed::{Needed, check_run};
pub use options::{CheckedOptions, Control, TrainingOptions};
pub use report::{Ending, EpochReport, Outcome};
pub use run::{TrainingEvent, resume, train};
pub use snapshot::{Position, RunState, Snapshot};
pub use trainer::{Diverged, Pass, Trainer};
