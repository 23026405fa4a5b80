//! The colours below the lines of a contour plot, as an image.
//!
//! Heights between grid points are those of the triangles that the contour lines and the 3-D view
//! are made from, so that colours change where the lines are.

use super::Heights;
use crate::{
    color::{Ramp, mix},
    drawing::{Image, luminance},
    frame::Frame,
};
use lossland_surface::Axis;

/// The most pixels a side: more would take too long for what it shows.
const MAX_SIDE: f32 = 1024.0;
/// What is cut, over the page's ground: a grey that is neither colour nor hole, light and dark.
const CUT: [u8; 4] = [124, 130, 142, 100];
/// The stripes where the network overflowed.
const OVERFLOWED: [u8; 4] = [110, 116, 128, 220];
/// Stripes are this many pixels apart.
const STRIPE_PERIOD: usize = 7;

/// The image of a surface over the frame: one pixel for each of the screen's, or for each point of
/// a grid that is finer.
pub(super) fn image(surface: &Heights<'_>, ramp: Ramp, frame: &Frame) -> Image {
    let places = |axis: &Axis, [first, last]: [f64; 2], length_px: f32| {
        let n_points = (last - first) / axis.step();
        let n = length_px.round().max(n_points as f32).clamp(1.0, MAX_SIDE) as usize;
        let place = |k: usize| {
            let share = (k as f64 + 0.5) / n as f64;
            let position = axis.position(first * (1.0 - share) + last * share);
            let is_inside = (0.0..=(axis.len() - 1) as f64).contains(&position);
            // The last point belongs to the last cell.
            let cell = (position as usize).min(axis.len() - 2);
            is_inside.then_some((cell, (position - cell as f64) as f32))
        };
        (0..n).map(place).collect::<Vec<_>>()
    };
    let [width, height] = frame.size();
    let columns = places(&surface.grid.x, frame.x, width);
    let rows = places(&surface.grid.y, frame.y, height);
    let colors: [[u8; 3]; 256] = std::array::from_fn(|k| ramp.rgb(k as f64 / 255.0));

    let mut rgba = Vec::with_capacity(4 * columns.len() * rows.len());
    for (y, row) in rows.iter().rev().enumerate() {
        for (x, column) in columns.iter().enumerate() {
            let at = column.zip(*row).map(|((i, u), (j, v))| Place { i, j, u, v });
            let is_stripe = (x + y) % STRIPE_PERIOD < 2;
            rgba.extend(match at.map_or(Seen::Hole, |at| at.seen(surface)) {
                Seen::Hole => [0; 4],
                Seen::Overflowed if is_stripe => OVERFLOWED,
                Seen::Overflowed | Seen::Cut => CUT,
                Seen::Height { height, is_noise } => {
                    let color = colors[(height * 255.0 + 0.5) as usize];
                    let [r, g, b] = if is_noise && is_stripe { striped(color) } else { color };
                    [r, g, b, 255]
                }
            });
        }
    }
    Image { rect: frame.rect, n_columns: columns.len() as u32, rgba }
}

fn striped(color: [u8; 3]) -> [u8; 3] {
    mix(color, if luminance(color) > 0.18 { [0; 3] } else { [255; 3] }, 0.35)
}

/// What is seen at a pixel.
enum Seen {
    Hole,
    Cut,
    Overflowed,
    Height { height: f32, is_noise: bool },
}

/// A cell of the grid, and how far in it, 0 to 1.
struct Place {
    i: usize,
    j: usize,
    u: f32,
    v: f32,
}

impl Place {
    fn seen(&self, surface: &Heights<'_>) -> Seen {
        let Self { i, j, u, v } = *self;
        let index = surface.grid.index(i, j);
        let n_columns = surface.grid.x.len();
        // The triangle below the cell's diagonal, or the one above it: its corners and their
        // weights.
        let (middle, weights) = if u >= v {
            (index + 1, [1.0 - u, u - v, v])
        } else {
            (index + n_columns, [1.0 - v, v - u, u])
        };
        let corners = [index, middle, index + n_columns + 1];
        let heights = corners.map(|corner| surface.heights[corner]);
        if heights.iter().any(|height| height.is_nan()) {
            return Seen::Hole;
        }
        let of_corners = |of: &dyn Fn(usize) -> f32| -> f32 {
            (0..3).map(|corner| of(corner) * weights[corner]).sum()
        };
        if heights.iter().any(|height| height.is_infinite()) {
            // Above every level, and marked on the side of the point that overflowed.
            let share = of_corners(&|corner| f32::from(u8::from(heights[corner].is_infinite())));
            return if share >= 0.5 { Seen::Overflowed } else { Seen::Cut };
        }
        let height = of_corners(&|corner| heights[corner]);
        // Nothing beyond the scale wears its colours; but its ends may be missed by rounding.
        if !(-1e-5..=1.0 + 1e-5).contains(&height) {
            return Seen::Cut;
        }
        let is_noise = surface.is_noise.is_some_and(|is_noise| {
            of_corners(&|corner| f32::from(u8::from(is_noise[corners[corner]]))) >= 0.5
        });
        Seen::Height { height: height.clamp(0.0, 1.0), is_noise }
    }
}
