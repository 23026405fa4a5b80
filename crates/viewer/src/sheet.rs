//! A loaded surface, ready to be drawn: which field is the height, and the grid that is drawn.
//!
//! A grid of one column or one row has no area. It is drawn as a narrow ribbon: its values twice,
//! side by side, so that drawing and picking need not know. Where a run was stopped, the surface is
//! drawn between the points that it came to.

use crate::{
    ball::{Ball, MAX_STEPS, Rolled, roll},
    level_labels::{LevelLines, level_lines},
    minima::Minima,
    scale::{Extent, Scale},
};
use lossland_surface::{
    Axis, Field, FieldKind, HeightField, SplitKinds, Statistics, Surface, Unfinished, share_below,
};
use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

/// A field of a surface as height, and what the page derives from it once.
#[derive(Debug)]
pub struct Sheet {
    surface: Rc<Surface>,
    field_index: usize,
    /// On first use: both read all values, and not every picture needs them.
    statistics: OnceCell<Statistics>,
    extent: OnceCell<Option<Extent>>,
    unfinished: Option<Unfinished>,
    /// The heights last asked for, and how rays meet them: they change with the scale.
    heights: RefCell<Option<(Scale, Rc<[f32]>)>>,
    height_field: RefCell<Option<(Scale, Rc<Heights>)>>,
    /// Likewise the colours, where they are of another field.
    colors: RefCell<Option<Colors>>,
    level_lines: RefCell<Option<(Scale, Rc<[LevelLines]>)>>,
    minima: OnceCell<Option<Minima>>,
    /// The way of the ball last rolled.
    rolled: RefCell<Option<(Ball, Rc<Rolled>)>>,
}

/// The heights as rays meet them.
pub type Heights = HeightField<Rc<[f32]>>;

/// Colours, and the field and the scale that they are by.
type Colors = (FieldKind, Scale, Rc<[f32]>);

impl Sheet {
    /// Of a surface, its main field shown.
    pub fn new(surface: impl Into<Rc<Surface>>) -> Self {
        let surface = surface.into();
        let field_index = shown_field(&surface);
        Self::of_field(surface, field_index)
    }

    /// The same surface with another field as height; `None` where it has no such field.
    pub fn with_field(&self, kind: &FieldKind) -> Option<Self> {
        let index = self.surface.fields().iter().position(|field| field.kind() == kind)?;
        Some(Self::of_field(self.surface.clone(), index))
    }

    fn of_field(surface: Rc<Surface>, field_index: usize) -> Self {
        let field = &surface.fields()[field_index];
        Self {
            statistics: OnceCell::new(),
            extent: OnceCell::new(),
            unfinished: Unfinished::of(surface.grid(), field.values()),
            heights: RefCell::default(),
            height_field: RefCell::default(),
            colors: RefCell::default(),
            level_lines: RefCell::default(),
            minima: OnceCell::new(),
            rolled: RefCell::default(),
            field_index,
            surface,
        }
    }

    /// The surface itself.
    pub fn surface(&self) -> &Surface {
        &self.surface
    }

    /// The field that is shown as height.
    pub fn field(&self) -> &Field {
        &self.surface.fields()[self.field_index]
    }

