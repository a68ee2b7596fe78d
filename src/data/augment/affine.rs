//! The affine part of a distortion: where in the image a pixel of the result comes from.

use rand::{Rng, RngExt};

use super::Augmentation;

/// p ↦ M (p − t), from the pixels of the result to places in the image. x runs to the right and y down, both from
/// the image's centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine {
    /// M, row by row.
    pub matrix: [[f32; 2]; 2],
    /// t
    pub translation: [f32; 2],
}

impl Affine {
    /// A map within the bounds. Takes the same number of draws for all bounds, so that what is drawn next does not depend
    /// on them.
    pub fn draw(bounds: &Augmentation, random: &mut impl Rng) -> Self {
        let mut fraction = || random.random::<f32>();
        let mut either_way = |most: f64| (2.0 * fraction() - 1.0) * most as f32;
        let angle = either_way(bounds.rotation);
        let shear = either_way(bounds.shear);
        let mut translation = [either_way(bounds.translation), either_way(bounds.translation)];
        let (least, most) = (bounds.scale.0 as f32, bounds.scale.1 as f32);
        let scale = [(); 2].map(|()| least + (most - least) * fraction());
        let shift = f32::from(bounds.shift);
        match (5.0 * fraction()) as u8 {
            0 => translation[0] -= shift,
            1 => translation[0] += shift,
            2 => translation[1] -= shift,
            3 => translation[1] += shift,
            _ => {}
        }
        Self::new(angle, shear, scale, translation)
    }

    /// The inverse of: scale by `scale`, then slant to the right by `shear`, then turn counterclockwise by `angle` degrees, then
    /// move right and down by `translation`.
    fn new(angle: f32, shear: f32, scale: [f32; 2], translation: [f32; 2]) -> Self {
        let (sin, cos) = libm::sincosf(angle.to_radians());
        // y runs down: turned and slanted forward, (x, y) goes to (x cos + y sin, y cos − x sin) and (x − shear y, y).
        Self {
            matrix: [
                [(cos + shear * sin) / scale[0], (shear * cos - sin) / scale[0]],
                [sin / scale[1], cos / scale[1]],
            ],
            translation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::{Stream, stream};

    #[test]
    fn no_bounds_are_the_identity_exactly() {
        let mut random = stream(0, Stream::Augmentation);
        for _ in 0..100 {
            let map = Affine::draw(&Augmentation::NONE, &mut random);
            assert_eq!(map.matrix, [[1.0, 0.0], [0.0, 1.0]]);
            assert_eq!(map.translation, [0.0, 0.0]);
        }
    }

    #[test]
    fn the_map_undoes_scale_then_shear_then_rotation_then_translation() {
        let (angle, shear, scale, translation) = (20.0_f32, 0.3, [1.2, 0.8], [1.5, -2.0]);
        let map = Affine::new(angle, shear, scale, translation);
        for (x, y) in [(1.0, 0.0), (0.0, 1.0), (-3.0, 5.0)] {
            let (scaled_x, scaled_y) = (x * scale[0], y * scale[1]);
            let (sheared_x, sheared_y) = (scaled_x - shear * scaled_y, scaled_y);
            let (sin, cos) = angle.to_radians().sin_cos();
            let turned = [
                sheared_x * cos + sheared_y * sin,
                sheared_y * cos - sheared_x * sin,
            ];
            let moved = [turned[0] + translation[0], turned[1] + translation[1]];
            let back = map.matrix.map(|row| {
                row[0] * (moved[0] - map.translation[0]) + row[1] * (moved[1] - map.translation[1])
            });
            assert!(
                (back[0] - x).abs() < 1e-5 && (back[1] - y).abs() < 1e-5,
                "{back:?}"
            );
        }
    }

    #[test]
    fn shifts_are_the_five_of_nielsen_about_equally_often() {
        let mut random = stream(1, Stream::Augmentation);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..5000 {
            let map = Affine::draw(&Augmentation::SHIFT, &mut random);
            *counts
                .entry(map.translation.map(|pixels| pixels as i32))
                .or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 5, "{counts:?}");
        assert!(
            counts.values().all(|&count| (900..1100).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn draws_stay_within_their_bounds_and_come_near_them() {
        let bounds = Augmentation {
            scale: (0.5, 1.5),
            translation: 3.0,
            ..Augmentation::NONE
        };
        let mut random = stream(2, Stream::Augmentation);
        let (mut scales, mut translations) = ((f32::MAX, 0.0_f32), (0.0_f32, 0.0_f32));
        for _ in 0..1000 {
            let map = Affine::draw(&bounds, &mut random);
            let scale = 1.0 / map.matrix[1][1];
            scales = (scales.0.min(scale), scales.1.max(scale));
            translations = (
                translations.0.min(map.translation[0]),
                translations.1.max(map.translation[0]),
            );
        }
        assert!(
            (0.4999..0.51).contains(&scales.0) && (1.49..1.5001).contains(&scales.1),
            "{scales:?}"
        );
        assert!((-3.0..-2.95).contains(&translations.0) && (2.95..=3.0).contains(&translations.1));
    }
}
