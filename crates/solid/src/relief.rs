//! A field as heights over the grid, and the triangles between them.

use crate::{Options, Size};
use lossland_surface::{Extent, Field, Scale, Surface, SurfaceError, Unfinished};

/// The most points of a grid: 420 MB of STL.
const MAX_POINTS: usize = 1 << 22;
/// The most points along a side. Beyond, `f32` could not tell the corners of a cell apart.
const MAX_POINTS_ALONG: usize = 1 << 16;
/// The surface passes through the cut at least this share of an edge away from its ends, so that no
/// triangle is a line in `f32`.
const LEAST_SHARE: f64 = 1.0 / 64.0;

/// Heights over a grid of at least 2 x 2 points, as they are drawn.
pub(crate) struct Relief<'a> {
    pub(crate) surface: &'a Surface,
    /// What is the height.
    pub(crate) field: &'a Field,
    pub(crate) scale: Scale,
    pub(crate) size: Size,
    pub(crate) n_columns: usize,
    pub(crate) n_rows: usize,
    /// Of each point, row-major: 0 at the floor, flat above 1; NaN in a hole.
    heights: Vec<f32>,
}

/// Where a corner of a drawn triangle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// At a point of the grid.
    Point(u32),
    /// Between two, where the surface passes through the cut.
    Crossing { below: u32, above: u32 },
}

/// Which part of the surface a drawn triangle belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// At its own heights.
    Slope,
    /// Flat at the cut.
    Plateau,
}

impl<'a> Relief<'a> {
    pub(crate) fn new(surface: &'a Surface, options: &Options) -> Result<Self, SurfaceError> {
        options.size.check()?;
        let field = field(surface, options)?;
        let (n_columns, n_rows) = (surface.grid().x.len(), surface.grid().y.len());
        if n_columns < 2 || n_rows < 2 {
            return Err(SurfaceError::Invalid(format!(
                "expected at least 2 x 2 points, found {n_columns} x {n_rows}: a line has no surface"
            )));
        }
        for (what, found, limit) in [
            ("the grid's longer side", n_columns.max(n_rows), MAX_POINTS_ALONG),
            ("the grid", n_columns * n_rows, MAX_POINTS),
        ] {
            if found > limit {
                let (found, limit) = (found as u64, limit as u64);
                return Err(SurfaceError::TooLarge { what: what.into(), found, limit });
            }
        }
        let extent = Extent::of(field.values());
        let scale = Scale::new(extent, options.cut.level(field.kind().is_loss()), options.is_log);
        let mut heights: Vec<f32> =
            field.values().iter().map(|value| scale.height(*value)).collect();
        if let Some(unfinished) = Unfinished::of(surface.grid(), field.values()) {
            unfinished.bridge(&mut heights);
        }
        // Rounding may take the lowest point below the floor.
        heights.iter_mut().filter(|height| **height < 0.0).for_each(|height| *height = 0.0);
        let size = options.size;
        let relief = Self { surface, field, scale, size, n_columns, n_rows, heights };
        if relief.triangles().all(|triangle| relief.is_hole(triangle)) {
            return Err(SurfaceError::Invalid(format!(
                "field {}: expected three neighbouring points that were computed, found none: \
                 nothing can be drawn",
                field.kind().name()
            )));
        }
        Ok(relief)
    }

    /// The triangles of the grid, two a cell, counterclockwise from above.
    pub(crate) fn triangles(&self) -> impl Iterator<Item = [u32; 3]> + use<> {
        let n_columns = self.n_columns;
        (0..self.n_rows - 1).flat_map(move |row| {
            (0..n_columns - 1).flat_map(move |column| {
                let at = row * n_columns + column;
                let across = at + n_columns + 1;
                [[at, at + 1, across], [at, across, at + n_columns]]
                    .map(|triangle| triangle.map(|point| point as u32))
            })
        })
    }

    /// Whether a corner of a triangle was not computed.
    pub(crate) fn is_hole(&self, triangle: [u32; 3]) -> bool {
        triangle.iter().any(|point| self.heights[*point as usize].is_nan())
    }

    fn is_above(&self, point: u32) -> bool {
        self.heights[point as usize] > 1.0
    }

    /// Where the surface passes through the cut between two points.
    pub(crate) fn crossing(&self, a: u32, b: u32) -> Option<Place> {
        match [a, b].map(|point| self.is_above(point)) {
            [false, true] => Some(Place::Crossing { below: a, above: b }),
            [true, false] => Some(Place::Crossing { below: b, above: a }),
            _ => None,
        }
    }

    /// A triangle of the grid, parted where it passes through the cut.
    pub(crate) fn parts(&self, triangle: [u32; 3]) -> impl Iterator<Item = ([Place; 3], Part)> {
        let is_above = triangle.map(|point| self.is_above(point));
        let part = |is_above| if is_above { Part::Plateau } else { Part::Slope };
        // The corner that is on one side of the cut alone, if there is one.
        let odd = (0..3).find(|i| {
            let [here, next, last] = [0, 1, 2].map(|k| is_above[(i + k) % 3]);
            here != next && here != last
        });
        let Some(odd) = odd else {
            let whole = (triangle.map(Place::Point), part(is_above[0]));
            return [Some(whole), None, None].into_iter().flatten();
        };
        let [a, b, c] = [0, 1, 2].map(|k| triangle[(odd + k) % 3]);
        let [on_b, on_c] = [b, c].map(|other| {
            self.crossing(a, other)
                .unwrap_or_else(|| unreachable!("{a} and {other} are not parted"))
        });
        let [near, far] = [part(is_above[odd]), part(!is_above[odd])];
        let [a, b, c] = [a, b, c].map(Place::Point);
        [Some(([a, on_b, on_c], near)), Some(([on_b, b, c], far)), Some(([on_b, c, on_c], far))]
            .into_iter()
            .flatten()
    }

    /// Where a point of the grid lies: its share of width and depth, 0 to 1.
    pub(crate) fn footprint(&self, point: u32) -> [f64; 2] {
        let (column, row) = (point as usize % self.n_columns, point as usize / self.n_columns);
        [(column, self.n_columns), (row, self.n_rows)].map(|(i, n)| i as f64 / (n - 1) as f64)
    }

    /// The height of a point, 0 to 1; NaN in a hole.
    pub(crate) fn height(&self, point: u32) -> f64 {
        // `clamp` leaves NaN as it is.
        f64::from(self.heights[point as usize]).clamp(0.0, 1.0)
    }

    /// The shares of width, depth and height at a corner, each 0 to 1.
    pub(crate) fn position(&self, place: Place) -> [f64; 3] {
        match place {
            Place::Point(point) => {
                let [x, y] = self.footprint(point);
                [x, y, self.height(point)]
            }
            Place::Crossing { below, above } => {
                let [low, high] = [below, above].map(|p| f64::from(self.heights[p as usize]));
                let share = ((1.0 - low) / (high - low)).clamp(LEAST_SHARE, 1.0 - LEAST_SHARE);
                let ([x0, y0], [x1, y1]) = (self.footprint(below), self.footprint(above));
                [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, 1.0]
            }
        }
    }
}

fn field<'a>(surface: &'a Surface, options: &Options) -> Result<&'a Field, SurfaceError> {
    let Some(kind) = &options.field else { return Ok(surface.main_field()) };
    surface.field(kind).ok_or_else(|| {
        let names: Vec<&str> = surface.fields().iter().map(|field| field.kind().name()).collect();
        SurfaceError::Invalid(format!(
            "expected a field of the surface ({}), found {:?}",
            names.join(", "),
            kind.name()
        ))
    })
}
