//! What reports of runs say in the same words.

use batchprop::dataset::synthetic;
use batchprop::training::Ending;
use batchprop::{Digits, EpochReport, Evaluation, Outcome};

/// Seed 0, seeds 0 to 4.
pub fn seeds(first: u64, count: usize) -> String {
    match count as u64 - 1 {
        0 => format!("seed {first}"),
        more => format!("seeds {first} to {}", first + more),
    }
}

/// What must be said of accuracies on data that are not MNIST's.
pub fn remark(digits: &Digits) -> &'static str {
    if digits.origin() == synthetic::ORIGIN {
        " on synthetic digits, not MNIST"
    } else {
        ""
    }
}

/// The epoch whose network the run ended with.
pub fn final_report(outcome: &Outcome, kept_best: bool) -> Option<&EpochReport> {
    match outcome.best_epoch {
        Some(epoch) if kept_best => outcome.reports.get(epoch),
        _ => outcome.reports.last(),
    }
}

/// The epoch with the most correct test images, the first of equals, as a reader of the lines would pick it.
pub fn best_report(outcome: &Outcome) -> Option<&EpochReport> {
    outcome.reports.iter().rev().max_by_key(|report| correct(report))
}

/// Correct test images, where they were evaluated.
pub fn correct(report: &EpochReport) -> Option<usize> {
    report.evaluation.as_ref().map(Evaluation::correct)
}

/// Why training ended.
pub fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Epochs => "all epochs are done",
        Ending::Patience => "patience ran out",
        Ending::Plateau => "the smallest learning rate did not help",
        Ending::Time => "the time is over",
        _ => "interrupted",
    }
}

/// 1 epoch, 2 epochs.
pub fn epochs(count: usize) -> String {
    format!("{count} epoch{}", if count == 1 { "" } else { "s" })
}
