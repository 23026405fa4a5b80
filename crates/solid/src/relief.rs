//! A field as heights over the grid, and the triangles between them.

use crate::{Options, Size};
use lossland_surface::{Extent, Field, Scale, Surface, SurfaceError, Unfinished};
use std::cmp::Ordering::{self, Greater, Less};

/// The most points of a grid: 420 MB of STL.
const MAX_POINTS: usize = 1 << 22;
/// The most points along a side. Beyond, `f32` could not tell the corners of a cell apart.
const MAX_POINTS_ALONG: usize = 1 << 16;
/// Where the surface passes through the cut, it does so at least this share of an edge away from the
/// edge's ends, and these are at least that far, in heights, from the cut: so that no triangle is a
/// line in `f32`.
const LEAST_SHARE: f64 = 1.0 / 64.0;
const AT_CUT: f32 = 1e-4;

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
        level(&mut heights);
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

    /// How a point lies to the cut.
    fn side(&self, point: u32) -> Ordering {
        self.heights[point as usize].total_cmp(&1.0)
    }

    /// Where the surface passes through the cut between two points.
    pub(crate) fn crossing(&self, a: u32, b: u32) -> Option<Place> {
        match [a, b].map(|point| self.side(point)) {
            [Less, Greater] => Some(Place::Crossing { below: a, above: b }),
            [Greater, Less] => Some(Place::Crossing { below: b, above: a }),
            _ => None,
        }
    }

    /// A triangle of the grid, parted where it passes through the cut.
    pub(crate) fn parts(&self, triangle: [u32; 3]) -> Vec<([Place; 3], Part)> {
        let has = |side| triangle.iter().any(|point| self.side(*point) == side);
        let mut parts = Vec::with_capacity(3);
        for (part, is_there, beyond) in [
            (Part::Slope, !has(Greater) || has(Less), Greater),
            (Part::Plateau, has(Greater), Less),
        ] {
            if !is_there {
                continue;
            }
            let mut polygon = Vec::with_capacity(4);
            for (point, next) in (0..3).map(|i| (triangle[i], triangle[(i + 1) % 3])) {
                if self.side(point) != beyond {
                    polygon.push(Place::Point(point));
                }
                polygon.extend(self.crossing(point, next));
            }
            parts
                .extend(polygon[1..].windows(2).map(|pair| ([polygon[0], pair[0], pair[1]], part)));
        }
        parts
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

/// Takes points almost at the floor onto it, as rounding may leave them below; and points almost at the
/// cut to the cut, where the surface is cut at all.
fn level(heights: &mut [f32]) {
    let is_cut = heights.iter().any(|height| *height > 1.0);
    for height in heights {
        if *height < 0.0 {
            *height = 0.0;
        } else if is_cut && (*height - 1.0).abs() < AT_CUT {
            *height = 1.0;
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