    /// Whether both are of one surface.
    pub fn is_of(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.surface, &other.surface)
    }

    /// What fields the surface has.
    pub fn field_kinds(&self) -> Vec<FieldKind> {
        self.surface.fields().iter().map(|field| field.kind().clone()).collect()
    }

    /// The standard errors of the field, where the surface has them.
    pub fn stderr(&self) -> Option<&[f32]> {
        let splits = [SplitKinds::TRAIN, SplitKinds::TEST];
        let split = splits.into_iter().find(|split| split.loss == *self.field().kind())?;
        Some(self.surface.field(&split.stderr)?.values())
    }

    /// The local minima; `None` where points were not computed, and of an accuracy, of which they
    /// would be the worst places.
    pub fn minima(&self) -> Option<&Minima> {
        if self.is_accuracy() {
            return None;
        }
        self.minima.get_or_init(|| Minima::of(self)).as_ref()
    }

    /// Whether more of it is better.
    pub fn is_accuracy(&self) -> bool {
        matches!(self.field().kind(), FieldKind::TrainAccuracy | FieldKind::TestAccuracy)
    }

    /// The way of a ball on it.
    pub fn rolled(&self, ball: &Ball) -> Rc<Rolled> {
        let mut cached = self.rolled.borrow_mut();
        match cached.as_ref() {
            Some((of, rolled)) if of == ball => rolled.clone(),
            _ => {
                let rolled = roll(self.surface.grid(), self.field().values(), ball, MAX_STEPS);
                let rolled = Rc::new(rolled);
                *cached = Some((*ball, rolled.clone()));
                rolled
            }
        }
    }

    /// Whether that field is a loss, for which the default cut is meant.
    pub fn is_loss(&self) -> bool {
        self.field().kind().is_loss()
    }

    /// What the finite values span; `None` where there is none.
    pub fn extent(&self) -> Option<Extent> {
        *self.extent.get_or_init(|| Extent::of(self.field().values()))
    }

    /// Its summary.
    pub fn statistics(&self) -> &Statistics {
        self.statistics.get_or_init(|| Statistics::new(self.surface.grid(), self.field()))
    }

    /// Whether it is of a run that was stopped, and so drawn between the points computed.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished.is_some()
    }

    /// How many points were computed.
    pub fn n_computed(&self) -> usize {
        self.statistics().n_points - self.statistics().n_missing
    }

    /// The share of the computed points that lie above `level`, overflowed ones included; `None`
    /// where none was computed.
    pub fn share_above(&self, level: f32) -> Option<f64> {
        // A point at the level is not above it.
        Some(1.0 - share_below(self.field().values(), level.next_up())?)
    }

    /// The share of the computed points that differ from zero by more than `level`, overflowed ones
    /// included; `None` where none was computed.
    pub fn share_beyond(&self, level: f32) -> Option<f64> {
        let values = self.field().values();
        let n_beyond = values.iter().filter(|value| value.abs() > level).count();
        (self.n_computed() > 0).then(|| n_beyond as f64 / self.n_computed() as f64)
    }

    /// Columns of the grid that is drawn, at least 2.
    pub fn n_columns(&self) -> usize {
        self.surface.grid().x.len().max(2)
    }

    /// Rows of the grid that is drawn, at least 2.
    pub fn n_rows(&self) -> usize {
        self.surface.grid().y.len().max(2)
    }

    /// What `of` makes of each value, over the grid that is drawn, row-major `[row][column]`; it must
    /// leave NaN as it is. Of an unfinished run, what is between the points computed is here, too.
    fn drawn(&self, of: &dyn Fn(f32) -> f32) -> Vec<f32> {
        let mut at_points: Vec<f32> =
            self.field().values().iter().map(|value| of(*value)).collect();
        if let Some(unfinished) = &self.unfinished {
            unfinished.bridge(&mut at_points);
        }
        self.over_drawn_grid(&at_points)
    }

    /// What is told for each point of the surface's grid, over the grid that is drawn.
    ///
    /// # Panics
    /// If there is not one for each point.
    pub fn over_drawn_grid<T: Copy>(&self, at_points: &[T]) -> Vec<T> {
        let grid = self.surface.grid();
        let mut drawn = Vec::with_capacity(self.n_columns() * self.n_rows());
        for row in 0..self.n_rows() {
            for column in 0..self.n_columns() {
                let (i, j) = (column.min(grid.x.len() - 1), row.min(grid.y.len() - 1));
                drawn.push(at_points[grid.index(i, j)]);
            }
        }
        drawn
    }

    /// Over the grid that is drawn, 1 where the network overflowed and 0 where it did not; between the
    /// points of an unfinished run, between both.
    pub fn overflow(&self) -> Vec<f32> {
        self.drawn(&|value| if value.is_nan() { value } else { f32::from(value.is_infinite()) })
    }

    /// The heights of the grid that is drawn, row-major; NaN in a hole.
    pub fn heights(&self, scale: &Scale) -> Rc<[f32]> {
        let mut cached = self.heights.borrow_mut();
        match cached.as_ref() {
            Some((of, heights)) if of == scale => heights.clone(),
            _ => {
                let heights: Rc<[f32]> = self.drawn(&|value| scale.height(value)).into();
                *cached = Some((*scale, heights.clone()));
                heights
            }
        }
    }

    /// The contour lines that may carry their values.
    pub(crate) fn level_lines(&self, scale: &Scale) -> Rc<[LevelLines]> {
        let mut cached = self.level_lines.borrow_mut();
        match cached.as_ref() {
            Some((of, lines)) if of == scale => lines.clone(),
            _ => {
                let lines: Rc<[LevelLines]> = level_lines(self, scale).into();
                *cached = Some((*scale, lines.clone()));
                lines
            }
        }
    }

    /// What to look up in a colour map at each point of the grid that is drawn, by the values of
    /// another field: 0 to 1, NaN where it has none. `None` where the surface has no such field.
    pub fn colors(&self, kind: &FieldKind, scale: &Scale) -> Option<Rc<[f32]>> {
        let mut cached = self.colors.borrow_mut();
        match cached.as_ref() {
            Some((of, by, colors)) if of == kind && by == scale => Some(colors.clone()),
            _ => {
                let values = self.surface.field(kind)?.values().iter();
                let colors: Vec<f32> =
                    values.map(|value| scale.height(*value).clamp(0.0, 1.0)).collect();
                let colors: Rc<[f32]> = self.over_drawn_grid(&colors).into();
                *cached = Some((kind.clone(), *scale, colors.clone()));
                Some(colors)
            }
        }
    }

    /// The same heights, ready for rays: above 1, at the cut, the surface is flat.
    pub fn height_field(&self, scale: &Scale) -> Rc<Heights> {
        let mut cached = self.height_field.borrow_mut();
        match cached.as_ref() {
            Some((of, field)) if of == scale => field.clone(),
            _ => {
                let heights = self.heights(scale);
                let field = HeightField::new(self.n_columns(), self.n_rows(), heights, 1.0)
                    .unwrap_or_else(|error| unreachable!("one height a point: {error}"));
                let field = Rc::new(field);
                *cached = Some((*scale, field.clone()));
                field
            }
        }
    }

    /// Likewise by the field itself, and NaN where its values and all around them lie below the scale: a
    /// cell that has such a corner is flat.
    pub fn colors_within(&self, scale: &Scale) -> Rc<[f32]> {
        let mut cached = self.colors.borrow_mut();
        let kind = self.field().kind();
        match cached.as_ref() {
            Some((of, by, colors)) if of == kind && by == scale => colors.clone(),
            _ => {
                let (grid, values) = (self.surface.grid(), self.field().values());
                let (n_columns, n_rows) = (grid.x.len(), grid.y.len());
                let around = |at: usize, n: usize| at.saturating_sub(1)..(at + 2).min(n);
                let is_all_below = |i: usize, j: usize| {
                    around(j, n_rows).all(|row| {
                        around(i, n_columns)
                            .all(|column| values[grid.index(column, row)] < scale.lo)
                    })
                };
                let color = |(index, value): (usize, &f32)| {
                    if is_all_below(index % n_columns, index / n_columns) {
                        f32::NAN
                    } else {
                        scale.height(*value).clamp(0.0, 1.0)
                    }
                };
                let colors: Vec<f32> = values.iter().enumerate().map(color).collect();
                let colors: Rc<[f32]> = self.over_drawn_grid(&colors).into();
                *cached = Some((kind.clone(), *scale, colors.clone()));
                colors
            }
        }
    }

    /// The height that is drawn at a place of the plane; `None` outside the grid, NaN in a hole.
    pub fn height_at(&self, scale: &Scale, alpha: f64, beta: f64) -> Option<f32> {
        let grid = self.surface.grid();
        let heights = self.heights(scale);
        let column = |axis: &Axis, value: f64| {
            let position = if axis.len() == 1 { 0.0 } else { axis.position(value) };
            let last = (axis.len() - 1) as f64;
            (-1e-9..=last + 1e-9).contains(&position).then(|| position.clamp(0.0, last.max(0.0)))
        };
        let (column, row) = (column(&grid.x, alpha)?, column(&grid.y, beta)?);
        let (i, j) = (column as usize, row as usize);
        let (right, up) = ((i + 1).min(self.n_columns() - 1), (j + 1).min(self.n_rows() - 1));
        let at = |i: usize, j: usize| heights[j * self.n_columns() + i];
        let (u, v) = (column.fract() as f32, row.fract() as f32);
        // On the triangle that is drawn: a cell is split along (i, j) to (i + 1, j + 1).
        let (here, there) = (at(i, j), at(right, up));
        let (corner, first, second) = if u >= v { (at(right, j), u, v) } else { (at(i, up), v, u) };
        Some(mixed(&[(here, 1.0 - first), (corner, first - second), (there, second)]))
    }

    /// Whether there is a triangle to draw.
    pub fn has_area(&self, scale: &Scale) -> bool {
        let (heights, n_columns) = (self.heights(scale), self.n_columns());
        let is_there = |index: usize| !heights[index].is_nan();
        (n_columns + 1..heights.len()).filter(|upper_right| upper_right % n_columns > 0).any(
            |upper_right| {
                let lower_right = upper_right - n_columns;
                is_there(upper_right)
                    && is_there(lower_right - 1)
                    && (is_there(lower_right) || is_there(upper_right - 1))
            },
        )
    }
}

