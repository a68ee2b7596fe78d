//! The confusion matrix: how many images of each class were predicted as which.

use std::ops::Index;

/// Only what occurs is kept: with the 65,536 classes that there may be, most of the matrix is zero and all of it would take 34 GB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// Of each label: the classes that were predicted, ascending, and for how many images.
    rows: Vec<Vec<(u16, usize)>>,
}

impl Confusion {
    /// Of no image yet.
    pub fn new(classes: usize) -> Self {
        Self {
            rows: vec![Vec::new(); classes],
        }
    }

    /// Adds `images` of the class `label` that were predicted as `prediction`.
    ///
    /// # Panics
    /// When there is no class `label`.
    pub fn add(&mut self, label: u16, prediction: u16, images: usize) {
        let row = &mut self.rows[usize::from(label)];
        match row.binary_search_by_key(&prediction, |&(class, _)| class) {
            Ok(place) => row[place].1 += images,
            Err(place) => row.insert(place, (prediction, images)),
        }
    }

    /// Adds another one of as many classes.
    pub fn add_all(&mut self, other: &Self) {
        let entries = other.entries();
        entries.for_each(|(label, prediction, images)| self.add(label, prediction, images));
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.rows.len()
    }

    /// All entries above zero, row by row: label, prediction, images.
    pub fn entries(&self) -> impl Iterator<Item = (u16, u16, usize)> + '_ {
        let rows = (0..=u16::MAX).zip(&self.rows);
        rows.flat_map(|(label, row)| row.iter().map(move |&(class, images)| (label, class, images)))
    }

    /// The whole rows, one per label, zeros included.
    pub fn rows(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        self.rows.iter().map(|entries| {
            let mut row = vec![0; self.rows.len()];
            entries
                .iter()
                .for_each(|&(class, images)| row[usize::from(class)] = images);
            row
        })
    }

    /// Images of each class.
    pub fn labelled(&self) -> Vec<usize> {
        let rows = self.rows.iter();
        rows.map(|row| row.iter().map(|(_, images)| images).sum())
            .collect()
    }

    /// Images that were predicted as each class.
    pub fn predicted(&self) -> Vec<usize> {
        self.summed(|_, _| true)
    }

    /// Images of each class that were predicted as it.
    pub fn right(&self) -> Vec<usize> {
        self.summed(|label, prediction| label == prediction)
    }

    /// Images by their prediction, of the entries that count.
    fn summed(&self, counts: impl Fn(u16, u16) -> bool) -> Vec<usize> {
        let mut sums = vec![0; self.rows.len()];
        let entries = self.entries().filter(|&(label, class, _)| counts(label, class));
        entries.for_each(|(_, class, images)| sums[usize::from(class)] += images);
        sums
    }
}

/// The images of a label, the first, that were predicted as a class, the second.
impl Index<(usize, usize)> for Confusion {
    type Output = usize;

    fn index(&self, (label, prediction): (usize, usize)) -> &usize {
        let row = &self.rows[label];
        match row.binary_search_by_key(&prediction, |&(class, _)| class.into()) {
            Ok(place) => &row[place].1,
            Err(_) => &0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_rows_are_those_of_the_matrix() {
        let mut confusion = Confusion::new(3);
        for (label, prediction) in [(0, 1), (2, 2), (0, 0), (2, 1), (0, 1)] {
            confusion.add(label, prediction, 1);
        }
        let rows: Vec<Vec<usize>> = confusion.rows().collect();
        assert_eq!(rows, [[1, 2, 0], [0, 0, 0], [0, 1, 1]]);
        assert_eq!((confusion[(0, 1)], confusion[(1, 1)]), (2, 0));
        assert_eq!(confusion.labelled(), [3, 0, 2]);
        assert_eq!(confusion.predicted(), [1, 3, 1]);
        assert_eq!(confusion.right(), [1, 0, 1]);
        let mut twice = confusion.clone();
        twice.add_all(&confusion);
        assert_eq!(twice.rows().next(), Some(vec![2, 4, 0]));
        assert_eq!(twice.entries().last(), Some((2, 2, 2)));
    }

    /// A matrix of numbers would take 34 GB.
    #[test]
    fn as_many_classes_as_there_may_be_take_little_memory() {
        let mut confusion = Confusion::new(1 << 16);
        confusion.add(u16::MAX, 0, 1);
        assert_eq!(confusion.entries().collect::<Vec<_>>(), [(u16::MAX, 0, 1)]);
        assert_eq!(confusion.predicted()[0], 1);
    }
}
