//! Random damage to files, for property tests.

use proptest::prelude::*;
use proptest::sample::Index;

/// One kind of damage.
#[derive(Debug, Clone)]
pub enum Damage {
    Overwrite(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    CopyFromTo(Index, Index, usize),
    Truncate(Index),
}

impl Damage {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match self {
            Self::Overwrite(index, byte) => {
                let at = at(index, bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Self::Insert(index, new) => {
                let at = at(index, bytes);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Remove(index, count) => {
                let start = at(index, bytes);
                let end = bytes.len().min(start + count);
                bytes.drain(start..end);
            }
            Self::CopyFromTo(from, to, count) => {
                let (from, to) = (at(from, bytes), at(to, bytes));
                let piece = bytes[from..bytes.len().min(from + count)].to_vec();
                bytes.splice(to..to, piece);
            }
            Self::Truncate(index) => bytes.truncate(at(index, bytes)),
        }
    }
}

/// One to five of them.
pub fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<Index>;
    let one = prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        2 => (index(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, new)| Damage::Insert(at, new)),
        2 => (index(), 1_usize..20).prop_map(|(at, count)| Damage::Remove(at, count)),
        2 => (index(), index(), 1_usize..60).prop_map(|(from, to, count)| Damage::CopyFromTo(from, to, count)),
        1 => index().prop_map(Damage::Truncate),
    ];
    prop::collection::vec(one, 1..6)
}
