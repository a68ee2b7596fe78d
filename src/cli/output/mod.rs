//! What the program prints, and how: messages, words, formats, colours, bars.

pub mod additions;
pub mod blocks;
pub mod class_names;
pub mod colours;
pub mod download_bar;
pub mod format;
pub mod messages;
pub mod numbers;
pub mod outputs;
pub mod runs_bar;
pub mod sheet;
pub mod status_line;
pub mod table;
pub mod terminal;
pub mod words;
