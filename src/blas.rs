//! Which BLAS is linked: the only room that knows.

/// The linked BLAS, for people.
pub fn name() -> String {
    "OpenBLAS".to_owned()
}
