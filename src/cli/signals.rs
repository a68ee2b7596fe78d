//! Ctrl-C, and limits on the size of files.

use std::ops::ControlFlow;
use std::process;
#[cfg(unix)]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit code of a program ended by SIGINT: 128 + its number.
const KILLED: i32 = 130;

/// From now on Ctrl-C only asks for the end; a second one ends the program at once.
pub fn listen_to_ctrl_c() {
    on_ctrl_c(|| ());
}

/// As [`listen_to_ctrl_c`]; calls `tell` at the first Ctrl-C.
pub fn on_ctrl_c(tell: impl Fn() + Send + 'static) {
    let answer = move || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            process::exit(KILLED);
        }
        tell();
    };
    // Where no handler can be installed, Ctrl-C ends the program at once.
    let _ = ctrlc::set_handler(answer);
}

/// From now on a file that outgrows the shell's `ulimit -f` is an error, as a full disk is, and does not end the program.
pub fn survive_file_limits() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // The flag is never read: it replaces the signal's default action. Where this fails, the program ends as others do.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
}

/// Whether Ctrl-C asked for the end.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// For a listener of training: goes on until Ctrl-C asks for the end.
pub fn flow() -> ControlFlow<()> {
    match is_interrupted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}
