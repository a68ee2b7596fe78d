//! Committees: several networks whose probabilities are averaged (Meier, Cireşan, Gambardella and Schmidhuber 2011,
//! *Better Digit Recognition with a Committee of Simple Neural Nets*; soft voting in scikit-learn's `VotingClassifier`).
//!
//! Members may differ in layers, functions and precision. They have the same inputs and the same classes.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::math::real::{Precision, Real};
use crate::network::functions::Functions;
use crate::network::{Network, dashed};

/// A network whose precision is known only when the program runs.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyNetwork {
    /// In single precision.
    F32(Network<f32>),
    /// In double precision.
    F64(Network<f64>),
}

/// Evaluates `$value` with `$network`, a [`Network`] of either precision.
macro_rules! with_network {
    ($any:expr, $network:ident => $value:expr) => {
        match $any {
            $crate::network::committee::AnyNetwork::F32($network) => $value,
            $crate::network::committee::AnyNetwork::F64($network) => $value,
        }
    };
}
pub(crate) use with_network;

impl AnyNetwork {
    /// Units of every layer: inputs, hidden layers, outputs.
    pub fn sizes(&self) -> Vec<usize> {
        with_network!(self, network => network.sizes())
    }

    /// The functions of the units, and the cost.
    pub fn functions(&self) -> Functions {
        with_network!(self, network => network.functions())
    }

    /// The precision of the parameters.
    pub fn precision(&self) -> Precision {
        match self {
            Self::F32(_) => Precision::F32,
            Self::F64(_) => Precision::F64,
        }
    }

    /// The network with its parameters rounded to the nearest `F`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn rounded<F: Real>(&self) -> Result<Network<F>> {
        with_network!(self, network => network.rounded())
    }
}

/// A network of a committee.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// What errors call it, such as its file.
    pub name: PathBuf,
    /// The network.
    pub network: AnyNetwork,
    /// The names of its classes, if its labels were not numbers of classes.
    pub class_names: Option<Vec<String>>,
}

/// Networks of the same inputs and classes, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Committee {
    members: Vec<Member>,
    n_in: usize,
    n_out: usize,
}

impl Committee {
    /// A committee of these members.
    ///
    /// # Errors
    /// [`Error::Option`] when there is no member; [`Error::Format`] when one of them has other inputs, another number of
    /// outputs or other names of its classes than the first that has such.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        let Some(first) = members.first() else {
            return Err(Error::option("committee", "of no network", "at least one"));
        };
        let ends = |member: &Member| {
            let sizes = member.network.sizes();
            (sizes[0], sizes[sizes.len() - 1])
        };
        let (n_in, n_out) = ends(first);
        if let Some(other) = members.iter().find(|&member| ends(member) != (n_in, n_out)) {
            let (inputs, outputs) = ends(other);
            let place = format!("network {}", dashed(&other.network.sizes()));
            let expected = format!("{n_in} inputs and {n_out} outputs");
            return Err(disagree(
                first,
                other,
                place,
                expected,
                format!("{inputs} and {outputs}"),
            ));
        }
        let mut named = members
            .iter()
            .filter_map(|member| Some((member, member.class_names.as_ref()?)));
        if let Some((first, names)) = named.next()
            && let Some((other, others)) = named.find(|(_, others)| *others != names)
        {
            let differs = names.iter().zip(others).position(|(one, other)| one != other);
            let class = differs.unwrap_or_else(|| names.len().min(others.len()));
            let name = |names: &[String]| format!("{:?}", names.get(class).map_or("", String::as_str));
            return Err(disagree(
                first,
                other,
                format!("class {class}"),
                name(names),
                name(others),
            ));
        }
        Ok(Self { members, n_in, n_out })
    }

    /// The members, in their order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The network, if it is the only one.
    pub fn only(&self) -> Option<&AnyNetwork> {
        match &self.members[..] {
            [only] => Some(&only.network),
            _ => None,
        }
    }

    /// Number of inputs.
    pub fn n_in(&self) -> usize {
        self.n_in
    }

    /// Number of classes.
    pub fn n_out(&self) -> usize {
        self.n_out
    }

    /// The names of the classes, if a member has some.
    pub fn class_names(&self) -> Option<&[String]> {
        self.members
            .iter()
            .find_map(|member| member.class_names.as_deref())
    }
}

fn disagree(first: &Member, other: &Member, place: String, expected: String, found: String) -> Error {
    Error::Format {
        path: other.name.clone(),
        place,
        expected: format!("{expected}, as {} has", first.name.display()),
        found,
        hint: "The networks of a committee have the same inputs and the same classes.".to_owned(),
    }
}

/// The mean of each class's probability, in the order of the members.
///
/// # Panics
/// When there is no member.
pub fn mean<'a>(members: impl IntoIterator<Item = &'a [f64]>) -> Vec<f64> {
    let mut members = members.into_iter();
    let mut sums = members.next().expect("at least one member").to_vec();
    let mut count = 1.0;
    for probabilities in members {
        sums.iter_mut().zip(probabilities).for_each(|(sum, p)| *sum += p);
        count += 1.0;
    }
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, sizes: &[usize], class_names: Option<&[&str]>) -> Member {
        Member {
            name: name.into(),
            network: AnyNetwork::F32(Network::zeros(sizes).unwrap()),
            class_names: class_names.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        }
    }

    #[test]
    fn members_of_other_inputs_outputs_or_class_names_are_refused_with_both_files() {
        let named = member("b", &[4, 2], Some(&["cat", "dog"]));
        let double = Member {
            network: AnyNetwork::F64(Network::zeros(&[4, 9, 2]).unwrap()),
            ..member("c", &[4, 2], None)
        };
        let committee = Committee::new(vec![member("a", &[4, 3, 2], None), named.clone(), double]).unwrap();
        assert_eq!((committee.n_in(), committee.n_out()), (4, 2));
        assert_eq!(committee.class_names().unwrap(), ["cat", "dog"]);
        for (other, parts) in [
            (
                member("z", &[5, 2], None),
                ["z: network 5-2", "4 inputs and 2 outputs, as b has"],
            ),
            (member("z", &[4, 3], None), ["z: network 4-3", "found 4 and 3"]),
            (
                member("z", &[4, 2], Some(&["cat", "cow"])),
                ["z: class 1", "\"dog\", as b has, found \"cow\""],
            ),
        ] {
            let error = Committee::new(vec![named.clone(), other])
                .unwrap_err()
                .to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
        assert!(Committee::new(Vec::new()).unwrap_err().is_usage());
    }

    #[test]
    fn the_mean_of_one_is_that_one_to_the_bit() {
        let one = [0.1, 0.2, 0.7];
        assert_eq!(mean([&one[..]]), one);
        assert_eq!(mean([&[1.0, 0.0][..], &[0.5, 0.5], &[0.0, 1.0]]), [0.5, 0.5]);
    }
}
