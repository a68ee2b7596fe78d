//! Ctrl-C and SIGTERM, and limits on the size of files.
//!
//! Long work listens for signals: the first one asks it to end, save and report. The exit code is the one that
//! shells give to a program killed by this signal.

use std::ops::ControlFlow;
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, Once, PoisonError};

use super::stop::{Stop, exit_code_of};

/// The number of the first signal, 0 before it.
static SIGNAL: AtomicU8 = AtomicU8::new(0);

/// The signals' numbers.
const SIGINT: u8 = 2;
#[cfg(unix)]
const SIGTERM: u8 = 15;

/// Those who wait for the first signal.
static WAITING: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// From now on Ctrl-C or SIGTERM only asks for the end; a second one ends the program at once.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        #[cfg(unix)]
        on_sigterm(|| answer(SIGTERM));
        // Where no handler can be installed, Ctrl-C ends the program at once.
        let _ = ctrlc::set_handler(|| answer(SIGINT));
    });
}

fn answer(signal: u8) {
    let (lock, first) = &WAITING;
    let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
    if SIGNAL
        .compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed)
        .is_err()
    {
        process::exit(exit_code_of(signal).into());
    }
    drop(guard);
    first.notify_all();
}

/// Waits for the first signal, after [`listen`].
pub fn wait() {
    let (lock, first) = &WAITING;
    let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
    drop(first.wait_while(guard, |()| !is_interrupted()));
}

/// Calls `answer` at every SIGTERM.
#[cfg(unix)]
fn on_sigterm(answer: impl Fn() + Send + 'static) {
    use signal_hook::iterator::Signals;

    let (ready, wait) = std::sync::mpsc::channel();
    // The thread is started first: a handler without a thread would swallow the signal.
    let thread = std::thread::Builder::new().name("sigterm".to_owned());
    let spawned = thread.spawn(move || {
        let signals = Signals::new([i32::from(SIGTERM)]);
        let _ = ready.send(());
        if let Ok(mut signals) = signals {
            signals.forever().for_each(|_| answer());
        }
    });
    if spawned.is_ok() {
        let _ = wait.recv();
    }
}

/// From now on a file that exceeds the shell's `ulimit -f` is an error, like a full disk, and does not end the program.
pub fn survive_file_limits() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // The flag is never read: it replaces the signal's default action.
        let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    }
}

/// Whether a signal was received.
pub fn is_interrupted() -> bool {
    SIGNAL.load(Ordering::Relaxed) != 0
}

/// For a listener of training: breaks after a signal.
pub fn flow() -> ControlFlow<()> {
    match is_interrupted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// The result of work that has saved and reported: after a signal, `train && next` must not run `next`.
///
/// # Errors
/// [`Stop::Signal`] after a signal.
pub fn end() -> Result<(), Stop> {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => Ok(()),
        signal => Err(Stop::Signal(signal)),
    }
}
