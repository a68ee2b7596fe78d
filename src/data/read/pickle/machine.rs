//! The stack machine that a pickle is a program for, with the instructions that NumPy arrays need and no other.
//!
//! It is a transcription of the virtual machine in Python's own [pickletools]: a stack of values, marks that say
//! where on it a tuple begins, and a memo from which a value is had a second time. Numbers are little-endian.
//!
//! [pickletools]: https://github.com/python/cpython/blob/main/Lib/pickletools.py

use std::collections::HashMap;
use std::rc::Rc;

use super::data::{Data, MAXIMUM_BYTES};
use super::instructions as is;
use super::objects::{Function, Value, build};
use super::strings;
use crate::error::{Error, Result};
use crate::files::source::{Source, show_bytes};

/// The three pairs take 140 (protocol 5) to 270 (protocol 0) instructions. The limit bounds the stack, the memo,
/// and how deep tuples nest.
const MAXIMUM_INSTRUCTIONS: usize = 2048;
/// The longest line that is a name or a number.
const MAXIMUM_LINE: usize = 64;

/// Runs the pickle in `source` to the end of the file: the value it describes, which nothing else owns.
pub(super) fn run(source: &mut Source<'static>) -> Result<Value> {
    expect_beginning(source)?;
    let mut machine = Machine {
        at: 0,
        bytes_left: MAXIMUM_BYTES,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        source,
    };
    for _ in 0..MAXIMUM_INSTRUCTIONS {
        machine.at = machine.source.offset();
        match machine.source.byte("a pickle's next instruction")? {
            is::STOP => {
                let [value] = machine.pop()?;
                machine.source.expect_end()?;
                return Ok(value);
            }
            instruction => machine.step(instruction)?,
        }
    }
    Err(machine.refuse(
        format!("the end of the pickle within {MAXIMUM_INSTRUCTIONS} instructions"),
        "more",
    ))
}

/// From protocol 2 on a pickle begins with PROTO; before, the pickle of a tuple begins with MARK.
fn expect_beginning(source: &mut Source) -> Result<()> {
    let start = source.some(4, "a pickle")?;
    if [is::PROTO, is::MARK].contains(&start[0]) {
        return Ok(());
    }
    let found = show_bytes(start);
    let gzip = match source.is_falsely_named_gz() {
        true => "gzip data (1f 8b), as the file's name says, or ",
        false => "",
    };
    Err(source.error_at(0, format!("{gzip}a pickle (80 or 28)"), found))
}

