//! A download's progress as a bar on stderr; silent when stderr is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use batchprop::data::find::download::Progress;

const WITH_TOTAL: &str = "{msg} {bar:30} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";
const WITHOUT_TOTAL: &str = "{msg} {spinner} {decimal_bytes} {decimal_bytes_per_sec}";

/// The bar. It clears itself when dropped.
pub struct DownloadBar {
    bar: ProgressBar,
    file: String,
}

impl Default for DownloadBar {
    fn default() -> Self {
        Self {
            bar: ProgressBar::no_length(),
            file: String::new(),
        }
    }
}

impl DownloadBar {
    /// Shows the progress of a download.
    pub fn show(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Waiting => self
                .bar
                .println("waiting for another batchprop that is downloading MNIST"),
            Progress::Bytes { file, done, total } => {
                if self.file != file {
                    self.start(file, done, total);
                }
                self.bar.set_position(done);
            }
            Progress::MirrorFailed { mirror, reason } => self.bar.println(format!("{mirror}: {reason}")),
            Progress::Finished { .. } => self.file.clear(),
        }
    }

    fn start(&mut self, file: &str, done: u64, total: Option<u64>) {
        file.clone_into(&mut self.file);
        let template = if total.is_some() {
            WITH_TOTAL
        } else {
            WITHOUT_TOTAL
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.reset();
        // The part that an earlier run downloaded does not count for speed and remaining time.
        self.bar.set_position(done);
        self.bar.reset_eta();
        self.bar.set_message(file.to_owned());
    }
}

impl Drop for DownloadBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
