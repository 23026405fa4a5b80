//! The lowest and the highest height in square blocks of cells, in levels from fine to coarse: what
//! lets a ray pass over most of a large field without a look at its cells.
//!
//! A pyramid of least and greatest heights is how ray casters of terrain skip empty space
//! (Tevs, Ihrke and Seidel 2008, "Maximum mipmaps for fast, accurate, and scalable dynamic height
//! field rendering"). Holes have no height and take no part.

/// Cells along a side of the finest blocks, as a power of 2. Smaller blocks would cost more memory
/// and time to make than they save on a ray.
const FINEST_LOG2: u32 = 3;
/// Blocks of a level along a side of one of the next, as a power of 2.
const FACTOR_LOG2: u32 = 2;

/// Lowest and highest; the first above the second where there is nothing.
pub(super) type Range = [f32; 2];

const NOTHING: Range = [f32::INFINITY, f32::NEG_INFINITY];

/// All levels over one field; the last has a single block.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    /// Fine to coarse, at least one.
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
pub(super) struct Level {
    /// Cells along a side of a block, as a power of 2; blocks at the far ends may be cut short.
    pub(super) side_log2: u32,
    n_columns: usize,
    ranges: Vec<Range>,
}

impl Blocks {
    /// The blocks of `heights`, row-major over `n_columns` times `n_rows` points, at least 2 each.
    pub(super) fn new(n_columns: usize, n_rows: usize, heights: &[f32]) -> Self {
        let mut finest = Level::empty(FINEST_LOG2, n_columns - 1, n_rows - 1);
        let side = 1 << FINEST_LOG2;
        for (block, range) in finest.ranges.iter_mut().enumerate() {
            let [column, row] = [block % finest.n_columns * side, block / finest.n_columns * side];
            // The points of a block's cells: both ends of every cell.
            for j in row..=(row + side).min(n_rows - 1) {
                let end = (column + side + 1).min(n_columns);
                extend(range, &heights[j * n_columns + column..j * n_columns + end]);
            }
        }
        let mut levels = vec![finest];
        while let Some(finer) = levels.last().filter(|level| level.ranges.len() > 1) {
            let mut coarser =
                Level::empty(finer.side_log2 + FACTOR_LOG2, n_columns - 1, n_rows - 1);
            for (block, range) in finer.ranges.iter().enumerate() {
                let [column, row] = [block % finer.n_columns, block / finer.n_columns];
                let above = (row >> FACTOR_LOG2) * coarser.n_columns + (column >> FACTOR_LOG2);
                extend(&mut coarser.ranges[above], range);
            }
            levels.push(coarser);
        }
        Self { levels }
    }

    /// The range of the whole field.
    pub(super) fn range(&self) -> Range {
        self.levels.last().map_or(NOTHING, |level| level.ranges[0])
    }

    /// A single block, of which no ray that comes near the field is clear.
    #[cfg(test)]
    pub(super) fn useless(&self) -> Self {
        let coarsest = self.levels.last().map(|level| {
            let [low, high] = level.ranges[0];
            // Within the room that rays are given above and below.
            Level { ranges: vec![[low - 1.0, high + 1.0]], ..level.clone() }
        });
        Self { levels: coarsest.into_iter().collect() }
    }

    /// The levels, fine to coarse.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }
}

impl Level {
    fn empty(side_log2: u32, n_cell_columns: usize, n_cell_rows: usize) -> Self {
        let [n_columns, n_rows] = [n_cell_columns, n_cell_rows].map(|n| n.div_ceil(1 << side_log2));
        Self { side_log2, n_columns, ranges: vec![NOTHING; n_columns * n_rows] }
    }

    /// The range of the block around a cell.
    pub(super) fn range(&self, [i, j]: [usize; 2]) -> Range {
        self.ranges[(j >> self.side_log2) * self.n_columns + (i >> self.side_log2)]
    }
}

fn extend([low, high]: &mut Range, heights: &[f32]) {
    for &height in heights {
        // NaN is neither; infinities are holes, too.
        if height < *low && height > f32::NEG_INFINITY {
            *low = height;
        }
        if height > *high && height < f32::INFINITY {
            *high = height;
        }
    }
}
