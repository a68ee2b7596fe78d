//! Parts that several threads made, joined by several threads.

use bytemuck::Zeroable;
use rayon::prelude::*;

/// All `parts`, one behind the other.
pub(crate) fn joined<T: Copy + Zeroable + Send + Sync>(parts: &[&[T]]) -> Vec<T> {
    // The system provides zeros where they are first written: by the thread that copies the part.
    let mut all = bytemuck::zeroed_vec(parts.iter().map(|part| part.len()).sum());
    let mut rest = &mut all[..];
    let places: Vec<_> = parts
        .iter()
        .map(|part| rest.split_off_mut(..part.len()).expect("room for all"))
        .collect();
    let copies = places.into_par_iter().zip(parts);
    copies.for_each(|(place, part)| place.copy_from_slice(part));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_in_their_order() {
        assert_eq!(joined(&[&[1, 2][..], &[], &[3], &[4, 5, 6]]), [1, 2, 3, 4, 5, 6]);
        assert!(joined::<f32>(&[]).is_empty());
    }
}
