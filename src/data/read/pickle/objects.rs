//! What may lie on the machine's stack, and the five functions that may be called.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Mismatch;
use super::array::{Array, Dtype};
use super::data::Data;

/// A value on the stack or in the memo. Cloning shares the object, as in Python: an array that is put into the
/// memo first and filled afterwards is filled in both places.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    /// An integer or a truth value (0 or 1).
    Integer(i64),
    /// Bytes, or text in Latin-1, which is how Python 3 writes bytes in the protocols of Python 2.
    String(Rc<Data>),
    Tuple(Rc<[Value]>),
    Function(Function),
    Dtype(Rc<Cell<Dtype>>),
    /// An array, empty until the pickle has given its elements.
    Array(Rc<RefCell<Option<Array>>>),
}

impl Value {
    /// What this is, for errors.
    pub fn describe(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Integer(integer) => format!("the integer {integer}"),
            Self::String(data) => match data.short() {
                Some(bytes) => format!("the string \"{}\"", bytes.escape_ascii()),
                None => format!("a string of {} bytes", data.len()),
            },
            Self::Tuple(items) => format!("a tuple of {}", items.len()),
            Self::Function(function) => format!("the function {function:?}"),
            Self::Dtype(_) => "a NumPy dtype".to_owned(),
            Self::Array(_) => "a NumPy array".to_owned(),
        }
    }

    /// The three pairs of arrays of a data set, when that is what this is.
    pub fn into_pairs(self) -> Option<[[Array; 2]; 3]> {
        let pairs = self.into_items()?.into_iter().map(|pair| {
            let arrays = pair.into_items()?.into_iter().map(Self::into_array);
            arrays.collect::<Option<Vec<_>>>()?.try_into().ok()
        });
        pairs.collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    fn into_items(self) -> Option<Vec<Self>> {
        match self {
            Self::Tuple(items) => Some(items.to_vec()),
            _ => None,
        }
    }

    fn into_array(self) -> Option<Array> {
        match self {
            // An array that the pickle holds twice is copied, any other handed over.
            Self::Array(array) => Rc::unwrap_or_clone(array).into_inner(),
            _ => None,
        }
    }

    /// The string, when this is one that is short enough for a name.
    pub fn short_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(data) => data.short(),
            _ => None,
        }
    }
}

/// A function or class that a pickle may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// `numpy.core.multiarray._reconstruct(ndarray, (0,), b'b')`: an empty array, to be filled by BUILD.
    Reconstruct,
    /// `numpy.core.numeric._frombuffer(buffer, dtype, shape, order)`: a whole array, in protocol 5.
    FromBuffer,
    /// The class `numpy.ndarray`, as an argument.
    Ndarray,
    /// `numpy.dtype(code, align, copy)`.
    Dtype,
    /// `_codecs.encode(text, 'latin1')`: bytes.
    Encode,
}

impl Function {
    /// The function of this name, if arrays need it. NumPy 2 renamed `numpy.core` to `numpy._core`.
    pub fn find(module: &[u8], name: &[u8]) -> Option<Self> {
        match (module, name) {
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => {
                Some(Self::Reconstruct)
            }
            (b"numpy.core.numeric" | b"numpy._core.numeric", b"_frombuffer") => Some(Self::FromBuffer),
            (b"numpy", b"ndarray") => Some(Self::Ndarray),
            (b"numpy", b"dtype") => Some(Self::Dtype),
            (b"_codecs", b"encode") => Some(Self::Encode),
            _ => None,
        }
    }

    /// What calling this function gives: the instruction REDUCE.
    pub fn call(self, arguments: &[Value]) -> Result<Value, Mismatch> {
        match (self, arguments) {
            // The empty array's own shape and type do not matter: BUILD brings the true ones.
            (Self::Reconstruct, [Value::Function(Self::Ndarray), Value::Tuple(_), Value::String(_)]) => {
                Ok(Value::Array(Rc::new(RefCell::new(None))))
            }
            (
                Self::FromBuffer,
                [
                    Value::String(data),
                    Value::Dtype(dtype),
                    Value::Tuple(shape),
                    order,
                ],
            ) => {
                if order.short_string() != Some(b"C") {
                    return Err(wrong_order());
                }
                let array = Array::new(dtype.get(), sizes(shape)?, Rc::clone(data))?;
                Ok(Value::Array(Rc::new(RefCell::new(Some(array)))))
            }
            (Self::Dtype, [code, Value::Integer(_), Value::Integer(_)]) => {
                match code.short_string().and_then(Dtype::parse) {
                    Some(dtype) => Ok(Value::Dtype(Rc::new(Cell::new(dtype)))),
                    None => Err(Mismatch::new(
                        "elements that are floats (f4, f8) or integers (i1 to i8, u1 to u8)",
                        code.describe(),
                    )),
                }
            }
            (Self::Encode, [text @ Value::String(_), encoding])
                if encoding.short_string() == Some(b"latin1") =>
            {
                Ok(text.clone())
            }
            _ => Err(Mismatch::new(
                format!("{self:?} called as NumPy does"),
                format!("arguments {}", describe(arguments)),
            )),
        }
    }
}

/// Gives `object` its state: the instruction BUILD.
pub(super) fn build(object: &Value, state: &Value) -> Result<(), Mismatch> {
    let (Value::Array(_) | Value::Dtype(_), Value::Tuple(state)) = (object, state) else {
        return Err(Mismatch::new(
            "the state of a NumPy array or dtype",
            format!("{} for {}", state.describe(), object.describe()),
        ));
    };
    match (object, &**state) {
        (
            Value::Array(array),
            [
                Value::Integer(1),
                Value::Tuple(shape),
                Value::Dtype(dtype),
                Value::Integer(column_major),
                Value::String(data),
            ],
        ) => {
            if *column_major != 0 {
                return Err(wrong_order());
            }
            let filled = Array::new(dtype.get(), sizes(shape)?, Rc::clone(data))?;
            *array.borrow_mut() = Some(filled);
            Ok(())
        }
        // Version, byte order, and what only structured and subarray types have.
        (
            Value::Dtype(dtype),
            [
                Value::Integer(3 | 4),
                order,
                Value::None,
                Value::None,
                Value::None,
                ..,
            ],
        ) if let Some(ordered) = order.short_string().and_then(|mark| dtype.get().with_order(mark)) => {
            dtype.set(ordered);
            Ok(())
        }
        (object, state) => Err(Mismatch::new(
            format!("the state of {}", object.describe()),
            describe(state),
        )),
    }
}

fn wrong_order() -> Mismatch {
    Mismatch::new(
        "an array in row-major order (NumPy's `ascontiguousarray`)",
        "column-major order",
    )
}

fn sizes(shape: &[Value]) -> Result<Vec<usize>, Mismatch> {
    let size = |value: &Value| match value {
        Value::Integer(size) => usize::try_from(*size).ok(),
        _ => None,
    };
    shape
        .iter()
        .map(size)
        .collect::<Option<_>>()
        .ok_or_else(|| Mismatch::new("an array's shape", describe(shape)))
}

fn describe(values: &[Value]) -> String {
    let described: Vec<_> = values.iter().take(8).map(Value::describe).collect();
    format!("({})", described.join(", "))
}
