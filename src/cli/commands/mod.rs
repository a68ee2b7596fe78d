//! One module per subcommand.

pub mod bench;
pub mod convert;
pub mod data;
pub mod evaluate;
pub mod info;
pub mod predict;
pub mod serve;
pub mod shell;
pub mod show;
pub mod sweep;
pub mod train;
pub mod verify;
