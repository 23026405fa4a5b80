//! What follows from the state: which surfaces stand in which box, on which scale and in which
//! colours; the difference of two; the place that is pointed at.

use crate::{
    camera::{Camera, Viewport},
    color::{ColorMap, Ramp, Rgb, surface_color},
    hover,
    picture::Subject,
    plot::{self, Plot},
    scale::{Extent, Scale},
    sheet::Sheet,
    state::{Entry, Pointer, Status, ViewState},
    style::{DEFAULT_CUT, Layout, Paint, Tint},
};
use lossland_surface::{Difference, Field, FieldKind, Surface};
use std::rc::Rc;

/// Side by side there is room for this many.
pub const MAX_VIEWS: usize = 4;
/// What stands above a box that is one of several, in CSS pixels.
const HEADING_PX: f32 = 28.0;

/// What the first view leaves around the box for its labels and some air, in CSS pixels: at the
/// top, right, bottom and left.
const MARGINS_PX: [f32; 4] = [40.0, 72.0, 56.0, 72.0];
/// The same on a narrow canvas, where there is less to spare.
const MARGINS_NARROW_PX: [f32; 4] = [8.0, 36.0, 44.0, 44.0];
const NARROW_PX: f32 = 560.0;

/// A box with what stands in it, and its part of the canvas.
#[derive(Clone, Debug)]
pub struct View {
    /// The canvas, of which all but this view's part is covered.
    pub viewport: Viewport,
    /// What stands in the box.
    pub subjects: Vec<Subject>,
    /// Its axes.
    pub plot: Plot,
}

/// Two surfaces, one taken from the other.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pair: [usize; 2],
    of: [Rc<Sheet>; 2],
    /// The difference as a surface, or why there is none.
    result: Result<Rc<Sheet>, String>,
    /// Over the grid that is drawn: where the difference is no larger than its noise. `None` where
    /// a standard error is not known.
    is_noise: Option<Rc<[bool]>>,
}

impl Comparison {
    fn new(pair: [usize; 2], of: [Rc<Sheet>; 2]) -> Self {
        let [a, b] = &of;
        let kind = a.field().kind();
        let difference = Difference::of_surfaces(a.surface(), b.surface(), kind);
        let result = difference.map_err(|error| error.to_string()).and_then(|difference| {
            let flags = difference.noise.is_some().then(|| {
                (0..difference.values.len()).map(|i| difference.is_noise(i)).collect::<Vec<_>>()
            });
            let field = FieldKind::from_name(DIFFERENCE)
                .and_then(|kind| Field::new(kind, difference.values))
                .and_then(|field| {
                    Surface::new(DIFFERENCE, DIFFERENCE, difference.grid, vec![field])
                });
            let sheet = Sheet::new(field.map_err(|error| error.to_string())?);
            Ok((Rc::new(sheet), flags))
        });
        let (result, is_noise) = match result {
            Ok((sheet, flags)) => {
                let flags = flags.map(|flags| sheet.over_drawn_grid(&flags).into());
                (Ok(sheet), flags)
            }
            Err(why) => (Err(why), None),
        };
        Self { pair, of, result, is_noise }
    }
}

/// The name of the field of a difference.
const DIFFERENCE: &str = "difference";

impl ViewState {
    /// Brings up to date what the state implies and what is costly to imply: the files to
    /// fetch, the sheets of the fields chosen, and the difference.
    pub(crate) fn follow(&mut self) {
        for index in 0..self.entries.len() {
            let is_wanted = self.wants_whole(index);
            if let Some(whole) = self.entries[index].whole.as_mut().filter(|_| is_wanted) {
                whole.want();
            }
        }
        for entry in &mut self.entries {
            entry.sheet = match (&entry.status, &self.fields.height) {
                (Status::Ready(sheet), None) => Some(sheet.clone()),
                (Status::Ready(sheet), Some(kind)) => match entry.sheet.take() {
                    Some(old) if old.field().kind() == kind && old.is_of(sheet) => Some(old),
                    _ => sheet.with_field(kind).map(Rc::new),
                },
                _ => None,
            };
        }
        self.comparison = self.pair().map(|pair| {
            let of = pair.map(|index| self.entries[index].sheet.clone());
            let [Some(a), Some(b)] = of else { unreachable!("what is shown is there") };
            match self.comparison.take() {
                Some(old)
                    if old.pair == pair
                        && Rc::ptr_eq(&old.of[0], &a)
                        && Rc::ptr_eq(&old.of[1], &b) =>
                {
                    old
                }
                _ => Comparison::new(pair, [a, b]),
            }
        });
    }

