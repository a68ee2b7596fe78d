//! The elements of a slice that are not 0, found many at a time.

/// Elements that are compared together: as many as a word has bits.
const RUN: usize = u64::BITS as usize;

/// Calls `found` with the position and the value of each element that is not 0, in order. To be called where loops become
/// [vectors](crate::math::simd::vectorized).
#[inline(always)]
pub(crate) fn for_each_nonzero<T: Copy + Default + PartialEq>(
    elements: &[T],
    mut found: impl FnMut(usize, T),
) {
    let (runs, rest) = elements.as_chunks::<RUN>();
    for (index, run) in runs.iter().enumerate() {
        for_each_of_run(run, index * RUN, &mut found);
    }
    if !rest.is_empty() {
        let mut last = [T::default(); RUN];
        last[..rest.len()].copy_from_slice(rest);
        for_each_of_run(&last, elements.len() - rest.len(), &mut found);
    }
}

/// As [`for_each_nonzero`], for a run whose first element is at `first`.
#[inline(always)]
fn for_each_of_run<T: Copy + Default + PartialEq>(
    run: &[T; RUN],
    first: usize,
    found: &mut impl FnMut(usize, T),
) {
    let mut bits = nonzero(run);
    // One jump that is hard to predict for each run, not for each element.
    while bits != 0 {
        let at = bits.trailing_zeros() as usize;
        found(first + at, run[at]);
        bits &= bits - 1;
    }
}

/// Bit i is set where element i is not 0.
#[inline(always)]
fn nonzero<T: Copy + Default + PartialEq>(run: &[T; RUN]) -> u64 {
    /// Times eight bytes that are 0 or 1, it has byte i in bit i of its highest byte: 2⁸ⁱ · 2⁵⁶⁻⁷ⁱ = 2⁵⁶⁺ⁱ.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0; RUN];
    for (flag, &element) in flags.iter_mut().zip(run) {
        *flag = u8::from(element != T::default());
    }
    let words = flags.as_chunks::<8>().0.iter().enumerate();
    words.fold(0, |bits, (index, &eight)| {
        let byte = u64::from_le_bytes(eight).wrapping_mul(GATHER) >> 56;
        bits | byte << (8 * index)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn elements_that_are_not_zero_are_found_in_their_order(
            elements in proptest::collection::vec(prop_oneof![Just(0.0_f32), Just(-0.0), Just(f32::NAN), any::<f32>()], 0..300),
        ) {
            let mut found = Vec::new();
            for_each_nonzero(&elements, |at, element| found.push((at, element.to_bits())));
            let expected = elements.iter().enumerate().filter(|(_, element)| **element != 0.0);
            let expected: Vec<_> = expected.map(|(at, element)| (at, element.to_bits())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
