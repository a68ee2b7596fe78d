//! Reads MNIST's IDX files.
