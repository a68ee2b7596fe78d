//! Which BLAS is linked.
