//! How the options of a run differ from the article's, in words.

use super::words::epochs;
use batchprop::{Initialisation, Rule, Schedule, TrainingOptions};

/// Differences from the article's run.
pub fn additions(options: &TrainingOptions, initialisation: Initialisation) -> Vec<String> {
    let optimizer = options.optimizer;
    let mut additions = Vec::new();
    if initialisation != Initialisation::Normal {
        additions.push(format!("{} initialisation", initialisation.name()));
    }
    match optimizer.rule {
        Rule::Sgd => {}
        Rule::Momentum { momentum } => additions.push(format!("momentum {momentum}")),
        Rule::Nesterov { momentum } => additions.push(format!("nesterov momentum {momentum}")),
        Rule::Adam(_) => additions.push("adam".to_owned()),
        Rule::AdamW(_) => additions.push("adamw".to_owned()),
    }
    match options.schedule {
        Schedule::Constant => {}
        Schedule::Step { every, factor } => {
            additions.push(format!("rate times {factor} every {}", epochs(every)))
        }
        Schedule::Cosine => additions.push("cosine schedule".to_owned()),
        Schedule::OneCycle => additions.push("one-cycle schedule".to_owned()),
        Schedule::HalveOnPlateau { patience } => {
            additions.push(format!("rate halved after {} on a plateau", epochs(patience)));
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
    additions.extend(chosen.map(|(name, number)| format!("{name} {number}")));
    additions
}

/// How the training images are distorted, if they are: the name of a line, and its text.
pub fn distortions(options: &TrainingOptions) -> Option<(&'static str, String)> {
    let mut text = format!("distorted: {}", options.augmentation);
    if options.augment_end != 1.0 {
        text += &format!("; {} times as far in the last epoch", options.augment_end);
    }
    (!options.augmentation.is_none()).then_some(("Images", text))
}
