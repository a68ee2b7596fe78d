//! One training by several ranks: what must be the same on all of them, and what ranks other than the first do.

use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use super::job::Job;
use super::resume::Checkpoint;
use crate::cli::output::messages::complain;
use crate::cli::ranks::host;
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::data::checksum::digits_sha256;
use batchprop::math::{blas, instruction_set};
use batchprop::training::bits::Bits;
use batchprop::training::gradient::Batched;
use batchprop::training::members::{self, texts};
use batchprop::training::{Outcome, Snapshot};
use batchprop::{EngineKind, Error, Network, Real, TrainingEvent, resume, train};

/// Trains the run of a job from its start or from a snapshot, together with other ranks where there are any.
pub fn train_together<F: Real>(
    job: &Job,
    snapshot: Option<Snapshot<F>>,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<(Network<F>, Outcome), Error> {
    let (data, options) = (job.data(), &job.run.options);
    let Some(snapshot) = snapshot else {
        let mut network = job.run.network()?;
        let outcome = match &job.members {
            None => train(&mut network, data, options, listener)?,
            Some(members) => members::train(&mut network, data, options, members, listener)?,
        };
        return Ok((network, outcome));
    };
    match &job.members {
        None => resume(snapshot, data, options, listener),
        Some(members) => members::resume(snapshot, data, options, members, listener),
    }
}

/// The work of a rank other than the first, which is silent.
pub fn follow<F: Real>(job: &Job, checkpoint: Option<Checkpoint>) -> Result<(), Stop> {
    let snapshot = checkpoint.as_ref().map(Checkpoint::snapshot::<F>).transpose()?;
    check_alike(job, snapshot.as_ref())?;
    signals::listen();
    train_together(job, snapshot, |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// Checks that all ranks would compute the same.
///
/// # Errors
/// [`Stop::Failed`] on all ranks when one differs from the first, which prints the difference.
pub fn check_alike<F: Real>(job: &Job, snapshot: Option<&Snapshot<F>>) -> Result<(), Stop> {
    let Some(members) = &job.members else {
        return Ok(());
    };
    let own = json!({"host": host(), "work": work(job, snapshot)?}).to_string();
    let all = texts(&**members, &own);
    let all: Vec<Value> = all
        .iter()
        .map(|text| serde_json::from_str(text).unwrap_or_default())
        .collect();
    let Some(difference) = difference(&all) else {
        return Ok(());
    };
    if members.rank() == 0 {
        complain(&difference);
    }
    Err(Stop::Failed)
}

/// Everything that decides what a rank computes, by the names that messages use.
fn work<F: Real>(job: &Job, snapshot: Option<&Snapshot<F>>) -> Result<Map<String, Value>, Error> {
    let (run, settings) = (&job.run, &job.settings);
    let (start, position) = match snapshot {
        None => (run.network::<F>()?.sha256(), None),
        Some(snapshot) => (snapshot.network.sha256(), Some(snapshot.position)),
    };
    let version = ("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    let mut work = Map::from_iter([version]);
    // Options come first: what they lead to differs with them.
    if let Value::Object(options) = json!(run.options.get()) {
        let named = options
            .into_iter()
            .map(|(name, value)| (format!("`{name}`"), value));
        work.extend(named);
    }
    let others = [
        ("network", json!([run.sizes, run.functions, job.precision.name()])),
        (
            "division of the data",
            json!([job.digits.splits(), settings.train_on, settings.standardise]),
        ),
        ("data, sha256", json!(digits_sha256(&job.digits))),
        (
            "evaluation",
            json!([settings.evaluates_validation, settings.evaluates_test]),
        ),
        ("position of the checkpoint", json!(position)),
        ("parameters at the start, sha256", json!(start)),
    ];
    work.extend(others.map(|(name, value)| (name.to_owned(), value)));
    if job.bits() == Bits::ThisBlas {
        work.insert("BLAS".to_owned(), json!(blas::name()));
        work.insert("instruction set".to_owned(), json!(instruction_set()));
    }
    Ok(work)
}

/// The first difference between rank 0 and another, in words.
fn difference(ranks: &[Value]) -> Option<String> {
    let (first, others) = ranks.split_first()?;
    let host = |rank: &Value| rank["host"].as_str().unwrap_or("?").to_owned();
    let names = || first["work"].as_object().into_iter().flat_map(Map::keys);
    others.iter().enumerate().find_map(|(index, other)| {
        let name = names().find(|&name| first["work"][name] != other["work"][name])?;
        Some(format!(
            "{name}: {} on rank 0 ({}), but {} on rank {} ({}). Ranks that train one network must have the same",
            first["work"][name],
            host(first),
            other["work"][name],
            index + 1,
            host(other)
        ))
    })
}

/// Why more ranks do not make this run faster, if they do not.
pub fn too_small<F: Real>(job: &Job) -> Option<String> {
    job.members.as_ref()?;
    let options = job.run.options.get();
    if options.engine == EngineKind::Reference {
        return Some(
            "every rank computes all gradients: the reference engine does not share mini-batches".to_owned(),
        );
    }
    let batch_size = options.batch_size.min(job.data().training.len());
    let least = Batched::<F>::shared_from(&job.run.sizes);
    (batch_size < least).then(|| {
        format!(
            "every rank computes all gradients: mini-batches of {batch_size} are too small to share. From `batch_size` {least} on more ranks help"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_with_both_ranks_hosts_and_values() {
        let rank =
            |host: &str, seed: u64, blas: &str| json!({"host": host, "work": {"`seed`": seed, "BLAS": blas}});
        let (first, same) = (rank("a", 1, "OpenBLAS"), rank("b", 1, "OpenBLAS"));
        assert_eq!(difference(&[first.clone(), same.clone()]), None);
        for (other, expected) in [
            (
                rank("c", 2, "OpenBLAS"),
                "`seed`: 1 on rank 0 (a), but 2 on rank 2 (c).",
            ),
            (
                rank("c", 1, "MKL"),
                "BLAS: \"OpenBLAS\" on rank 0 (a), but \"MKL\" on rank 2 (c).",
            ),
            // A rank of another version.
            (json!(null), "`seed`: 1 on rank 0 (a), but null on rank 2 (?)."),
        ] {
            let found = difference(&[first.clone(), same.clone(), other]).unwrap();
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
