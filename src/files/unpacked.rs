//! A limit on the bytes that compressed data may unpack to.
//!
//! Deflate can turn one byte into a thousand, so that a malicious file of a few megabytes could fill all memory.
//! Real images and tables of numbers unpack to 5 to 50 times their length.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Bytes that any file may unpack to.
const FREE: u64 = 64 << 20;

/// Beyond that, the largest ratio of unpacked to packed bytes.
const RATIO: u64 = 200;

/// Counts the bytes that are read.
pub(super) struct Counted<R> {
    reader: R,
    count: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    /// The counting reader, and its count so far.
    pub fn new(reader: R) -> (Self, Rc<Cell<u64>>) {
        let count = Rc::new(Cell::new(0));
        (
            Self {
                reader,
                count: Rc::clone(&count),
            },
            count,
        )
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.reader.consume(count);
        self.count.set(self.count.get() + count as u64);
    }
}

/// A reader of unpacked bytes that stops above the limit.
pub(crate) struct Unpacked<R, P> {
    reader: R,
    packed: P,
    unpacked: u64,
}

impl<R: Read, P: Fn() -> u64> Unpacked<R, P> {
    /// `packed` returns how many packed bytes `reader` has read so far, or will read.
    pub fn new(reader: R, packed: P) -> Self {
        Self {
            reader,
            packed,
            unpacked: 0,
        }
    }
}

impl<R: Read, P: Fn() -> u64> Read for Unpacked<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.unpacked += read as u64;
        if self.unpacked > FREE && self.unpacked / RATIO > (self.packed)() {
            let message = format!("it grows to more than {RATIO} times its length");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_beyond_belief_ends_in_an_error_and_not_before() {
        for (packed, good) in [(FREE / RATIO - 1, false), (2 * FREE / RATIO, true)] {
            let mut reader = Unpacked::new(io::repeat(0).take(FREE + (1 << 20)), || packed);
            let mut buffer = vec![0; 1 << 20];
            let mut total = 0;
            let end = loop {
                match reader.read(&mut buffer) {
                    Ok(0) => break Ok(()),
                    Ok(read) => total += read as u64,
                    Err(error) => break Err(error.to_string()),
                }
            };
            assert_eq!(end.is_ok(), good);
            assert!(total >= FREE);
        }
    }

    #[test]
    fn taken_bytes_are_counted_however_they_are_taken() {
        let (mut counted, count) = Counted::new(&b"0123456789"[..]);
        counted.read_exact(&mut [0; 4]).unwrap();
        counted.fill_buf().unwrap();
        counted.consume(3);
        assert_eq!(count.get(), 7);
    }
}
