//! Networks and runs as files: models, in the formats of several programs, and checkpoints.

pub mod checkpoint;
pub(crate) mod layers;
pub mod model;
pub(crate) mod named;
