//! The options of augmentation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How far images may be distorted. Each image's distortion is drawn uniformly between the bounds; the elastic one is
/// drawn for each pixel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Whole pixels up, down, left, right or not at all: one of the five, by equal chance. 1 is Nielsen's.
    pub shift: u8,
    /// Largest rotation in degrees, either way.
    pub rotation: f64,
    /// Smallest and largest factor of width and height, which are drawn independently.
    pub scale: (f64, f64),
    /// Largest shear, either way: pixels to the side for each pixel up, the tangent of the slant.
    pub shear: f64,
    /// Largest translation in pixels, along each axis and either way; fractions of a pixel too.
    pub translation: f64,
    /// Elastic distortion.
    pub elastic: Option<Elastic>,
}

/// Simard's elastic distortion: a field of independent random displacements, uniform in ±1 pixel along each axis, is
/// smoothed with a Gaussian and multiplied by α.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Elastic {
    /// α. Along each axis the displacements have a standard deviation of α / (2 σ √(3π)) pixels.
    pub alpha: f64,
    /// σ: standard deviation of the Gaussian in pixels. Neighbours up to about 2 σ apart move together.
    pub sigma: f64,
}

impl Augmentation {
    /// Images as they are.
    pub const NONE: Self = Self {
        shift: 0,
        rotation: 0.0,
        scale: (1.0, 1.0),
        shear: 0.0,
        translation: 0.0,
        elastic: None,
    };

    /// Nielsen's `expand_mnist.py`: one pixel up, down, left, right, or as it is.
    pub const SHIFT: Self = Self {
        shift: 1,
        ..Self::NONE
    };

    /// Up to 15 degrees, 0.85 to 1.15 times, a shear of 0.15 and 1.5 pixels.
    pub const AFFINE: Self = Self {
        rotation: 15.0,
        scale: (0.85, 1.15),
        shear: 0.15,
        translation: 1.5,
        ..Self::NONE
    };

    /// α 36, σ 5: displacements with a standard deviation of 1.2 pixels.
    pub const ELASTIC: Self = Self {
        elastic: Some(Elastic {
            alpha: 36.0,
            sigma: 5.0,
        }),
        ..Self::NONE
    };

    /// Affine and elastic, each milder than alone, as two distortions add up. In seven runs, of 300 and of 800 and 800
    /// hidden units, 10 and 25 epochs, 7 to 19 more of 10,000 validation images came out right than with both in full.
    pub const ALL: Self = Self {
        rotation: 10.0,
        scale: (0.9, 1.1),
        shear: 0.1,
        translation: 1.0,
        elastic: Some(Elastic {
            alpha: 30.0,
            sigma: 5.0,
        }),
        ..Self::NONE
    };

    /// The same distortions, but only `strength` times as far, from 0 to 1: 0 leaves images as they are. A shift is rounded to whole
    /// pixels.
    pub fn weakened(self, strength: f64) -> Self {
        let factor = |factor: f64| factor * strength + (1.0 - strength);
        Self {
            shift: (f64::from(self.shift) * strength).round() as u8,
            rotation: self.rotation * strength,
            scale: (factor(self.scale.0), factor(self.scale.1)),
            shear: self.shear * strength,
            translation: self.translation * strength,
            elastic: self.elastic.map(|Elastic { alpha, sigma }| Elastic {
                alpha: alpha * strength,
                sigma,
            }),
        }
    }

    /// Whether images stay as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Checks that all bounds are in their ranges.
    ///
    /// # Errors
    /// [`Error::Option`] with the first that is not.
    pub fn check(&self) -> Result<()> {
        let within = |option, value: f64, least: f64, most: f64, what: &str| {
            // NaN is not within any range.
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::option(option, value, format!("{what}, {least} to {most}")))
        };
        within("rotation", self.rotation, 0.0, 180.0, "degrees")?;
        let (least, most) = self.scale;
        within("scale", least, 0.1, 10.0, "a least and a largest factor")?;
        within("scale", most, 0.1, 10.0, "a least and a largest factor")?;
        if least > most {
            return Err(Error::option(
                "scale",
                format!("{least},{most}"),
                "the least factor before the largest",
            ));
        }
        within(
            "shear",
            self.shear,
            0.0,
            10.0,
            "pixels to the side for each pixel up",
        )?;
        within("translation", self.translation, 0.0, 1000.0, "pixels")?;
        if let Some(Elastic { alpha, sigma }) = self.elastic {
            within("elastic", alpha, 0.0, 10_000.0, "α")?;
            within("elastic", sigma, 1.0, 1000.0, "σ in pixels")?;
        }
        Ok(())
    }
}