    /// The surfaces that are shown and there, with their number in the list.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Rc<Sheet>)> + Clone {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.is_shown)
            .filter_map(|(index, entry)| Some((index, entry.sheet.as_ref()?)))
    }

    /// The two surfaces whose difference is shown: the first minus the second.
    pub fn pair(&self) -> Option<[usize; 2]> {
        if self.style.layout != Layout::Difference {
            return None;
        }
        let mut shown = self.shown().map(|(index, _)| index);
        let (first, second) = (shown.next()?, shown.next()?);
        Some(if self.is_swapped { [second, first] } else { [first, second] })
    }

    /// Why there is no difference, where one is wanted and can't be.
    pub fn difference_error(&self) -> Option<&str> {
        self.comparison.as_ref()?.result.as_ref().err().map(String::as_str)
    }

    /// What is drawn of a subject.
    pub fn sheet(&self, subject: Subject) -> Option<&Rc<Sheet>> {
        match subject {
            Subject::Surface(index) => self.entries.get(index)?.sheet.as_ref(),
            Subject::Difference => self.comparison.as_ref()?.result.as_ref().ok(),
        }
    }

    /// Its name for people.
    pub fn name(&self, subject: Subject) -> String {
        let title = |index: usize| self.entries.get(index).map_or("", |entry| &entry.title);
        match (subject, self.pair()) {
            (Subject::Surface(index), _) => title(index).to_owned(),
            (Subject::Difference, Some([a, b])) => {
                format!("{} \u{2212} {}", title(a), title(b))
            }
            (Subject::Difference, None) => String::new(),
        }
    }

    /// The boxes on the canvas, at least one.
    pub fn views(&self) -> Vec<View> {
        let shown: Vec<Subject> = self.shown().map(|(index, _)| Subject::Surface(index)).collect();
        let groups: Vec<Vec<Subject>> = match self.style.layout {
            Layout::Difference if self.comparison.as_ref().is_some_and(|c| c.result.is_ok()) => {
                vec![vec![Subject::Difference]]
            }
            Layout::Side if shown.len() > 1 => {
                shown.iter().take(MAX_VIEWS).map(|subject| vec![*subject]).collect()
            }
            _ => vec![shown],
        };
        let is_shared = !self.style.has_own_scales;
        let all: Vec<Subject> = groups.concat();
        parts(&self.viewport, groups.len())
            .into_iter()
            .zip(groups)
            .map(|(viewport, subjects)| {
                let axes_of = if is_shared { &all } else { &subjects };
                let plot = self.plot_of(axes_of, &viewport);
                View { viewport, subjects, plot }
            })
            .collect()
    }

    fn plot_of(&self, subjects: &[Subject], viewport: &Viewport) -> Plot {
        let sheets = subjects.iter().filter_map(|subject| self.sheet(*subject));
        let sheets = sheets.map(Rc::as_ref);
        let mut plot = Plot::new(sheets.clone(), self.cut(), self.style.is_log, viewport);
        if subjects.contains(&Subject::Difference) {
            let extent = sheets.filter_map(Sheet::extent).reduce(Extent::union);
            plot.scale = Scale::symmetric(extent, self.cut());
        }
        plot.guessing = self.guessing();
        plot.has_map = self.style.has_floor_map;
        plot
    }

    /// The view at a place of the canvas; the first one where none is there.
    pub fn view_at(&self, [x, y]: [f32; 2]) -> View {
        let mut views = self.views();
        let contains = |view: &View| {
            let [left, top, width, height] = view.viewport.free();
            (left..left + width).contains(&x) && (top - HEADING_PX..top + height).contains(&y)
        };
        let index = views.iter().position(contains).unwrap_or(0);
        views.swap_remove(index)
    }

    /// The box of the first view: of all surfaces shown, where they share one or its scale.
    pub fn plot(&self) -> Plot {
        self.views()[0].plot
    }

    /// The view of the first box before anything has been turned.
    pub fn first_view(&self) -> Camera {
        let viewport = self.views()[0].viewport;
        let [_, _, width, _] = viewport.free();
        let margins = if width < NARROW_PX { MARGINS_NARROW_PX } else { MARGINS_PX };
        Camera::first_view(&viewport, &plot::corners(&viewport, self.style.has_floor_map), margins)
    }

    /// The value above which everything is cut; `None` where nothing is.
    pub fn cut(&self) -> Option<f32> {
        self.style.cut.level(self.shown().any(|(_, sheet)| sheet.is_loss()))
    }

    /// What all that is shown spans together.
    pub fn extent(&self) -> Option<Extent> {
        let views = self.views();
        let subjects = views.iter().flat_map(|view| &view.subjects);
        let sheets = subjects.filter_map(|subject| self.sheet(*subject));
        sheets.filter_map(|sheet| sheet.extent()).reduce(Extent::union)
    }

    /// Whether colour tells surfaces apart, instead of losses.
    pub fn is_tinted(&self) -> bool {
        let is_overlay = self.style.layout == Layout::Overlay;
        match self.style.tint {
            _ if self.fields.color.is_some() => false,
            Tint::Auto => is_overlay && self.shown().count() > 1,
            Tint::Loss => false,
            Tint::Surface => self.style.layout != Layout::Difference,
        }
    }

    /// The colours of a subject.
    pub fn ramp(&self, subject: Subject) -> Ramp {
        let Subject::Surface(index) = subject else { return Ramp::Map(ColorMap::Diverging) };
        match self.entries.get(index).map(|entry| entry.look.paint) {
            Some(Paint::Map(map)) => Ramp::Map(map),
            Some(Paint::Hue(hue)) => Ramp::Hue(surface_color(hue)),
            _ if self.is_tinted() => Ramp::Hue(surface_color(self.hue(index))),
            _ => Ramp::Map(self.style.map),
        }
    }

    /// The scale of the colours, where they show another field than the height.
    pub fn color_scale(&self) -> Option<Scale> {
        let kind = self.fields.color.as_ref()?;
        if self.style.layout == Layout::Difference {
            return None;
        }
        let extents =
            self.shown().filter_map(|(_, sheet)| Extent::of(sheet.surface().field(kind)?.values()));
        let cut = if kind.is_loss() { self.cut().or(Some(DEFAULT_CUT)) } else { None };
        Some(Scale::new(extents.reduce(Extent::union), cut, self.style.is_log))
    }

    /// The loss of guessing, ln of the number of classes, where all surfaces shown agree on it and
    /// are of losses.
    pub fn guessing(&self) -> Option<f32> {
        let classes = |sheet: &Sheet| sheet.surface().provenance().dataset.as_ref()?.n_classes;
        let mut all = self.shown().map(|(_, sheet)| (sheet.is_loss(), classes(sheet)));
        let (is_loss, first) = all.next()?;
        let is_shared = is_loss && all.all(|other| other == (true, first));
        let is_difference = self.style.layout == Layout::Difference && self.pair().is_some();
        (is_shared && !is_difference).then_some(first)?.map(|n| (n.max(1) as f32).ln())
    }

    /// The surfaces of one network, each in another plane, this one among them.
    pub fn planes(&self, index: usize) -> Vec<usize> {
        let of = |index: usize| self.entries.get(index).map(|entry| &entry.network);
        (0..self.entries.len()).filter(|other| of(*other) == of(index)).collect()
    }

    /// The number of a surface's hue. Networks come first, then further planes of them, then what is not
    /// offered by itself: so networks differ as long as there are hues.
    fn hue(&self, index: usize) -> usize {
        let place = |index: usize| {
            let is_aside = self.entries.get(index).is_some_and(|entry| entry.is_aside);
            (is_aside, self.planes(index).first() != Some(&index), index)
        };
        (0..self.entries.len()).filter(|other| place(*other) < place(index)).count()
    }

    /// Which sheets the measures are of: those shown and those of the other planes, by address. Another
    /// list means other numbers.
    pub fn planes_shown(&self) -> Vec<usize> {
        let shown = self.shown().map(|(index, sheet)| (index, Rc::as_ptr(sheet) as usize));
        let shown: Vec<(usize, usize)> = shown.collect();
        let others = shown.iter().flat_map(|(index, _)| self.planes(*index));
        let others = others.filter_map(|index| match &self.entries[index].status {
            Status::Ready(sheet) => Some(Rc::as_ptr(sheet) as usize),
            _ => None,
        });
        shown.iter().map(|(_, sheet)| *sheet).chain(others).collect()
    }

    /// Whether a surface is wanted beside those shown: another plane of one, to measure.
    pub fn wants_beside(&self, index: usize) -> bool {
        let is_other_plane = |(shown, entry): (usize, &Entry)| {
            entry.is_shown && shown != index && self.planes(shown).contains(&index)
        };
        self.has_measures && self.entries.iter().enumerate().any(is_other_plane)
    }

    /// The fields that any surface shown has.
    pub fn known_fields(&self) -> Vec<FieldKind> {
        let mut kinds: Vec<FieldKind> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.is_shown) {
            let Status::Ready(sheet) = &entry.status else { continue };
            // Those of a file that is not there yet are known from its first part.
            let more = entry.whole.iter().flat_map(|whole| whole.kinds.iter().cloned());
            for kind in sheet.field_kinds().into_iter().chain(more) {
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
        kinds
    }

    /// Whether more is wanted of a surface than its first part holds, and its file has that.
    pub fn wants_whole(&self, index: usize) -> bool {
        let Some(entry) = self.entries.get(index) else { return false };
        let Some(whole) = &entry.whole else { return false };
        let has = |kind: &Option<FieldKind>| kind.as_ref().is_some_and(|kind| whole.holds(kind));
        let reads = self.pointer.is_some() || self.pin.is_some() || self.has_measures;
        let tells_noise = self.style.has_noise || self.style.has_minima;
        let compares = self.style.layout == Layout::Difference;
        let wants_stderr = reads || tells_noise || compares;
        (entry.is_shown || self.wants_beside(index))
            && (entry.has_account
                || has(&self.fields.height)
                || has(&self.fields.color)
                || (wants_stderr && whole.has_stderr()))
    }

    /// The place that is pointed at, alpha and beta.
    pub fn place(&self) -> Option<[f64; 2]> {
        match self.pointer? {
            Pointer::Plane(place) => Some(place),
            Pointer::Screen(at) => hover::hover(self, at).map(|found| [found.alpha, found.beta]),
        }
    }

    /// The place some grid steps from the one pointed at; at first the middle.
    pub(crate) fn moved_pointer(&self, columns: i32, rows: i32) -> Option<[f64; 2]> {
        let (_, sheet) = self.shown().next()?;
        let grid = sheet.surface().grid();
        let [alpha, beta] = self.place().unwrap_or([0.0, 0.0]);
        let moved = |axis: &lossland_surface::Axis, from: f64, steps: i32| {
            let last = (axis.len() - 1) as f64;
            let position = (axis.position(from).round() + f64::from(steps)).clamp(0.0, last);
            axis.value(position as usize)
        };
        Some([moved(&grid.x, alpha, columns), moved(&grid.y, beta, rows)])
    }

    /// Where a place of the plane is seen, on each surface of each view.
    pub fn marks(&self, place: [f64; 2]) -> Vec<[f32; 2]> {
        let in_view = |view: &View| {
            let mark = |subject: &Subject| self.mark_on(view, *subject, place);
            view.subjects.iter().filter_map(mark).collect::<Vec<_>>()
        };
        self.views().iter().flat_map(in_view).collect()
    }

    /// Where a place of the plane is on one surface of a view.
    pub(crate) fn mark_on(
        &self,
        view: &View,
        subject: Subject,
        [alpha, beta]: [f64; 2],
    ) -> Option<[f32; 2]> {
        let height = self.sheet(subject)?.height_at(&view.plot.scale, alpha, beta);
        let height = height.filter(|height| height.is_finite())?;
        let world = view.plot.world(alpha, beta, height.clamp(0.0, 1.0));
        self.camera().project(&view.viewport, world)
    }

    /// The colour that stands for a surface in list, tooltip, legend and plots.
    pub fn swatch(&self, index: usize) -> Rgb {
        match self.entries.get(index).map(|entry| entry.look.paint) {
            Some(Paint::Hue(hue)) => surface_color(hue),
            Some(Paint::Map(map)) => map.rgb(0.6),
            _ => surface_color(self.hue(index)),
        }
    }

    /// Where a subject is hatched, over the grid that is drawn: within the noise, where that is
    /// wanted; or the basin of the minimum under the pointer.
    pub(crate) fn hatched(&self, subject: Subject) -> Option<Rc<[bool]>> {
        let basin = self.has_basin().then(|| self.basin(subject)).flatten();
        basin.or_else(|| self.noise(subject))
    }

    fn basin(&self, subject: Subject) -> Option<Rc<[bool]>> {
        let sheet = self.sheet(subject)?;
        let [alpha, beta] = self.place()?;
        let minima = sheet.minima()?;
        let grid = sheet.surface().grid();
        let nearest = |axis: &lossland_surface::Axis, value: f64| {
            let last = (axis.len() - 1) as f64;
            let position = if axis.len() == 1 { 0.0 } else { axis.position(value).round() };
            (0.0..=last).contains(&position).then_some(position as usize)
        };
        let point = grid.index(nearest(&grid.x, alpha)?, nearest(&grid.y, beta)?);
        Some(minima.basin(sheet, minima.basin_at(point)?))
    }

    /// Where the points of a subject's own grid lie within the noise.
    pub(crate) fn noise_at_points(&self, subject: Subject) -> Option<Rc<[bool]>> {
        // The grid that is drawn is another one only for a ribbon, which a contour plot has not.
        let grid = self.sheet(subject)?.surface().grid();
        self.noise(subject).filter(|flags| flags.len() as u64 == grid.n_points())
    }

    /// Where the points of what is drawn lie within the noise, over the grid that is drawn.
    fn noise(&self, subject: Subject) -> Option<Rc<[bool]>> {
        if !self.style.has_noise {
            return None;
        }
        match subject {
            Subject::Difference => self.comparison.as_ref()?.is_noise.clone(),
            Subject::Surface(_) => self.sheet(subject)?.minima()?.dips_in_noise.clone(),
        }
    }

    /// Whether a basin is shown under the pointer.
    pub(crate) fn has_basin(&self) -> bool {
        self.style.has_minima && self.pointer.is_some()
    }
}

