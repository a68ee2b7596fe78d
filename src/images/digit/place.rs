//! Where something is in a picture.

/// The smallest rectangle that contains something: the first and the last of its columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub left: u32,
    pub right: u32,
    pub top: u32,
    pub bottom: u32,
}

impl Place {
    pub(super) fn pixel(column: u32, row: u32) -> Self {
        Self {
            left: column,
            right: column,
            top: row,
            bottom: row,
        }
    }

    /// The smallest that contains both.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(super) fn columns(self) -> u32 {
        self.right - self.left + 1
    }

    pub(super) fn rows(self) -> u32 {
        self.bottom - self.top + 1
    }

    pub(super) fn longer(self) -> u32 {
        self.columns().max(self.rows())
    }

    /// Whether it is inside `other` and nowhere at its edge.
    pub(super) fn is_inside(self, other: Self) -> bool {
        self.left > other.left
            && self.right < other.right
            && self.top > other.top
            && self.bottom < other.bottom
    }

    /// Pixels between the two, across or down, whichever are more; 0 when they touch or overlap.
    pub(super) fn gap(self, other: Self) -> u32 {
        let across = self
            .left
            .max(other.left)
            .saturating_sub(self.right.min(other.right));
        let down = self
            .top
            .max(other.top)
            .saturating_sub(self.bottom.min(other.bottom));
        across.max(down)
    }

    /// How many columns both have.
    pub(super) fn columns_shared(self, other: Self) -> u32 {
        (self.right.min(other.right) + 1).saturating_sub(self.left.max(other.left))
    }

    /// How many rows both have.
    pub(super) fn rows_shared(self, other: Self) -> u32 {
        (self.bottom.min(other.bottom) + 1).saturating_sub(self.top.max(other.top))
    }
}
