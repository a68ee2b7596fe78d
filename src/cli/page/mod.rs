//! The page of `serve` and of `train --serve`: a sheet to draw a digit on, and a network that is watched while it learns.
//!
//! Everything is part of the program: the page works without any network but the one inside the machine.
//!
//! | room | |
//! |---|---|
//! | `server` | sockets, time limits, and what may be open at once |
//! | `gate` | which requests are answered: none from other sites, and none under another site's name |
//! | `answers` | paths and methods to answers |
//! | `network` | the network of the page, and its answer to a drawing |
//! | `live` | a training run, for those who watch it |
//! | `browser` | the user's browser, for `--open` |
//! | `log` | one line per request on stderr |

mod answers;
mod assets;
mod body;
pub mod browser;
mod connections;
mod gate;
pub mod live;
mod log;
pub mod network;
pub mod server;

/// The usual place of the page.
pub const USUAL_PORT: u16 = 8000;
pub const USUAL_HOST: &str = "127.0.0.1";
