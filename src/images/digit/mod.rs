//! From a picture to a digit as a network wants it: the paper taken away, the ink found, fitted into a square.

pub(crate) mod fit;
pub(crate) mod ink;
pub(crate) mod paper;
