//! How thick something is: by the distance of its pixels from its edge.

/// Of each pixel that is `inside`, in thirds of a pixel, how far it is from the next that is not: 3 for one step, 4 for a
/// diagonal one (Borgefors, *Distance transformations in digital images*, 1986). What is beyond the picture has no edge.
pub(super) fn distances(inside: &[bool], columns: usize) -> Vec<u32> {
    const FAR: u32 = 1 << 20;
    let mut distance: Vec<u32> = inside
        .iter()
        .map(|&inside| if inside { FAR } else { 0 })
        .collect();
    let rows = inside.len() / columns.max(1);
    let relax = |distance: &mut [u32], index: usize, neighbour: usize, step: u32| {
        distance[index] = distance[index].min(distance[neighbour] + step);
    };
    for row in 0..rows {
        for column in 0..columns {
            let index = row * columns + column;
            if column > 0 {
                relax(&mut distance, index, index - 1, 3);
            }
            if row > 0 {
                relax(&mut distance, index, index - columns, 3);
                if column > 0 {
                    relax(&mut distance, index, index - columns - 1, 4);
                }
                if column + 1 < columns {
                    relax(&mut distance, index, index - columns + 1, 4);
                }
            }
        }
    }
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let index = row * columns + column;
            if column + 1 < columns {
                relax(&mut distance, index, index + 1, 3);
            }
            if row + 1 < rows {
                relax(&mut distance, index, index + columns, 3);
                if column + 1 < columns {
                    relax(&mut distance, index, index + columns + 1, 4);
                }
                if column > 0 {
                    relax(&mut distance, index, index + columns - 1, 4);
                }
            }
        }
    }
    distance
}

/// The mean width, in pixels, of the strokes that are `inside`: four times the mean distance from the edge, as it is in a
/// long bar. 0 when nothing is inside.
pub(super) fn of(inside: &[bool], columns: usize) -> f64 {
    let distances = distances(inside, columns);
    let count = inside.iter().filter(|&&inside| inside).count();
    // A pixel's middle is half a step nearer to the edge than the distance says.
    let sum: f64 = distances
        .iter()
        .filter(|&&distance| distance > 0)
        .map(|&distance| f64::from(distance) / 3.0 - 0.5)
        .sum();
    4.0 * sum / (count.max(1)) as f64
}
