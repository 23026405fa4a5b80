//! The local minima of a sheet: which count, where they are, and the basin of each.

use crate::sheet::Sheet;
use lossland_surface::measures::{MeasureOptions, MergeTree, Minimum, counts};
use std::rc::Rc;

/// The minima that count, by the same rule as the table of measures.
#[derive(Debug)]
pub struct Minima {
    /// Their places (alpha, beta) and values, from the lowest up.
    pub places: Vec<([f64; 2], f32)>,
    /// For each point of the surface's grid the minimum that steepest descent ends in, as an index
    /// into `places`.
    basins: Vec<Option<usize>>,
    /// Over the grid that is drawn: the dips that don't count, as noise may make them. `None` where
    /// standard errors are not known.
    pub dips_in_noise: Option<Rc<[bool]>>,
}

impl Minima {
    /// Of a sheet; `None` where points were not computed.
    pub fn of(sheet: &Sheet) -> Option<Self> {
        let (grid, values) = (sheet.surface().grid(), sheet.field().values());
        let tree = MergeTree::new(grid, values).ok()?;
        let stderr = sheet.stderr();
        let least = MeasureOptions::default().least_persistence_in_stderr;
        let is_counted = |minimum: &Minimum| counts(minimum, stderr, least);
        let counted: Vec<usize> =
            (0..tree.minima().len()).filter(|&i| is_counted(&tree.minima()[i])).collect();
        let basins = tree
            .basins(is_counted)
            .into_iter()
            .map(|basin| counted.binary_search(&basin?).ok())
            .collect();
        let dips_in_noise = stderr.is_some().then(|| {
            let is_dip = |(point, basin): (usize, Option<usize>)| {
                let minimum = basin.map(|basin| &tree.minima()[basin]);
                minimum.is_some_and(|minimum| {
                    !is_counted(minimum)
                        && minimum.death.is_some_and(|saddle| values[point] < saddle.level)
                })
            };
            let dips: Vec<bool> =
                tree.basins(|_| true).into_iter().enumerate().map(is_dip).collect();
            sheet.over_drawn_grid(&dips).into()
        });
        let places = counted.iter().map(|&index| {
            let minimum = &tree.minima()[index];
            let (alpha, beta) = grid.point(minimum.point);
            ([alpha, beta], minimum.birth)
        });
        Some(Self { places: places.collect(), basins, dips_in_noise })
    }

    /// The basin at a point of the surface's grid, as the index of its minimum.
    pub fn basin_at(&self, point: usize) -> Option<usize> {
        *self.basins.get(point)?
    }

    /// Over the grid that is drawn: what belongs to a basin.
    pub fn basin(&self, sheet: &Sheet, index: usize) -> Rc<[bool]> {
        let belongs: Vec<bool> = self.basins.iter().map(|basin| *basin == Some(index)).collect();
        sheet.over_drawn_grid(&belongs).into()
    }
}
