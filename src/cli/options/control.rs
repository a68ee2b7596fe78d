//! When training ends, and which weights are kept.

use std::time::Duration;

use batchprop::Error;
use batchprop::training::Control;

/// When to end, and which weights to keep.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Control")]
pub struct ControlArgs {
    /// End after this many epochs without a better validation accuracy.
    #[arg(long, allow_negative_numbers = true, value_name = "EPOCHS")]
    patience: Option<usize>,
    /// End with the weights of the epoch with the best validation accuracy.
    #[arg(long)]
    keep_best: bool,
    /// End after this many seconds, including those before --resume.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS")]
    max_time: Option<f64>,
}

impl ControlArgs {
    /// `--max-time`
    pub fn max_time(&self) -> Result<Option<Duration>, Error> {
        let max_time = self.max_time.map(|seconds| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| Error::option("--max-time", format!("{seconds:?}"), "seconds, more than 0"))
        });
        max_time.transpose()
    }

    /// For the library.
    pub fn control(&self) -> Result<Control, Error> {
        Ok(Control {
            patience: self.patience,
            keep_best: self.keep_best,
            max_time: self.max_time()?,
            evaluate_training: false,
        })
    }
}
