//! The header of a run: what is known before its first epoch.

use serde_json::{Value, json};

use super::job::Job;
use crate::cli::options::defaults::of_rule;
use crate::cli::output::additions::{additions, distortions};
use crate::cli::output::format::threads_line;
use crate::cli::output::words::{about_line, dashed, epochs, given, grouped, seeds};
use batchprop::math::{blas, has_fused_multiply_add};
use batchprop::training::bits::Bits;
use batchprop::{Dataset, Initialisation, TrainingOptions};

impl Job<'_> {
    /// The header for programs.
    pub fn json(&self) -> Value {
        let (digits, run) = (&self.digits, &self.run);
        let options = run.options.get();
        json!({
            "event": "start", "data": digits.origin(), "about": digits.about(), "pixel_max": digits.pixel_max(),
            "splits": given(digits.splits()),
            "class_names": digits.class_names(), "training_images": self.data().training.len(),
            "test_images": self.data().test.map_or(0, Dataset::len), "sizes": run.sizes, "activation": run.functions.activation,
            "output": run.functions.output, "cost": run.functions.cost,
            "init": self.initialisation(), "started_from": self.settings.started_from.as_ref().map(|from| {
                json!({"file": from.file, "weights_sha256": from.weights_sha256})
            }),
            "precision": self.precision.name(),
            "epochs": options.epochs, "batch_size": options.batch_size,
            "learning_rate": options.learning_rate, "seed": options.seed, "runs": self.args.runs,
            "optimizer": options.optimizer, "schedule": options.schedule,
            "warmup_epochs": options.warmup_epochs, "dropout": options.dropout,
            "label_smoothing": options.label_smoothing, "augmentation": options.augmentation,
            "augment_end": options.augment_end,
            "control": options.control,
            "engine": options.engine.name(), "threads": rayon::current_num_threads(),
            "ranks": self.members.as_ref().map_or(1, |it| it.count()), "blas": blas::name(),
            "bits": self.bits(), "load_seconds": self.load_time.as_secs_f64(),
        })
    }

    /// Of parameters that are drawn.
    pub fn initialisation(&self) -> Option<Initialisation> {
        let is_drawn = self.settings.started_from.is_none();
        is_drawn.then_some(self.run.initialisation)
    }

    /// Where the learning rate is from, if it is neither given nor the article's.
    fn reason(&self) -> String {
        let options = self.run.options.get();
        let is_open = self.args.run.learning_rate.is_none() && self.args.files.resume.is_none();
        if is_open && options.learning_rate != TrainingOptions::default().learning_rate {
            format!(" ({})", of_rule(options.optimizer.rule))
        } else {
            String::new()
        }
    }

    /// The options of training for people, each line with its name.
    pub fn settings_text(&self) -> Vec<(&'static str, String)> {
        let options = self.run.options.get();
        let training = format!(
            "{}, mini-batches of {}, learning rate {:?}{}, {}, {} engine",
            epochs(options.epochs),
            options.batch_size.min(self.data().training.len()),
            options.learning_rate,
            self.reason(),
            seeds(options.seed, self.args.runs.unwrap_or(1)),
            options.engine.name()
        );
        let mut lines = vec![("Training", training)];
        if let Some(from) = &self.settings.started_from {
            let text = format!("{}, weights sha256 {}", from.file, from.weights_sha256);
            lines.push(("Start", text));
        }
        let additions = additions(options, self.initialisation().unwrap_or(Initialisation::Normal));
        if !additions.is_empty() {
            lines.push(("With", additions.join(", ")));
        }
        lines.extend(distortions(options));
        lines
    }

    /// The header for people.
    pub fn text(&self) -> Vec<String> {
        let (digits, run, data) = (&self.digits, &self.run, self.data());
        let mut lines = vec![format!(
            "Data      {} ({} training, {} test images, {:.2} s)",
            digits.origin(),
            grouped(data.training.len() as f64),
            grouped(data.test.map_or(0, Dataset::len) as f64),
            self.load_time.as_secs_f64()
        )];
        lines.extend(about_line(digits));
        lines.push(format!(
            "Network   {}, {}, {}",
            dashed(&run.sizes),
            run.functions,
            self.precision.name()
        ));
        let settings = self.settings_text().into_iter();
        lines.extend(settings.map(|(name, text)| format!("{name:<10}{text}")));
        lines.push(format!("BLAS      {}", blas::name()));
        lines.extend(blas::advice().map(|advice| format!("          {advice}")));
        lines.push(bits_line(self.bits()).to_owned());
        if let Some(members) = &self.members {
            lines.push(format!("Ranks     {}, each with these threads", members.count()));
        }
        lines.push(threads_line(
            rayon::current_num_threads(),
            self.args.threads,
            self.args.runs.is_some(),
        ));
        lines
    }
}

/// Where the run gives the same weights.
fn bits_line(bits: Bits) -> &'static str {
    match bits {
        Bits::EveryMachine if has_fused_multiply_add() => "Bits      the same on every machine",
        Bits::EveryMachine => {
            "Bits      the same on every machine; slow on this one, which computes fused multiply-adds in software"
        }
        Bits::ThisBlas => "Bits      of this BLAS on this kind of processor",
    }
}
