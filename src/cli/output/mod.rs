//! What the program prints, and how: words, colours, bars.

pub mod blocks;
pub mod colours;
pub mod download_bar;
pub mod runs_bar;
pub mod terminal;
pub mod words;
