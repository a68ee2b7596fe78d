//! The options that distort training images.

use clap::builder::TypedValueParser;

use super::choice::described;
use batchprop::data::augment::{Augmentation, Elastic};

/// A preset, and options that replace parts of it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Augmentation")]
pub struct AugmentationArgs {
    /// Distort the training images, differently in each epoch; the options below replace parts of the preset.
    #[arg(long, value_parser = presets(), default_value = "none", value_name = "PRESET")]
    augment: Augmentation,
    /// Move by this many whole pixels up, down, left or right, or not at all.
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    shift: Option<u8>,
    /// Rotate by up to this many degrees, either way.
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    rotation: Option<f64>,
    /// Multiply width and height by factors between these two.
    #[arg(long, value_name = "MIN,MAX", value_parser = pair, allow_hyphen_values = true)]
    scale: Option<(f64, f64)>,
    /// Slant by up to this many pixels per pixel of height, either way.
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    shear: Option<f64>,
    /// Move by up to this many pixels along each axis, fractions included.
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    translation: Option<f64>,
    /// Simard's elastic distortion: strength α, and smoothness σ in pixels.
    #[arg(long, value_name = "ALPHA,SIGMA", value_parser = pair, allow_hyphen_values = true)]
    elastic: Option<(f64, f64)>,
}

/// By name.
fn presets() -> impl TypedValueParser<Value = Augmentation> {
    described([
        ("none", "Images as they are", Augmentation::NONE),
        ("shift", "Nielsen's: --shift 1", Augmentation::SHIFT),
        (
            "affine",
            "--rotation 15 --scale 0.85,1.15 --shear 0.15 --translation 1.5",
            Augmentation::AFFINE,
        ),
        ("elastic", "Simard's: --elastic 36,5", Augmentation::ELASTIC),
        (
            "all",
            "Both, milder: --rotation 10 --scale 0.9,1.1 --shear 0.1 --translation 1 --elastic 30,5",
            Augmentation::ALL,
        ),
    ])
}

impl AugmentationArgs {
    /// The distortions, not yet checked.
    pub fn augmentation(&self) -> Augmentation {
        let preset = self.augment;
        let elastic = self.elastic.map(|(alpha, sigma)| Elastic { alpha, sigma });
        Augmentation {
            shift: self.shift.unwrap_or(preset.shift),
            rotation: self.rotation.unwrap_or(preset.rotation),
            scale: self.scale.unwrap_or(preset.scale),
            shear: self.shear.unwrap_or(preset.shear),
            translation: self.translation.unwrap_or(preset.translation),
            elastic: elastic.or(preset.elastic),
        }
    }
}

/// Two numbers separated by a comma, or by a colon where commas separate the values of a list.
fn pair(text: &str) -> Result<(f64, f64), String> {
    let parse = |number: &str| {
        let number = number.trim();
        number.parse().map_err(|_| format!("{number:?} is not a number"))
    };
    let (first, second) = text
        .split_once([',', ':'])
        .ok_or("expected two numbers separated by a comma, or in a list by a colon")?;
    Ok((parse(first)?, parse(second)?))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Options {
        #[command(flatten)]
        augment: AugmentationArgs,
    }

    fn parse(options: &[&str]) -> Result<Augmentation, clap::Error> {
        let options = Options::try_parse_from(std::iter::once(&"train").chain(options))?;
        Ok(options.augment.augmentation())
    }

    #[test]
    fn options_replace_parts_of_a_preset() {
        assert_eq!(parse(&[]).unwrap(), Augmentation::NONE);
        assert_eq!(parse(&["--augment", "all"]).unwrap(), Augmentation::ALL);
        let found = parse(&["--augment", "affine", "--rotation", "5", "--elastic", "34, 4"]).unwrap();
        assert_eq!(
            found,
            parse(&["--augment", "affine", "--rotation", "5", "--elastic", "34:4"]).unwrap()
        );
        let expected = Augmentation {
            rotation: 5.0,
            elastic: Some(Elastic {
                alpha: 34.0,
                sigma: 4.0,
            }),
            ..Augmentation::AFFINE
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn malformed_pairs_are_refused() {
        for bad in ["1", "1,", "1,x", "1,2,3", ""] {
            assert!(parse(&["--scale", bad]).is_err(), "{bad:?}");
        }
    }
}
