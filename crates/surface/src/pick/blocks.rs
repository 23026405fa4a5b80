//! The lowest and the highest height in square blocks of cells, in levels from fine to coarse: what
//! lets a ray pass over most of a large field without a look at its cells.
//!
//! A pyramid of least and greatest heights is how ray casters of terrain skip empty space
//! (Tevs, Ihrke and Seidel 2008, "Maximum mipmaps for fast, accurate, and scalable dynamic height
//! field rendering"). Holes have no height and take no part.

/// Cells along a side of the finest blocks. Smaller ones would cost more memory and time to make
/// than they save on a ray.
const FINEST: usize = 8;
/// Blocks of a level along a side of one of the next.
const FACTOR: usize = 4;

/// Lowest and highest; the first above the second where there is nothing.
pub(super) type Range = [f32; 2];

const NOTHING: Range = [f32::INFINITY, f32::NEG_INFINITY];

/// All levels over one field; the last has a single block.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
pub(super) struct Level {
    /// Cells along a side of a block; the blocks at the far ends may be cut short.
    pub(super) side: usize,
    n_columns: usize,
    ranges: Vec<Range>,
}

impl Blocks {
    /// The blocks of `heights`, row-major over `n_columns` times `n_rows` points, at least 2 each.
    pub(super) fn new(n_columns: usize, n_rows: usize, heights: &[f32]) -> Self {
        let mut finest = Level::empty(FINEST, n_columns - 1, n_rows - 1);
        for (block, range) in finest.ranges.iter_mut().enumerate() {
            let [column, row] = [block % finest.n_columns, block / finest.n_columns];
            // The points of a block's cells: both ends of every cell.
            for j in row * FINEST..=(row * FINEST + FINEST).min(n_rows - 1) {
                let first = j * n_columns + column * FINEST;
                let end = j * n_columns + (column * FINEST + FINEST + 1).min(n_columns);
                for height in &heights[first..end] {
                    if height.is_finite() {
                        *range = union(*range, [*height; 2]);
                    }
                }
            }
        }
        let mut levels = vec![finest];
        while let Some(finer) = levels.last().filter(|level| level.ranges.len() > 1) {
            let side = finer.side * FACTOR;
            let mut coarser = Level::empty(side, n_columns - 1, n_rows - 1);
            for (block, range) in finer.ranges.iter().enumerate() {
                let [column, row] = [block % finer.n_columns, block / finer.n_columns];
                let above = &mut coarser.ranges[row / FACTOR * coarser.n_columns + column / FACTOR];
                *above = union(*above, *range);
            }
            levels.push(coarser);
        }
        Self { levels }
    }

    /// The range of the whole field.
    pub(super) fn range(&self) -> Range {
        self.levels.last().map_or(NOTHING, |level| level.ranges[0])
    }

    /// The coarsest level alone.
    #[cfg(test)]
    pub(super) fn coarsest(&self) -> Self {
        Self { levels: self.levels.last().cloned().into_iter().collect() }
    }

    /// The levels, coarse to fine.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().rev()
    }
}

impl Level {
    fn empty(side: usize, n_cell_columns: usize, n_cell_rows: usize) -> Self {
        let [n_columns, n_rows] = [n_cell_columns, n_cell_rows].map(|n| n.div_ceil(side));
        Self { side, n_columns, ranges: vec![NOTHING; n_columns * n_rows] }
    }

    /// The range of the block around a cell.
    pub(super) fn range(&self, [i, j]: [usize; 2]) -> Range {
        self.ranges[j / self.side * self.n_columns + i / self.side]
    }
}

fn union([low, high]: Range, [other_low, other_high]: Range) -> Range {
    // Comparisons, not `min` and `max`: neither has a NaN to look out for.
    [
        if other_low < low { other_low } else { low },
        if other_high > high { other_high } else { high },
    ]
}
