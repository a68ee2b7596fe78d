//! `--open`: the page in the user's browser.

use std::env;
use std::process::{Command, Stdio};
use std::thread;

use crate::cli::output::messages::note;

/// Opens `url` in the browser, without waiting for it. If there is none, a note says so: the page is served all the same.
pub fn open(url: &str) {
    let instead = format!("open {url} yourself");
    let Some(mut command) = opener() else {
        return note(&format!("--open: there is no display here; {instead}"));
    };
    command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let name = command.get_program().to_string_lossy().into_owned();
    match command.spawn() {
        Err(error) => note(&format!("--open: cannot start {name} ({error}); {instead}")),
        Ok(mut child) => {
            // Some openers run as long as the browser does.
            thread::spawn(move || match child.wait() {
                Ok(status) if !status.success() => {
                    note(&format!("--open: {name} found no browser ({status}); {instead}"));
                }
                _ => {}
            });
        }
    }
}

/// What opens addresses on this system. Without a display, xdg-open would start a browser in this very terminal.
fn opener() -> Option<Command> {
    if cfg!(windows) {
        let mut command = Command::new("cmd");
        // The first argument of start in quotes would be a title.
        command.args(["/C", "start", ""]);
        return Some(command);
    }
    if cfg!(target_os = "macos") {
        return Some(Command::new("open"));
    }
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
        .iter()
        .any(|variable| env::var_os(variable).is_some_and(|value| !value.is_empty()));
    has_display.then(|| Command::new("xdg-open"))
}
