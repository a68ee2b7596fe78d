//! Draws handwritten-style digits.
