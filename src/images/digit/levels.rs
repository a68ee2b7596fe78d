//! Where paper ends and ink is at its darkest, from how often each level occurs.

use image::GrayImage;

/// Less than this many levels darker than the paper is no ink, however clean the paper.
const LEAST_CONTRAST: f64 = 12.0;

/// Ink stands out by this many standard deviations of the paper's noise…
const SIGNIFICANT: f64 = 6.0;

/// What Otsu's threshold finds so many levels above the paper is ink, if neighbours differ little.
const STRONG: f64 = 30.0;

/// …and what stands out by less than so many is paper.
const NOISE: f64 = 3.0;

/// The levels of a picture that says of each pixel how much it stands out from the paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Levels {
    /// The lightest that is no paper.
    pub paper: f64,
    /// What is at least as dark is ink beyond doubt.
    pub least: u8,
    /// The darkest ink.
    pub ink: f64,
}

impl Levels {
    /// From the levels of all pixels; none where no ink stands out.
    pub(super) fn of(standing_out: &GrayImage) -> Option<Self> {
        let mut histogram = [0; 256];
        standing_out
            .iter()
            .for_each(|&pixel| histogram[usize::from(pixel)] += 1);
        // Usually there is more paper than ink. Where there is not, paper is what is lighter than Otsu's threshold.
        let threshold = otsu(&histogram);
        let darker: u64 = histogram[threshold + 1..].iter().sum();
        let all: u64 = histogram.iter().sum();
        let mut paper = histogram;
        if 2 * darker >= all {
            paper[threshold + 1..].fill(0);
        }
        let middle = quantile(&paper, 0.5);
        let mut deviations = [0; 256];
        for (level, count) in paper.iter().enumerate() {
            deviations[level.abs_diff(middle)] += count;
        }
        // Of a normal distribution, 1.4826 median absolute deviations are a standard deviation.
        let mut noise = 1.4826 * quantile(&deviations, 0.5) as f64;
        // Where a thick digit leaves little paper, that is soft edges for the most part: they are no noise.
        let (middle, lighter) = (middle as f64, threshold as f64 - middle as f64);
        if SIGNIFICANT * noise > lighter
            && lighter >= STRONG
            && lighter >= SIGNIFICANT * self::noise(standing_out)
        {
            noise = lighter / SIGNIFICANT;
        }
        let least = (middle + (SIGNIFICANT * noise).max(LEAST_CONTRAST)).ceil();
        let mut ink = histogram;
        ink[..256.min(least as usize)].fill(0);
        if ink.iter().sum::<u64>() == 0 {
            return None;
        }
        Some(Self {
            paper: middle + NOISE * noise,
            least: least as u8,
            ink: quantile(&ink, 0.95) as f64,
        })
    }

    /// 0 for paper, 255 for the darkest ink.
    pub(super) fn stretched(self, level: u8) -> u8 {
        ((f64::from(level) - self.paper) / (self.ink - self.paper) * 255.0).round() as u8
    }
}

/// The standard deviation of the noise, from the differences of neighbours.
pub(super) fn noise(picture: &GrayImage) -> f64 {
    let mut histogram = [0_u64; 256];
    for row in picture.as_raw().chunks_exact(picture.width() as usize) {
        for pair in row.windows(2) {
            histogram[usize::from(pair[0].abs_diff(pair[1]))] += 1;
        }
    }
    // Of a normal distribution, 1.4826 median absolute deviations are a standard deviation; a difference has two.
    1.4826 * quantile(&histogram, 0.5) as f64 / std::f64::consts::SQRT_2
}

/// The level that splits a histogram into the two groups whose means are furthest apart, by their between-class variance
/// (Otsu, *A threshold selection method from gray-level histograms*, 1979): the last of the lower group.
pub(super) fn otsu(histogram: &[u64; 256]) -> usize {
    let moment = |(level, &count): (usize, &u64)| level as f64 * count as f64;
    let all: u64 = histogram.iter().sum();
    let all_moment: f64 = histogram.iter().enumerate().map(moment).sum();
    let (mut below, mut below_moment) = (0, 0.0);
    let (mut best, mut threshold) = (-1.0, 0);
    for (level, count) in histogram.iter().enumerate() {
        below += count;
        below_moment += moment((level, count));
        let (low, high) = (below as f64, (all - below) as f64);
        if low == 0.0 || high == 0.0 {
            continue;
        }
        let between = low * high * ((all_moment - below_moment) / high - below_moment / low).powi(2);
        if between > best {
            (best, threshold) = (between, level);
        }
    }
    threshold
}

/// The first level with `part` of all at or below it.
pub(super) fn quantile(histogram: &[u64; 256], part: f64) -> usize {
    let wanted = part * histogram.iter().sum::<u64>() as f64;
    let mut counted = 0;
    let is_reached = |count: &u64| {
        counted += count;
        counted as f64 >= wanted
    };
    histogram.iter().position(is_reached).unwrap_or(255)
}
