//! Options whose value is one of a few names.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use batchprop::Precision;

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
    PossibleValuesParser::new(names).map(move |given| {
        let chosen = all.iter().find(|(name, ..)| *name == given);
        chosen.expect("clap lets only these names through").2
    })
}

/// A parser of a precision.
pub fn precision() -> impl TypedValueParser<Value = Precision> {
    described([
        ("f32", "Single precision", Precision::F32),
        ("f64", "Double precision", Precision::F64),
    ])
}
