//! Images whose rows and columns were exchanged when they were published, turned upright.

use crate::images::pixels::{ImageShape, Pixels};

/// The same images with rows and columns exchanged.
pub(super) fn transposed(pixels: Pixels, shape: ImageShape) -> (Pixels, ImageShape) {
    let turned = ImageShape {
        rows: shape.columns,
        columns: shape.rows,
    };
    let pixels = match pixels {
        Pixels::Bytes(mut bytes) => {
            each(&mut bytes, shape);
            Pixels::Bytes(bytes)
        }
        Pixels::Floats(mut floats) => {
            each(&mut floats, shape);
            Pixels::Floats(floats)
        }
    };
    (pixels, turned)
}

fn each<T: Copy>(pixels: &mut [T], ImageShape { rows, columns }: ImageShape) {
    let mut before = Vec::with_capacity(rows * columns);
    for image in pixels.chunks_exact_mut(rows * columns) {
        before.clear();
        before.extend_from_slice(image);
        for (index, pixel) in image.iter_mut().enumerate() {
            *pixel = before[index % rows * columns + index / rows];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let shape = ImageShape { rows: 2, columns: 3 };
        let (pixels, turned) = transposed(Pixels::Bytes(vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]), shape);
        assert_eq!(pixels, Pixels::Bytes(vec![1, 4, 2, 5, 3, 6, 7, 0, 8, 1, 9, 2]));
        assert_eq!((turned.rows, turned.columns), (3, 2));
    }
}
