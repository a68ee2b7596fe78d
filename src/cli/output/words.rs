//! Words and numbers that several subcommands print.

use std::env;
use std::path::Path;
use std::time::Duration;

use batchprop::data::splits::Splits;
use batchprop::data::synthetic;
use batchprop::training::Ending;
use batchprop::training::many::Statistics;
use batchprop::{Digits, EpochReport, Outcome};

/// The sizes of a network: "784-30-10"
pub fn dashed(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}

/// "2, 5 and 8"
pub fn listed(values: &[impl ToString]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    match values.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A count with its thousands separated: "50,000"
pub fn grouped(count: f64) -> String {
    indicatif::HumanCount(count.round() as u64).to_string()
}

/// "seed 0", "seeds 0 to 4"
pub fn seeds(first: u64, count: usize) -> String {
    match count as u64 - 1 {
        0 => format!("seed {first}"),
        more => format!("seeds {first} to {}", first + more),
    }
}

/// A remark on accuracies that are not MNIST's.
pub fn remark(digits: &Digits) -> &'static str {
    if digits.origin() == synthetic::ORIGIN {
        " on synthetic digits, not MNIST"
    } else {
        ""
    }
}

/// The splits of the data in JSON, if the user chose any.
pub fn given(splits: Splits) -> Option<Splits> {
    (!splits.is_none()).then_some(splits)
}

/// The line under that of the data: how they were read. None where there is nothing to say.
pub fn about_line(digits: &Digits) -> Option<String> {
    let about = digits.about();
    (!about.is_empty()).then(|| format!("          {}", about.join(", ")))
}

/// The epoch that the run's final network is of.
pub fn final_report(outcome: &Outcome, kept_best: bool) -> Option<&EpochReport> {
    match outcome.best_epoch {
        Some(epoch) if kept_best => outcome.reports.get(epoch),
        _ => outcome.reports.last(),
    }
}

/// The epoch with the most correct test images; the first of equals, as a reader of the lines would pick it.
pub fn best_report(outcome: &Outcome) -> Option<&EpochReport> {
    outcome.reports.iter().rev().max_by_key(|report| correct(report))
}

/// Correct test images, where they were evaluated.
pub fn correct(report: &EpochReport) -> Option<usize> {
    report.test.map(|score| score.correct)
}

/// Training time and training images of all epochs.
pub fn totals(outcome: &Outcome) -> (Duration, usize) {
    let reports = &outcome.reports;
    let time = reports.iter().map(|report| report.train_time).sum();
    (time, reports.iter().map(|report| report.images).sum())
}

/// Why training ended, for people.
pub fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Epochs => "all epochs are done",
        Ending::Patience => "patience ran out",
        Ending::Plateau => "the smallest learning rate did not help",
        Ending::Time => "the maximum time has passed",
        _ => "interrupted",
    }
}

/// Why training ended, for programs.
pub fn ending_code(ending: Ending) -> &'static str {
    match ending {
        Ending::Epochs => "epochs",
        Ending::Patience => "patience",
        Ending::Plateau => "plateau",
        Ending::Time => "time",
        _ => "interrupted",
    }
}

/// With a capital at the start.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// "0:27", "12:05", "1:02:33"
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long the rest of a work will take, of which a `part` took `time`; `None` where nothing is done yet.
pub fn time_left(time: Duration, part: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(time.as_secs_f64() * (1.0 - part) / part).ok()
}

/// "1 epoch", "2 epochs"
pub fn epochs(count: usize) -> String {
    counted(count, "epoch")
}

/// "1 run", "2 runs", "10,000 runs"
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count as f64))
}

/// `text` in at most `most` characters: of a longer one the beginning, before "…".
pub fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() <= most {
        true => text.to_owned(),
        false => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// `path` in at most `most` characters: of a longer one the end, after "…".
pub fn shortened_path(path: &Path, most: usize) -> String {
    let name = path.display().to_string();
    let length = name.chars().count();
    match length <= most {
        true => name,
        false => std::iter::once('…')
            .chain(name.chars().skip(length + 1 - most))
            .collect(),
    }
}

/// A path as seen from the working directory, if it is in it.
pub fn from_here(path: &Path) -> &Path {
    let here = env::current_dir();
    here.ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

/// "94.87 ± 0.15 %", or of one run "94.87 %"
pub fn percent(accuracy: Statistics) -> String {
    let spread = accuracy
        .deviation
        .map_or_else(String::new, |deviation| format!(" ± {:.2}", 100.0 * deviation));
    format!("{:.2}{spread} %", 100.0 * accuracy.mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes_and_seconds_or_hours() {
        for (seconds, text) in [
            (0.0, "0:00"),
            (26.6, "0:27"),
            (725.0, "12:05"),
            (3599.7, "1:00:00"),
            (90_000.0, "25:00:00"),
        ] {
            assert_eq!(clock(Duration::from_secs_f64(seconds)), text);
        }
    }

    #[test]
    fn the_rest_takes_as_long_as_what_is_done_did() {
        let left = |seconds, part| time_left(Duration::from_secs(seconds), part);
        assert_eq!(left(10, 0.25), Some(Duration::from_secs(30)));
        assert_eq!(left(10, 1.0), Some(Duration::ZERO));
        assert_eq!(left(10, 0.0), None);
        assert_eq!(left(0, 0.0), None);
        assert_eq!(left(u64::MAX, 1e-9), None);
    }
}
