//! What a committee gains over its members.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::output::words::{dashed, shortened_path};
use batchprop::network::committee::Committee;
use batchprop::training::committee::CommitteeEvaluation;
use batchprop::training::many::Statistics;

/// Characters for the name of a member.
const NAME: usize = 26;

/// A committee of several networks, and how good each of them is.
pub(super) struct Members<'a> {
    pub committee: &'a Committee,
    pub evaluation: &'a CommitteeEvaluation,
}

impl Members<'_> {
    /// The mean of the accuracies, and the best.
    fn mean_and_best(&self) -> (f64, f64) {
        let members = self.evaluation.members.iter();
        let accuracies: Vec<f64> = members.map(|member| member.accuracy()).collect();
        let mean = Statistics::of(&accuracies).map_or(f64::NAN, |it| it.mean);
        (mean, accuracies.into_iter().fold(0.0, f64::max))
    }

    /// The networks of the header: what they are, and how many are so.
    pub fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for member in self.committee.members() {
            let network = &member.network;
            let kind = format!(
                "{}, {}, {}",
                dashed(&network.sizes()),
                network.functions(),
                network.precision().name()
            );
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
        }
        match &kinds[..] {
            [(kind, _)] => vec![kind.clone()],
            kinds => kinds
                .iter()
                .map(|(kind, count)| format!("{count} × {kind}"))
                .collect(),
        }
    }

    pub fn json(&self) -> Value {
        let members = self.committee.members().iter().zip(&self.evaluation.members);
        let members = members.map(|(member, evaluation)| {
            json!({
                "model": member.name.to_string_lossy(), "sizes": member.network.sizes(), "correct": evaluation.correct(),
                "accuracy": evaluation.accuracy(), "cost": evaluation.cost,
            })
        });
        members.collect()
    }

    /// "mean_accuracy" and "best_accuracy" of the members.
    pub fn json_of_all(&self) -> [(&'static str, Value); 2] {
        let (mean, best) = self.mean_and_best();
        [("mean_accuracy", json!(mean)), ("best_accuracy", json!(best))]
    }

    /// The members, their mean and best, and the committee.
    pub fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let evaluations = &self.evaluation.members;
        let names: Vec<String> = self
            .committee
            .members()
            .iter()
            .map(|member| shortened_path(&member.name, NAME))
            .collect();
        let width = names.iter().map(|name| name.chars().count()).max();
        let width = width.unwrap_or(0).max("committee".len());
        writeln!(out, "\n  {:<width$}  correct  accuracy     cost", "member")?;
        let mut line = |name: &str, correct: String, accuracy: f64, cost: f64| {
            writeln!(
                out,
                "  {name:<width$}{correct:>9}{:>8.2} %{cost:>9.4}",
                100.0 * accuracy
            )
        };
        for (name, evaluation) in names.iter().zip(evaluations) {
            let correct = evaluation.correct().to_string();
            line(name, correct, evaluation.accuracy(), evaluation.cost)?;
        }
        let count = evaluations.len() as f64;
        let (mean, best) = self.mean_and_best();
        let correct = evaluations.iter().map(|it| it.correct() as f64).sum::<f64>() / count;
        let cost = evaluations.iter().map(|it| it.cost).sum::<f64>() / count;
        line("mean", format!("{correct:.1}"), mean, cost)?;
        let whole = &self.evaluation.whole;
        line(
            "committee",
            whole.correct().to_string(),
            whole.accuracy(),
            whole.cost,
        )?;
        let gain = |over: f64| format!("{:+.2}", 100.0 * (whole.accuracy() - over));
        writeln!(
            out,
            "\nGain      {} points over the mean member, {} over the best",
            gain(mean),
            gain(best)
        )
    }
}
