//! Ctrl-C, and limits on the size of files.

use std::ops::ControlFlow;
use std::process;
#[cfg(unix)]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that a signal ended: 128 and the number of SIGINT.
const KILLED: i32 = 130;

/// From now on Ctrl-C only asks; a second one ends the program at once.
pub fn listen_to_ctrl_c() {
    on_ctrl_c(|| ());
}

/// As [`listen_to_ctrl_c`], for those who wait and must be told.
pub fn on_ctrl_c(tell: impl Fn() + Send + 'static) {
    let answer = move || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            process::exit(KILLED);
        }
        tell();
    };
    // Where no handler can be had Ctrl-C ends the program as it always does.
    let _ = ctrlc::set_handler(answer);
}

/// From now on a file that would outgrow what the shell's `ulimit -f` allows is an error like a full disk, and not the
/// end of the program.
pub fn survive_file_limits() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // Nobody asks for the flag: it takes the place of the signal's usual answer. Where that cannot be had the
        // program ends as any other would.
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
