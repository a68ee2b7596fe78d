//! Successive halving: many settings train for few epochs, the best of them for more, and a few to the end.
//!
//! Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016; it is
//! the inner loop of Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar 2018), whose factor of 3 is usual.
//! With factor η, n settings and R epochs, there are K + 1 rungs, K the largest whole number with ηᴷ ≤ n and ηᴷ ≤ R:
//! rung k trains n/ηᵏ settings up to R/ηᴷ⁻ᵏ epochs, both rounded down. Each rung costs about the same.

/// A rung: points that train for the same number of epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Number of settings.
    pub points: usize,
    /// Epochs after which they are compared, counted from the start of training.
    pub epochs: usize,
}

/// The rungs from `points` settings up to `epochs` epochs, each with 1/`factor` of the settings of the one before.
/// The last one has `epochs` epochs. With a `factor` below 2 there is one rung.
pub fn rungs(points: usize, epochs: usize, factor: usize) -> Vec<Rung> {
    let powers = std::iter::successors(Some(1usize), |power| power.checked_mul(factor));
    let powers: Vec<usize> = powers
        .take(if factor < 2 { 1 } else { usize::MAX })
        .take_while(|&power| power <= points && power <= epochs)
        .collect();
    let of_epochs = powers.iter().rev();
    powers
        .iter()
        .zip(of_epochs)
        .map(|(fewer, shorter)| Rung {
            points: points / fewer,
            epochs: epochs / shorter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(points: usize, epochs: usize, factor: usize) -> Vec<(usize, usize)> {
        let rungs = rungs(points, epochs, factor).into_iter();
        rungs.map(|rung| (rung.points, rung.epochs)).collect()
    }

    #[test]
    fn rungs_are_those_of_the_paper() {
        // Li et al. 2018, table 1: R = 81, η = 3, the bracket s = 4.
        assert_eq!(found(81, 81, 3), [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]);
        assert_eq!(found(27, 30, 3), [(27, 1), (9, 3), (3, 10), (1, 30)]);
        assert_eq!(found(8, 100, 2), [(8, 12), (4, 25), (2, 50), (1, 100)]);
    }

    #[test]
    fn the_last_rung_is_of_all_epochs_and_somebody_gets_there() {
        for points in 1..40 {
            for epochs in 1..40 {
                for factor in [0, 1, 2, 3, 5, 1000] {
                    let rungs = rungs(points, epochs, factor);
                    let last = rungs.last().unwrap();
                    assert!(last.epochs == epochs && last.points >= 1);
                    assert_eq!(rungs[0].points, points);
                    assert!(rungs[0].epochs >= 1);
                    assert!(rungs.windows(2).all(|pair| pair[0].epochs < pair[1].epochs));
                }
            }
        }
    }
}