/// The sum of values by their weights; one without weight has no say, even if it is NaN.
fn mixed(parts: &[(f32, f32)]) -> f32 {
    parts.iter().filter(|(_, weight)| *weight > 0.0).map(|(value, weight)| value * weight).sum()
}

/// Which field to show: the surface's own choice, unless that is no loss and another field is.
fn shown_field(surface: &Surface) -> usize {
    let main = surface.main_field().kind();
    let position = |is_wanted: &dyn Fn(&FieldKind) -> bool| {
        surface.fields().iter().position(|field| is_wanted(field.kind()))
    };
    let of_main = position(&|kind| kind == main);
    if main.is_loss() { of_main } else { position(&FieldKind::is_loss).or(of_main) }.unwrap_or(0)
}

/// The first and last coordinate at which an axis is drawn; a ribbon's are `half_width` apart
/// from its only value.
pub fn drawn_ends(axis: &Axis, half_width: f64) -> (f64, f64) {
    if axis.len() == 1 {
        (axis.first() - half_width, axis.first() + half_width)
    } else {
        (axis.first(), axis.last())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use lossland_surface::Grid;

    /// A surface of `values` over `x` times `y` ("first:last:number").
    pub(crate) fn surface(x: &str, y: &str, fields: &[(&str, Vec<f32>)]) -> Surface {
        let grid = Grid { x: x.parse().expect("an axis"), y: y.parse().expect("an axis") };
        let fields = fields
            .iter()
            .map(|(name, values)| {
                Field::new(FieldKind::from_name(name).expect("a name"), values.clone())
                    .expect("values")
            })
            .collect();
        Surface::new("test", "Test", grid, fields).expect("a surface")
    }

    #[test]
    fn a_loss_is_shown_before_anything_else() {
        let values = vec![1.0; 4];
        let shown = |names: &[&str]| {
            let fields: Vec<_> = names.iter().map(|name| (*name, values.clone())).collect();
            let sheet = Sheet::new(surface("0:1:2", "0:1:2", &fields));
            sheet.field().kind().name().to_owned()
        };
        assert_eq!(shown(&["train_accuracy", "train_loss"]), "train_loss");
        assert_eq!(shown(&["train_accuracy", "test_loss"]), "test_loss");
        assert_eq!(shown(&["train_loss_stderr", "validation_loss"]), "validation_loss");
        assert_eq!(shown(&["max_eig", "min_eig"]), "max_eig");
    }

    #[test]
    fn what_was_not_computed_is_not_counted_and_what_overflowed_is_above_all() {
        let values = vec![1.0, f32::NAN, f32::INFINITY, 20.0];
        let sheet = Sheet::new(surface("0:1:2", "0:1:2", &[("train_loss", values)]));
        assert_eq!((sheet.statistics().n_missing, sheet.statistics().n_overflowed), (1, 1));
        assert!(sheet.share_above(10.0).is_some_and(|share| (share - 2.0 / 3.0).abs() < 1e-9));
        assert_eq!(sheet.share_above(20.0).map(|share| share > 0.5), Some(false));
        let empty = Sheet::new(surface("0:1:2", "0:0:1", &[("train_loss", vec![f32::NAN; 2])]));
        assert_eq!((empty.share_above(10.0), empty.extent()), (None, None));
    }

    /// A stopped run over 5 x 5 points that came through the first level, a bowl.
    #[rustfmt::skip]
    pub(crate) const STOPPED: [f32; 25] = {
        const NAN: f32 = f32::NAN;
        [
            8.0, NAN, 4.0, NAN, 8.0,
            NAN, NAN, NAN, NAN, NAN,
            4.0, NAN, 1.0, NAN, 4.0,
            NAN, NAN, NAN, NAN, NAN,
            8.0, NAN, 4.0, NAN, 8.0,
        ]
    };

    #[test]
    fn a_stopped_run_is_drawn_between_its_points_and_counts_no_more() {
        let bowl = |values: &[f32]| surface("-1:1:5", "-1:1:5", &[("train_loss", values.to_vec())]);
        let sheet = Sheet::new(bowl(&STOPPED));
        let scale = Scale::new(sheet.extent(), Some(10.0), false);
        let heights = sheet.heights(&scale);
        assert!(sheet.is_unfinished() && heights.iter().all(|height| height.is_finite()));
        assert!((heights[1] - scale.height(6.0)).abs() < 1e-6, "{heights:?}");
        assert_eq!((sheet.n_computed(), sheet.statistics().n_missing), (9, 16));
        assert_eq!(sheet.statistics().median, Some(4.0));
        assert!(sheet.share_above(4.0).is_some_and(|share| (share - 4.0 / 9.0).abs() < 1e-9));

        let mut overflowed = STOPPED;
        overflowed[4] = f32::INFINITY;
        overflowed[14] = f32::INFINITY;
        let overflow = Sheet::new(bowl(&overflowed)).overflow();
        let places: Vec<usize> = (0..25).filter(|index| overflow[*index] > 0.5).collect();
        assert_eq!(places, [4, 9, 14], "between both, but not half-way to what did not overflow");

        let mut holed = STOPPED;
        holed[12] = f32::NAN;
        let holed = Sheet::new(bowl(&holed));
        assert!(!holed.is_unfinished() && !holed.has_area(&scale), "holes among isolated points");
        let mut short = [f32::NAN; 25];
        short[..3].copy_from_slice(&STOPPED[..3]);
        assert!(!Sheet::new(bowl(&short)).has_area(&scale));
        assert!(sheet.has_area(&scale));
    }

    #[test]
    fn a_line_is_drawn_as_a_ribbon() {
        let row = Sheet::new(surface("0:2:3", "5:5:1", &[("train_loss", vec![1.0, 2.0, 3.0])]));
        assert_eq!((row.n_columns(), row.n_rows()), (3, 2));
        assert_eq!(row.drawn(&|value| value), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
        assert_eq!(drawn_ends(&row.surface().grid().y, 0.1), (4.9, 5.1));
        let column = Sheet::new(surface("5:5:1", "0:1:2", &[("train_loss", vec![1.0, 2.0])]));
        assert_eq!(column.drawn(&|value| value), [1.0, 1.0, 2.0, 2.0]);
        assert!(column.has_area(&Scale::new(column.extent(), None, false)));
    }
}
