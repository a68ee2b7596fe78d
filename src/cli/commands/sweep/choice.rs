//! One of the choices that a list of `sweep` offers: a value, or a range to draw values from.

use rand::{Rng, RngExt};

use crate::cli::options::run::Layers;

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Real,
    /// Whole numbers.
    Whole,
    /// Units of hidden layers; a range is of one layer.
    Layers,
    /// Words.
    Words,
}

/// A value as it is written on the command line, or a range.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    Value(String),
    Range { kind: Kind, low: f64, high: f64 },
}

/// Whole numbers up to this are exact in f64.
const MOST: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

impl Choice {
    /// Parses what is written between two commas.
    ///
    /// # Errors
    /// A message about a malformed range. Values are checked by the option itself.
    pub fn parse(kind: Kind, given: &str) -> Result<Self, String> {
        match given.split_once("..") {
            Some((low, high)) if kind != Kind::Words => Self::range(kind, low, high),
            _ => Ok(Self::Value(normalised(kind, given))),
        }
    }

    fn range(kind: Kind, low: &str, high: &str) -> Result<Self, String> {
        let expected = "expected a range LOW..HIGH of two numbers, 0 or more, the lower one first";
        let numbers = low.parse::<f64>().ok().zip(high.parse::<f64>().ok());
        match numbers.filter(|(low, high)| *low >= 0.0 && low < high && high.is_finite()) {
            None => Err(expected.to_owned()),
            Some((low, high)) if kind != Kind::Real && (low.fract() + high.fract() > 0.0 || high > MOST) => {
                Err(format!("{expected}, both whole"))
            }
            Some((low, high)) => Ok(Self::Range { kind, low, high }),
        }
    }

    /// The value, or one from the range: evenly distributed on a logarithmic scale if the lower end is above 0, else
    /// evenly. Numbers have three digits, so that the shown value is the used one.
    pub fn draw(&self, random: &mut impl Rng) -> String {
        match *self {
            Self::Value(ref value) => value.clone(),
            Self::Range {
                kind: Kind::Real,
                low,
                high,
            } => {
                let drawn = between(low, high, random);
                let rounded = format!("{drawn:.2e}").parse().unwrap_or(drawn);
                number(rounded.clamp(low, high))
            }
            Self::Range { low, high, .. } => {
                // Half a unit more at both ends, so that the ends are as likely as their neighbours.
                let lowest = if low > 0.0 { low - 0.5 } else { -0.5 };
                let drawn = match low > 0.0 {
                    true => between(lowest, high + 0.5, random),
                    false => random.random_range(lowest..high + 0.5),
                };
                number(drawn.round().clamp(low, high))
            }
        }
    }
}

fn between(low: f64, high: f64, random: &mut impl Rng) -> f64 {
    match low > 0.0 {
        true => random.random_range(low.ln()..high.ln()).exp(),
        false => random.random_range(low..high),
    }
}

/// The canonical spelling of a value: 0.1, not 1e-1.
pub fn normalised(kind: Kind, given: &str) -> String {
    let normalised = match kind {
        Kind::Real => given.parse().ok().map(number),
        Kind::Whole => given.parse::<u64>().ok().map(|number| number.to_string()),
        Kind::Layers => given.parse::<Layers>().ok().map(|layers| layers.to_string()),
        Kind::Words => None,
    };
    normalised.unwrap_or_else(|| given.to_owned())
}

/// 3, 0.1, 1e40
fn number(number: f64) -> String {
    format!("{number:?}").trim_end_matches(".0").to_owned()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn draws(kind: Kind, range: &str) -> Vec<f64> {
        let choice = Choice::parse(kind, range).unwrap();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let draws = (0..4000).map(|_| choice.draw(&mut random).parse().unwrap());
        draws.collect()
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    #[test]
    fn a_value_has_one_spelling() {
        let value = |kind, given| Choice::parse(kind, given).unwrap();
        for given in ["0.1", "1e-1", "+.10"] {
            assert_eq!(value(Kind::Real, given), Choice::Value("0.1".to_owned()));
        }
        assert_eq!(value(Kind::Real, "3.0"), Choice::Value("3".to_owned()));
        assert_eq!(value(Kind::Real, "1e40"), Choice::Value("1e40".to_owned()));
        assert_eq!(value(Kind::Whole, "010"), Choice::Value("10".to_owned()));
        assert_eq!(value(Kind::Layers, "100-030"), Choice::Value("100-30".to_owned()));
        assert_eq!(value(Kind::Words, "a..b"), Choice::Value("a..b".to_owned()));
    }

    #[test]
    fn ranges_above_nothing_have_even_logarithms_and_others_even_values() {
        let rates = draws(Kind::Real, "0.001..10");
        assert!(rates.iter().all(|rate| (0.001..=10.0).contains(rate)));
        assert!((median(rates) - 0.1).abs() < 0.02);
        let dropouts = draws(Kind::Real, "0..0.5");
        assert!((median(dropouts) - 0.25).abs() < 0.02);
        let units = draws(Kind::Layers, "10..1000");
        assert!(units.iter().all(|unit| unit.fract() == 0.0));
        assert!((median(units) - 100.0).abs() < 15.0);
        let few = draws(Kind::Whole, "0..2");
        for number in [0.0, 1.0, 2.0] {
            let part = few.iter().filter(|&&drawn| drawn == number).count();
            assert!((1200..1470).contains(&part), "{number}: {part}");
        }
    }

    #[test]
    fn malformed_ranges_are_refused() {
        for (kind, given) in [
            (Kind::Real, "1..1"),
            (Kind::Real, "2..1"),
            (Kind::Real, "-1..1"),
            (Kind::Real, "0..inf"),
            (Kind::Real, "nan..1"),
            (Kind::Real, ".."),
            (Kind::Whole, "0.5..2"),
            (Kind::Whole, "1..1e300"),
            (Kind::Layers, "30-20..40"),
        ] {
            assert!(Choice::parse(kind, given).is_err(), "{given}");
        }
    }
}
