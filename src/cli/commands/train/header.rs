//! What is known of a run before its first epoch.

use crate::cli::output::words::epochs;
use batchprop::math::has_fused_multiply_add;
use batchprop::training::bits::Bits;
use batchprop::training::many::Run;
use batchprop::{Digits, Initialisation, Rule, Schedule};

/// What is known before the first epoch.
pub struct Header<'a> {
    pub digits: &'a Digits,
    pub training: usize,
    /// Test images, 0 where none are evaluated.
    pub test: usize,
    pub run: &'a Run,
    /// `--runs`.
    pub runs: Option<usize>,
    pub precision: &'a str,
    pub load_seconds: f64,
    /// Where the run gives the same weights.
    pub bits: Bits,
    /// `--threads`, which may be more than there are cores.
    pub threads_asked: Option<usize>,
}

/// Where the run gives the same weights.
pub fn bits_line(bits: Bits) -> &'static str {
    match bits {
        Bits::EveryMachine if has_fused_multiply_add() => "Bits      the same on every machine",
        Bits::EveryMachine => {
            "Bits      the same on every machine; slow on this one, which computes fused multiply-adds in software"
        }
        Bits::ThisBlas => "Bits      of this BLAS on this kind of processor",
    }
}

/// What the run has that the article's has not.
pub fn parts(header: &Header) -> Vec<String> {
    let options = header.run.options.get();
    let optimizer = options.optimizer;
    let mut parts = Vec::new();
    if header.run.initialisation != Initialisation::Normal {
        parts.push(format!("{} initialisation", header.run.initialisation.name()));
    }
    match optimizer.rule {
        Rule::Sgd => {}
        Rule::Momentum { momentum } => parts.push(format!("momentum {momentum}")),
        Rule::Nesterov { momentum } => parts.push(format!("nesterov momentum {momentum}")),
        Rule::Adam(_) => parts.push("adam".to_owned()),
        Rule::AdamW(_) => parts.push("adamw".to_owned()),
    }
    match options.schedule {
        Schedule::Constant => {}
        Schedule::Step { every, factor } => {
            parts.push(format!("rate times {factor} every {}", epochs(every)))
        }
        Schedule::Cosine => parts.push("cosine schedule".to_owned()),
        Schedule::OneCycle => parts.push("one-cycle schedule".to_owned()),
        Schedule::HalveOnPlateau { patience } => {
            parts.push(format!("rate halved after {} on a plateau", epochs(patience)));
        }
    }
    let penalties = optimizer.penalties;
    let numbers = [
        ("warm-up epochs", options.warmup_epochs),
        ("l1", penalties.l1),
        ("l2", penalties.l2),
        ("weight decay", penalties.weight_decay),
        ("dropout", options.dropout),
        ("label smoothing", options.label_smoothing),
        ("gradient norm at most", optimizer.clip_norm.unwrap_or(0.0)),
    ];
    let chosen = numbers.into_iter().filter(|&(_, number)| number != 0.0);
    parts.extend(chosen.map(|(name, number)| format!("{name} {number}")));
    parts
}