/// The canvas in `n` equal parts, their headings left free, as square as they can be.
fn parts(viewport: &Viewport, n: usize) -> Vec<Viewport> {
    if n < 2 {
        return vec![*viewport];
    }
    let [left, top, width, mut height] = viewport.free();
    if n > 2 {
        // Several rows leave no corner free for the legend.
        let [name, scale] = viewport.legend;
        if scale[2] > scale[0] && scale[1] > viewport.height / 2.0 {
            height = height.min(name[1].min(scale[1]) - top).max(1.0);
        }
    }
    let part = |n_columns: usize| {
        let n_rows = n.div_ceil(n_columns);
        [width / n_columns as f32, height / n_rows as f32]
    };
    let shorter = |n_columns: &usize| {
        let [width, height] = part(*n_columns);
        width.min(height - HEADING_PX)
    };
    let n_columns = (1..=n)
        // No place stays empty.
        .filter(|n_columns| n.is_multiple_of(*n_columns))
        .max_by(|a, b| shorter(a).total_cmp(&shorter(b)))
        .unwrap_or(n);
    let [width, height] = part(n_columns);
    (0..n)
        .map(|i| {
            let x = left + (i % n_columns) as f32 * width;
            let y = top + (i / n_columns) as f32 * height;
            let insets =
                [y + HEADING_PX, viewport.width - x - width, viewport.height - y - height, x];
            Viewport { insets, ..*viewport }
        })
        .collect()
}

#[cfg(test)]
mod tests;