impl fmt::Display for Augmentation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            shift,
            rotation,
            scale: (least, most),
            shear,
            translation,
            elastic,
        } = self;
        let parts = [
            (*shift != 0).then(|| format!("shift {shift}")),
            (*rotation != 0.0).then(|| format!("rotation {rotation}°")),
            ((*least, *most) != (1.0, 1.0)).then(|| format!("scale {least} to {most}")),
            (*shear != 0.0).then(|| format!("shear {shear}")),
            (*translation != 0.0).then(|| format!("translation {translation}")),
            elastic.map(|Elastic { alpha, sigma }| format!("elastic α {alpha} σ {sigma}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => formatter.write_str("none"),
            false => formatter.write_str(&parts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn augmentations_say_what_they_do() {
        assert_eq!(Augmentation::NONE.to_string(), "none");
        assert_eq!(
            Augmentation::ALL.to_string(),
            "rotation 10°, scale 0.9 to 1.1, shear 0.1, translation 1, elastic α 30 σ 5"
        );
    }

    #[test]
    fn weakened_distortions_reach_a_part_of_the_way() {
        let bounds = Augmentation {
            shift: 2,
            scale: (0.1, 10.0),
            ..Augmentation::ALL
        };
        assert_eq!(bounds.weakened(1.0), bounds);
        let half = Augmentation {
            shift: 1,
            rotation: 5.0,
            scale: (0.55, 5.5),
            shear: 0.05,
            translation: 0.5,
            elastic: Some(Elastic {
                alpha: 15.0,
                sigma: 5.0,
            }),
        };
        assert_eq!(bounds.weakened(0.5), half);
        let elastic = Some(Elastic {
            alpha: 0.0,
            sigma: 5.0,
        });
        let still = Augmentation {
            elastic,
            ..Augmentation::NONE
        };
        assert_eq!(bounds.weakened(0.0), still);
    }

    #[test]
    fn presets_pass_and_nonsense_does_not() {
        for preset in [
            Augmentation::NONE,
            Augmentation::SHIFT,
            Augmentation::AFFINE,
            Augmentation::ELASTIC,
            Augmentation::ALL,
        ] {
            preset.check().unwrap();
        }
        let all = Augmentation::ALL;
        let elastic = |alpha, sigma| Some(Elastic { alpha, sigma });
        for (bad, option) in [
            (
                Augmentation {
                    rotation: -1.0,
                    ..all
                },
                "rotation",
            ),
            (
                Augmentation {
                    rotation: f64::NAN,
                    ..all
                },
                "rotation",
            ),
            (
                Augmentation {
                    scale: (0.0, 1.0),
                    ..all
                },
                "scale",
            ),
            (
                Augmentation {
                    scale: (1.0, f64::INFINITY),
                    ..all
                },
                "scale",
            ),
            (
                Augmentation {
                    scale: (1.2, 0.8),
                    ..all
                },
                "scale",
            ),
            (
                Augmentation {
                    shear: f64::INFINITY,
                    ..all
                },
                "shear",
            ),
            (
                Augmentation {
                    translation: -0.5,
                    ..all
                },
                "translation",
            ),
            (
                Augmentation {
                    elastic: elastic(-1.0, 5.0),
                    ..all
                },
                "elastic",
            ),
            (
                Augmentation {
                    elastic: elastic(36.0, 0.5),
                    ..all
                },
                "elastic",
            ),
            (
                Augmentation {
                    elastic: elastic(36.0, f64::NAN),
                    ..all
                },
                "elastic",
            ),
        ] {
            let message = bad.check().unwrap_err().to_string();
            assert!(message.starts_with(option), "{message}");
        }
    }
}
