//! Options whose value is one of a few names.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use batchprop::Precision;

/// Other usual names of values, and their names here.
const ALIASES: [(&str, &str); 11] = [
    ("mse", "quadratic"),
    ("squared-error", "quadratic"),
    ("nll", "log-likelihood"),
    ("glorot", "xavier"),
    ("kaiming", "he"),
    ("normalized", "normalised"),
    ("logistic", "sigmoid"),
    ("leakyrelu", "leaky-relu"),
    ("swish", "silu"),
    ("float32", "f32"),
    ("float64", "f64"),
];

/// A parser of names in upper or lower case, with dashes or underscores, and by their [`ALIASES`].
#[derive(Clone)]
struct Lenient<P>(P);

impl<P: TypedValueParser> TypedValueParser for Lenient<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<P::Value, clap::Error> {
        let usual = value.to_string_lossy().to_lowercase().replace('_', "-");
        let alias = ALIASES.iter().find(|(alias, _)| *alias == usual);
        let name = alias.map_or(usual.as_str(), |(_, name)| name);
        let parsed = self.0.parse_ref(command, argument, OsStr::new(name));
        // Errors show the given value.
        parsed.or_else(|_| self.0.parse_ref(command, argument, value))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// A parser of one of `all`, by name.
pub fn choice<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    described(all.map(|value| (name(value), "", value)))
}

/// A parser of one of `all`: each a name, what `--help` says of it, and its value.
pub fn described<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [(&'static str, &'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let names = all.map(|(name, help, _)| match help {
        "" => PossibleValue::new(name),
        help => PossibleValue::new(name).help(help),
    });
    Lenient(PossibleValuesParser::new(names).map(move |given| {
        let chosen = all.iter().find(|(name, ..)| *name == given);
        chosen.expect("clap lets only these names through").2
    }))
}

/// A parser of a precision.
pub fn precision() -> impl TypedValueParser<Value = Precision> {
    described([
        ("f32", "Single precision", Precision::F32),
        ("f64", "Double precision", Precision::F64),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchprop::{Activation, Cost, Initialisation};

    fn parsed<P: TypedValueParser>(parser: P, value: &str) -> Option<P::Value> {
        parser
            .parse_ref(&clap::Command::new("test"), None, OsStr::new(value))
            .ok()
    }

    #[test]
    fn names_are_known_in_any_case_and_by_their_usual_aliases() {
        let activation = || choice(Activation::ALL, Activation::name);
        for name in ["relu", "ReLU", "RELU"] {
            assert_eq!(parsed(activation(), name), Some(Activation::Relu));
        }
        for name in ["LeakyReLU", "leaky_relu", "leaky-relu"] {
            assert_eq!(parsed(activation(), name), Some(Activation::LeakyRelu));
        }
        assert_eq!(
            parsed(choice(Cost::ALL, Cost::name), "MSE"),
            Some(Cost::Quadratic)
        );
        let init = || choice(Initialisation::ALL, Initialisation::name);
        assert_eq!(parsed(init(), "normalized"), Some(Initialisation::Normalised));
        assert_eq!(parsed(init(), "glorot"), Some(Initialisation::Xavier));
        assert_eq!(parsed(init(), "mse"), None);
        assert_eq!(parsed(precision(), "F64"), Some(Precision::F64));
    }
}