struct Machine<'s> {
    source: &'s mut Source<'static>,
    /// Offset of the current instruction.
    at: u64,
    /// How many bytes the strings that are still to come may have.
    bytes_left: u64,
    stack: Vec<Value>,
    /// Heights of the stack where a tuple begins.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl Machine<'_> {
    fn step(&mut self, instruction: u8) -> Result<()> {
        match instruction {
            is::PROTO => match self.unsigned::<1>()? {
                0..=5 => Ok(()),
                protocol => Err(self.refuse("a pickle of protocol 0 to 5", format!("protocol {protocol}"))),
            },
            // It says how many bytes may be fetched at once, which a buffered stream need not know.
            is::FRAME => self.unsigned::<8>().map(drop),

            is::NONE => self.push(Value::None),
            is::NEWFALSE => self.push(Value::Integer(0)),
            is::NEWTRUE => self.push(Value::Integer(1)),
            is::BININT1 => self.small_integer::<1>(),
            is::BININT2 => self.small_integer::<2>(),
            is::BININT => {
                let integer = i32::from_le_bytes(self.array()?);
                self.push(Value::Integer(integer.into()))
            }
            is::LONG1 => self.long_integer(),
            is::INT => self.decimal_integer(""),
            is::LONG => self.decimal_integer("L"),

            is::SHORT_BINSTRING | is::SHORT_BINBYTES => self.sized_string::<1>(strings::raw),
            is::BINSTRING | is::BINBYTES => self.sized_string::<4>(strings::raw),
            is::BINBYTES8 | is::BYTEARRAY8 => self.sized_string::<8>(strings::raw),
            is::SHORT_BINUNICODE => self.sized_string::<1>(strings::utf8),
            is::BINUNICODE => self.sized_string::<4>(strings::utf8),
            is::BINUNICODE8 => self.sized_string::<8>(strings::utf8),
            is::STRING => self.string(strings::quoted),
            is::UNICODE => self.string(strings::unicode_line),

            is::MARK => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            is::TUPLE => {
                let start = self
                    .marks
                    .pop()
                    .ok_or_else(|| self.refuse("a mark where the tuple begins", "none"))?;
                let items = self.stack.split_off(start);
                self.push(Value::Tuple(items.into()))
            }
            is::EMPTY_TUPLE => self.push(Value::Tuple(Rc::new([]))),
            is::TUPLE1 => self.tuple::<1>(),
            is::TUPLE2 => self.tuple::<2>(),
            is::TUPLE3 => self.tuple::<3>(),

            is::PUT => {
                let index = self.decimal_index()?;
                self.put(index)
            }
            is::BINPUT => {
                let [index] = self.array()?;
                self.put(index.into())
            }
            is::LONG_BINPUT => {
                let index = u32::from_le_bytes(self.array()?);
                self.put(index)
            }
            is::MEMOIZE => self.put(self.memo.len() as u32),
            is::GET => {
                let index = self.decimal_index()?;
                self.get(index)
            }
            is::BINGET => {
                let [index] = self.array()?;
                self.get(index.into())
            }
            is::LONG_BINGET => {
                let index = u32::from_le_bytes(self.array()?);
                self.get(index)
            }

            is::GLOBAL => {
                let module = self.line()?;
                let name = self.line()?;
                self.function(&module, &name)
            }
            is::STACK_GLOBAL => {
                let [module, name] = self.pop()?;
                match (module.short_string(), name.short_string()) {
                    (Some(module), Some(name)) => self.function(module, name),
                    _ => Err(self.refuse(
                        "the names of a module and a function",
                        format!("{} and {}", module.describe(), name.describe()),
                    )),
                }
            }
            is::REDUCE => match self.pop()? {
                [Value::Function(function), Value::Tuple(arguments)] => {
                    let result = function
                        .call(&arguments)
                        .map_err(|error| self.refuse(error.expected, error.found))?;
                    self.push(result)
                }
                [function, arguments] => Err(self.refuse(
                    "a function and its arguments",
                    format!("{} and {}", function.describe(), arguments.describe()),
                )),
            },
            is::BUILD => {
                let [object, state] = self.pop()?;
                build(&object, &state).map_err(|error| self.refuse(error.expected, error.found))?;
                self.push(object)
            }

            _ => Err(self.refuse(
                "an instruction that NumPy arrays need",
                is::describe_refused(instruction),
            )),
        }
    }

    fn refuse(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        self.source.error_at(self.at, expected, found)
    }

    fn push(&mut self, value: Value) -> Result<()> {
        self.stack.push(value);
        Ok(())
    }

    /// Takes the `N` topmost values, of which none is below the last mark.
    fn pop<const N: usize>(&mut self) -> Result<[Value; N]> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let height = self.stack.len() - bottom;
        let values = height
            .checked_sub(N)
            .and_then(|rest| self.stack.split_off(bottom + rest).try_into().ok());
        values.ok_or_else(|| self.refuse(format!("{N} or more on the stack"), height.to_string()))
    }

    fn tuple<const N: usize>(&mut self) -> Result<()> {
        let items: [Value; N] = self.pop()?;
        self.push(Value::Tuple(Rc::new(items)))
    }

    fn put(&mut self, index: u32) -> Result<()> {
        let [value] = self.pop()?;
        self.memo.insert(index, value.clone());
        self.push(value)
    }

    fn get(&mut self, index: u32) -> Result<()> {
        match self.memo.get(&index).cloned() {
            Some(value) => self.push(value),
            None => Err(self.refuse(format!("a value in the memo at {index}"), "none")),
        }
    }

    fn function(&mut self, module: &[u8], name: &[u8]) -> Result<()> {
        match Function::find(module, name) {
            Some(function) => self.push(Value::Function(function)),
            None => Err(self.refuse(
                "a function that NumPy arrays need",
                format!("`{}.{}`", module.escape_ascii(), name.escape_ascii()),
            )),
        }
    }

    fn string(&mut self, read: fn(&mut Source, u64) -> Result<Data>) -> Result<()> {
        let data = read(self.source, self.bytes_left)?;
        self.bytes_left -= data.len() as u64;
        self.push(Value::String(Rc::new(data)))
    }

    /// A string after its length in `N` bytes.
    fn sized_string<const N: usize>(
        &mut self,
        read: fn(&mut Source, u64, u64) -> Result<Data>,
    ) -> Result<()> {
        let length = self.unsigned::<N>()?;
        let data = read(self.source, length, self.bytes_left)?;
        self.bytes_left -= data.len() as u64;
        self.push(Value::String(Rc::new(data)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.source.array("the rest of an instruction")
    }

    /// An unsigned number of `N` ≤ 8 bytes.
    fn unsigned<const N: usize>(&mut self) -> Result<u64> {
        let bytes: [u8; N] = self.array()?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    /// An unsigned integer of `N` ≤ 4 bytes.
    fn small_integer<const N: usize>(&mut self) -> Result<()> {
        let integer = self.unsigned::<N>()?;
        self.push(Value::Integer(integer as i64))
    }

    /// A signed integer after the number of its bytes.
    fn long_integer(&mut self) -> Result<()> {
        let length = usize::from(self.array::<1>()?[0]);
        if length > 8 {
            return Err(self.refuse("an integer of at most 8 bytes", format!("{length} bytes")));
        }
        let bytes = self.source.bytes(length, "an integer")?;
        let filler = match bytes.last() {
            Some(0x80..) => 0xff,
            _ => 0,
        };
        let mut extended = [filler; 8];
        extended[..length].copy_from_slice(&bytes);
        self.push(Value::Integer(i64::from_le_bytes(extended)))
    }

    /// An integer as a line of text. `00` and `01` are Python 2's False and True.
    fn decimal_integer(&mut self, suffix: &str) -> Result<()> {
        let line = self.line()?;
        let integer = str::from_utf8(&line)
            .ok()
            .and_then(|digits| digits.strip_suffix(suffix)?.parse().ok())
            .ok_or_else(|| self.refuse("an integer", show_bytes(&line)))?;
        self.push(Value::Integer(integer))
    }

    fn decimal_index(&mut self) -> Result<u32> {
        let line = self.line()?;
        str::from_utf8(&line)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.refuse("an index of the memo", show_bytes(&line)))
    }

    /// A line that is a name or a number, without its end.
    fn line(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.len() < MAXIMUM_LINE {
            match self.source.byte("the rest of a line")? {
                b'\n' => return Ok(line),
                byte => line.push(byte),
            }
        }
        Err(self.refuse(
            format!("a line of less than {MAXIMUM_LINE} bytes"),
            show_bytes(&line),
        ))
    }
}
