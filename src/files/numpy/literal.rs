//! The dictionary in an array's header, in Python's syntax:
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }`.
//!
//! It is read once, from left to right. A parser of all Python literals that backtracks took more than half a minute
//! for 60 kB of nested braces.

/// The entries of a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entries {
    /// The type of the elements; [`RECORDS`] where it is a list.
    pub descr: String,
    pub is_fortran: bool,
    pub shape: Vec<usize>,
}

/// In place of a type: records, which are not read.
const RECORDS: &str = "of records";

impl Entries {
    /// The entries of `text`, if it is a header: exactly the three entries.
    pub fn of(text: &str) -> Option<Self> {
        let mut rest = Rest(text.trim());
        let (mut descr, mut is_fortran, mut shape) = (None, None, None);
        rest.expect('{')?;
        while !rest.eat('}') {
            let key = rest.string()?;
            rest.expect(':')?;
            match key {
                // Records are refused, whatever they contain.
                "descr" if rest.eat('[') => {
                    return Some(Self {
                        descr: RECORDS.to_owned(),
                        is_fortran: false,
                        shape: Vec::new(),
                    });
                }
                "descr" => descr = Some(rest.string()?.to_owned()),
                "fortran_order" => is_fortran = Some(rest.truth()?),
                "shape" => shape = Some(rest.tuple()?),
                _ => return None,
            }
            if !rest.eat(',') {
                rest.expect('}')?;
                break;
            }
        }
        rest.0.is_empty().then_some(())?;
        Some(Self {
            descr: descr?,
            is_fortran: is_fortran?,
            shape: shape?,
        })
    }
}

/// The text that is still to be read.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    /// Skips `token` and the space after it, if it is next.
    fn eat(&mut self, token: char) -> bool {
        let after = self.0.strip_prefix(token);
        self.0 = after.map_or(self.0, str::trim_start);
        after.is_some()
    }

    fn expect(&mut self, token: char) -> Option<()> {
        self.eat(token).then_some(())
    }

    /// A string without escapes. No type or name needs any.
    fn string(&mut self) -> Option<&'t str> {
        let quote = self
            .0
            .chars()
            .next()
            .filter(|quote| matches!(quote, '\'' | '"'))?;
        let (string, after) = self.0[1..].split_once(quote)?;
        self.0 = after.trim_start();
        (!string.contains('\\')).then_some(string)
    }

    fn truth(&mut self) -> Option<bool> {
        for (word, truth) in [("True", true), ("False", false)] {
            if let Some(after) = self.0.strip_prefix(word) {
                self.0 = after.trim_start();
                return Some(truth);
            }
        }
        None
    }

    /// Whole numbers from 0 in round or square brackets.
    fn tuple(&mut self) -> Option<Vec<usize>> {
        let end = match (self.eat('('), self.eat('[')) {
            (true, false) => ')',
            (false, true) => ']',
            _ => return None,
        };
        let mut numbers = Vec::new();
        while !self.eat(end) {
            numbers.push(self.number()?);
            if !self.eat(',') {
                self.expect(end)?;
                break;
            }
        }
        Some(numbers)
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = self.0.split_at(digits);
        // Python 2 wrote its long integers so.
        self.0 = after.strip_prefix('L').unwrap_or(after).trim_start();
        number.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(descr: &str, is_fortran: bool, shape: &[usize]) -> Option<Entries> {
        Some(Entries {
            descr: descr.to_owned(),
            is_fortran,
            shape: shape.to_vec(),
        })
    }

    #[test]
    fn headers_of_all_writers_are_read() {
        for (text, expected) in [
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }   \n",
                parts("<f4", false, &[60000, 28, 28]),
            ),
            (
                "{'shape': (3L,), 'fortran_order': True, 'descr': '|u1'}",
                parts("|u1", true, &[3]),
            ),
            (
                "{\"descr\":\"<i8\",\"fortran_order\":False,\"shape\":[]}",
                parts("<i8", false, &[]),
            ),
            (
                "{ 'descr' : '<U7' , 'fortran_order' : False , 'shape' : ( ) , }",
                parts("<U7", false, &[]),
            ),
            (
                "{'descr': [('a', '<f4'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (3,), }",
                parts(RECORDS, false, &[]),
            ),
        ] {
            assert_eq!(Entries::of(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_header_is_none() {
        for text in [
            "",
            "{",
            "{}",
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}}",
            "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1]}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ([1)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<\\x664', 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "{'descr': é, 'fortran_order': False, 'shape': (1,)}",
        ] {
            assert_eq!(Entries::of(text), None, "{text}");
        }
    }
}
