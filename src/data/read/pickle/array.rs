//! NumPy arrays as a pickle describes them, and what they become: pixels and labels.

use std::rc::Rc;

use super::Mismatch;
use super::data::{Data, compact};
use crate::data::read::arrays::elements::image_shape;
use crate::files::numpy::Elements;
use crate::images::pixels::{ImageShape, Pixels};

/// What the elements of an array are: numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dtype {
    elements: Elements,
    big_endian: bool,
}

impl Dtype {
    /// The type of NumPy's `code`, as `f4`, in little-endian order.
    pub fn parse(code: &[u8]) -> Option<Self> {
        let elements = match Elements::parse(code)? {
            Elements::Bool | Elements::Float(2) => return None,
            elements => elements,
        };
        Some(Self {
            elements,
            big_endian: false,
        })
    }

    /// The same type in the byte order of NumPy's `mark`; `|` is for single bytes, which have none.
    pub fn with_order(self, mark: &[u8]) -> Option<Self> {
        let big_endian = match mark {
            b"<" | b"|" => false,
            b">" => true,
            _ => return None,
        };
        Some(Self { big_endian, ..self })
    }
}

/// An array in row-major order.
#[derive(Debug, Clone)]
pub(super) struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Rc<Data>,
}

impl Array {
    /// Checks that `data` holds exactly the elements of an array of `shape`.
    pub fn new(dtype: Dtype, shape: Vec<usize>, data: Rc<Data>) -> Result<Self, Mismatch> {
        let length = shape
            .iter()
            .try_fold(dtype.elements.size(), |length, &size| length.checked_mul(size));
        if length != Some(data.len()) {
            return Err(Mismatch::new(
                format!("the elements of a {} array of shape {shape:?}", dtype.elements),
                format!("{} bytes", data.len()),
            ));
        }
        Ok(Self { dtype, shape, data })
    }

    /// How many images this array holds and of which shape: see [`image_shape`].
    pub fn image_shape(&self) -> Result<(usize, ImageShape), Mismatch> {
        let Some((count, shape)) = image_shape(&self.shape) else {
            return Err(Mismatch::new(
                "an array of shape (images, pixels)",
                format!("shape {:?}", self.shape),
            ));
        };
        if count == 0 || shape.rows == 0 || shape.columns == 0 {
            return Err(Mismatch::new(
                "at least one image of at least one pixel",
                format!("shape {:?}", self.shape),
            ));
        }
        Ok((count, shape))
    }

    /// The elements as pixels: floats as they are, bytes `k` as `k / 256`.
    pub fn into_pixels(self) -> Result<Pixels, Mismatch> {
        let Dtype { elements, big_endian } = self.dtype;
        let data = &*self.data;
        let pixels = match (elements, big_endian) {
            (Elements::Unsigned(1), _) => Pixels::Bytes(data.elements(|[byte]| byte)),
            (Elements::Float(4), false) => match Rc::unwrap_or_clone(self.data) {
                Data::Words(pixels) => pixels,
                bytes => compact(bytes.elements(f32::from_le_bytes)),
            },
            (Elements::Float(4), true) => compact(data.elements(f32::from_be_bytes)),
            (Elements::Float(8), false) => compact(data.elements(|bytes| f64::from_le_bytes(bytes) as f32)),
            (Elements::Float(8), true) => compact(data.elements(|bytes| f64::from_be_bytes(bytes) as f32)),
            _ => {
                return Err(Mismatch::new(
                    "elements of type float32, float64 or uint8",
                    elements.to_string(),
                ));
            }
        };
        match &pixels {
            Pixels::Floats(floats) => match floats.iter().position(|float| !float.is_finite()) {
                Some(index) => Err(Mismatch::new(
                    "finite numbers",
                    format!("{} as element {index}", floats[index]),
                )),
                None => Ok(pixels),
            },
            Pixels::Bytes(_) => Ok(pixels),
        }
    }

    /// The elements of a one-dimensional array of integers.
    pub fn integers(&self) -> Result<impl ExactSizeIterator<Item = i128>, Mismatch> {
        let Dtype { elements, big_endian } = self.dtype;
        let (&[count], Elements::Signed(size) | Elements::Unsigned(size)) = (&self.shape[..], elements)
        else {
            return Err(Mismatch::new(
                "a one-dimensional array of integers",
                format!("{elements} of shape {:?}", self.shape),
            ));
        };
        let is_signed = matches!(elements, Elements::Signed(_));
        let bytes = self.data.elements(|[byte]| byte);
        let element = move |index| {
            let element = &bytes[size * index..][..size];
            integer(element, is_signed, big_endian)
        };
        Ok((0..count).map(element))
    }

    /// Length of its elements in the file.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Bytes of memory that [`Self::into_pixels`] may take beside those of the array.
    pub fn memory_as_pixels(&self) -> usize {
        let numbers = self.data.len() / self.dtype.elements.size();
        // Floats, and then bytes where all are such; or a copy of what the pickle holds twice.
        (numbers * (size_of::<f32>() + 1)).max(self.data.memory())
    }
}

/// An integer of at most 8 bytes.
fn integer(bytes: &[u8], signed: bool, big_endian: bool) -> i128 {
    let append = |value: i128, byte: &u8| value << 8 | i128::from(*byte);
    let value = if big_endian {
        bytes.iter().fold(0, append)
    } else {
        bytes.iter().rev().fold(0, append)
    };
    let bits = bytes.len() * 8;
    if signed && value >> (bits - 1) == 1 {
        value - (1 << bits)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_size_sign_and_order_are_read() {
        assert_eq!(integer(&[0xfe], true, false), -2);
        assert_eq!(integer(&[0xfe], false, false), 254);
        assert_eq!(integer(&[1, 2], false, false), 0x0201);
        assert_eq!(integer(&[1, 2], false, true), 0x0102);
        assert_eq!(integer(&i64::MIN.to_le_bytes(), true, false), i64::MIN.into());
        assert_eq!(integer(&u64::MAX.to_be_bytes(), false, true), u64::MAX.into());
    }

    #[test]
    fn a_shape_whose_size_overflows_is_no_shape() {
        let dtype = Dtype::parse(b"f4").unwrap();
        let data = Rc::new(Data::Bytes(Vec::new()));
        let error = Array::new(dtype, vec![usize::MAX, 2], data).unwrap_err();
        assert_eq!(error.found, "0 bytes");
    }

    #[test]
    fn images_of_a_square_number_of_pixels_are_square_and_others_one_row() {
        let shape = |pixels: usize| {
            let data = Rc::new(Data::Bytes(vec![0; 2 * pixels]));
            let dtype = Dtype::parse(b"u1").unwrap();
            let array = Array::new(dtype, vec![2, pixels], data).unwrap();
            array.image_shape().unwrap()
        };
        assert_eq!(shape(784), (2, ImageShape::MNIST));
        assert_eq!(shape(12), (2, ImageShape { rows: 1, columns: 12 }));
    }
}
