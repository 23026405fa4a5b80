//! Surfaces for tests.

use lossland_surface::{Field, FieldKind, Grid, Surface};

/// A training loss over `columns` x `rows`, which are axes as the command line takes them.
pub(crate) fn surface(columns: &str, rows: &str, loss: impl Fn(f64, f64) -> f64) -> Surface {
    let grid = grid(columns, rows);
    let points = (0..grid.n_points() as usize).map(|index| grid.point(index));
    let values = points.map(|(alpha, beta)| loss(alpha, beta) as f32).collect();
    of_values(grid, values)
}

/// Of these values, row-major.
pub(crate) fn of_values(grid: Grid, values: Vec<f32>) -> Surface {
    let field = Field::new(FieldKind::TrainLoss, values).expect("no -infinity");
    Surface::new("a", "A surface", grid, vec![field]).expect("a value for each point")
}

pub(crate) fn grid(columns: &str, rows: &str) -> Grid {
    Grid { x: columns.parse().expect("an axis"), y: rows.parse().expect("an axis") }
}
