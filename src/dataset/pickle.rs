//! Reads the article's mnist.pkl.gz.
