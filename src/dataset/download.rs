//! Fetches MNIST's four IDX files.
