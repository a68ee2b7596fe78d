//! Finds a data set on this machine.
