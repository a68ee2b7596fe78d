use super::*;
use crate::images::strokes::Drawing;

/// The only digit in a picture.
fn digit(picture: &Grey, side: usize) -> Result<Digit, NoDigit> {
    let found = digits(picture, side)?;
    assert_eq!(found.len(), 1);
    Ok(found[0].digit.clone())
}

#[test]
fn blank_pictures_and_specks_are_no_digits() {
    for level in [0, 128, 255] {
        let blank = Grey::new(100, 80, vec![level; 8000]).unwrap();
        assert_eq!(digit(&blank, 28), Err(NoDigit::Blank));
    }
    let mut pixels = vec![255; 10_000];
    pixels[5050] = 0;
    assert_eq!(
        digit(&Grey::new(100, 100, pixels).unwrap(), 28),
        Err(NoDigit::Specks)
    );
    let one_pixel = Grey::new(1, 1, vec![7]).unwrap();
    assert_eq!(digit(&one_pixel, 28), Err(NoDigit::Blank));
}

#[test]
fn a_picture_without_pixels_or_with_too_few_is_refused() {
    for (rows, columns, pixels) in [(0, 0, 0), (0, 5, 0), (2, 3, 5), (usize::MAX, 2, 6)] {
        assert!(Grey::new(rows, columns, vec![0; pixels]).is_err());
    }
}

/// A one on paper of 80 × 80.
fn with_a_one(paper: u8, ink: u8, more: impl Fn(usize, usize) -> Option<u8>) -> Grey {
    let pixels = (0..6400).map(|index| (index / 80, index % 80));
    let level = |(row, column)| match more(row, column) {
        Some(level) => level,
        None if (20..60).contains(&row) && (38..43).contains(&column) => ink,
        None => paper,
    };
    Grey::new(80, 80, pixels.map(level).collect()).unwrap()
}

#[test]
fn specks_and_a_table_s_edge_are_no_part_of_the_digit() {
    let alone = digit(&with_a_one(220, 40, |_, _| None), 28).unwrap();
    let speck = |row: usize, column: usize| (row < 3 && column < 3).then_some(0);
    let table = |_, column: usize| (column >= 74).then_some(10);
    assert_eq!(digit(&with_a_one(220, 40, speck), 28).unwrap(), alone);
    assert_eq!(digit(&with_a_one(220, 40, table), 28).unwrap(), alone);
}

#[test]
fn a_digit_fits_20_by_20_and_other_networks_squares_are_filled() {
    let picture = with_a_one(255, 0, |_, _| None);
    let inked_rows = |side: usize| {
        let digit = digit(&picture, side).unwrap();
        assert_eq!(digit.pixels.len(), side * side);
        let rows = digit.pixels.chunks(side);
        rows.filter(|row| row.iter().any(|&pixel| pixel > 0)).count()
    };
    assert_eq!([28, 16, 8, 1].map(inked_rows), [20, 16, 8, 1]);
}

/// Parts that were compared with all others for every one of them took minutes.
#[test]
fn five_thousand_rings_are_soon_found_to_be_too_many_digits() {
    const PITCH: usize = 12;
    let is_ring = |index: usize| {
        let (column, row) = (index % (73 * PITCH) % PITCH, index / (73 * PITCH) % PITCH);
        let is_gap = column >= 6 || row >= 6;
        let is_inside = (2..4).contains(&column) && (2..4).contains(&row);
        !is_gap && !is_inside
    };
    let side = 73 * PITCH;
    let rings = (0..side * side)
        .map(|index| if is_ring(index) { 0 } else { 255 })
        .collect();
    let picture = Grey::new(side, side, rings).unwrap();
    assert_eq!(digits(&picture, 28), Err(NoDigit::Many));
}

proptest::proptest! {
    #[test]
    fn no_picture_makes_it_panic(
        columns in 1_usize..40,
        pixels in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..600),
        side in 1_usize..33,
    ) {
        let rows = pixels.len() / columns;
        if rows > 0 {
            let picture = Grey::new(rows, columns, pixels[..rows * columns].to_vec()).unwrap();
            for Found { digit, .. } in digits(&picture, side).unwrap_or_default() {
                proptest::prop_assert_eq!(digit.pixels.len(), side * side);
                proptest::prop_assert!(digit.pixels.iter().any(|&pixel| pixel > 0));
            }
        }
    }
}

#[test]
fn a_drawing_on_a_clean_sheet_is_the_picture_of_it_and_nothing_of_it_is_lost_at_the_edge() {
    let sheet = |strokes: &[Vec<[f32; 2]>]| {
        let drawing = Drawing {
            strokes: strokes.to_vec(),
            ..Drawing::default()
        };
        drawing.check().unwrap().ink(140)
    };
    let digits = |ink: Vec<u8>, side: usize| {
        let paper = ink.iter().map(|ink| 255 - ink).collect();
        let picture = digit(&Grey::new(140, 140, paper).unwrap(), side).unwrap();
        let drawing = digit_of_ink(&Grey::new(140, 140, ink).unwrap(), side).unwrap();
        (picture, drawing)
    };
    let seven = vec![[0.3, 0.2], [0.7, 0.25], [0.4, 0.8]];
    for side in [28, 8] {
        let (picture, drawing) = digits(sheet(std::slice::from_ref(&seven)), side);
        let pairs = picture.pixels.iter().zip(&drawing.pixels);
        assert!(pairs.map(|(a, b)| a.abs_diff(*b)).max() <= Some(1));
    }
    // From edge to edge: all of the height is used, as of any other digit.
    let (_, one) = digits(sheet(&[vec![[0.5, 0.0], [0.5, 1.0]]]), 28);
    let inked = one
        .pixels
        .chunks(28)
        .filter(|row| row.iter().any(|&pixel| pixel > 128));
    assert_eq!(inked.count(), 20);
    assert_eq!(
        digit_of_ink(&Grey::new(9, 9, vec![0; 81]).unwrap(), 28),
        Err(NoDigit::Blank)
    );
}
