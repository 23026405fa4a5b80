//! What is shown, as figures to take away: the picture with all that stands over it, contour plots and
//! the cross-section as drawings, and the numbers as tables.

mod table;

use crate::{
    axes::Role,
    camera::Viewport,
    drawing::{Anchor, Drawing, Line, Paint, Shape, Stroke, Text, TextRole},
    legend::{self, Bar},
    level_labels,
    marks::{self, Mark},
    paths,
    plots::{contour_plots, profile_plot},
    state::ViewState,
    ticks::value_text,
    words,
};
pub use table::{section_table, value_table};

/// Where the page has its heading and the legend, and how wide a colour bar is, as in `web/style.css`.
const LEFT_PX: f32 = 24.0;
const TOP_PX: f32 = 20.0;
const BAR_PX: [f32; 2] = [240.0, 10.0];
const CUT_PX: f32 = 34.0;
const GAP_PX: f32 = 6.0;
/// A bar is made of so many pieces of one colour.
const N_PIECES: u8 = 120;
/// Narrower figures have the legend below the picture.
const NARROW_PX: f32 = 600.0;
/// A figure is at least this high, as a share of its width.
const MIN_ASPECT: f32 = 0.62;
/// Room for the name of one of several views.
const VIEW_NAME_PX: f32 = 28.0;
/// A cross-section by itself.
const SECTION_PX: [f32; 2] = [640.0, 320.0];

/// A picture to take away: what is shown, without what is around it in the page.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The state on a canvas of the figure's size.
    pub state: ViewState,
    /// What stands over the picture, as large as the canvas; all of it where contour plots are shown.
    pub drawing: Drawing,
}

/// The picture, with its labels and marks; with heading, caption and legend, if wanted.
pub fn picture_figure(state: &ViewState, is_captioned: bool) -> Figure {
    let mut figure = framed(state, is_captioned);
    let mut shapes = Vec::new();
    for view in figure.state.views() {
        for label in level_labels::labels(&figure.state, &view) {
            let (role, paint) = match label.role {
                Role::Name => (TextRole::Name, Paint::Ink),
                Role::Value => (TextRole::Tick, Paint::Secondary),
                Role::Level => (TextRole::Level, Paint::Ink),
            };
            let at = [label.x, label.y];
            shapes.push(over_picture(&label.text, at, Anchor::Middle, role, paint));
        }
    }
    if paths::has_any(&figure.state) {
        shapes.append(&mut paths::on_surfaces(&figure.state).shapes);
    }
    let marks = marks::on_surfaces(&figure.state);
    shapes.extend(marks.into_iter().filter_map(|(at, mark)| shape(at, mark)));
    figure.drawing.append(Drawing { shapes, ..Drawing::default() });
    figure
}

/// The contour plots of what is shown, however it is shown.
pub fn contour_figure(state: &ViewState, is_captioned: bool) -> Figure {
    let mut flat = state.clone();
    flat.style.is_flat = true;
    let mut figure = framed(&flat, is_captioned);
    for view in contour_plots(&figure.state) {
        let [left, top, ..] = view.rect;
        figure.drawing.append(view.plot.drawing.moved([left, top]));
    }
    figure
}

/// The cross-section, with a heading; `None` where there is none.
pub fn section_figure(state: &ViewState, is_captioned: bool) -> Option<Drawing> {
    let [from, to] = state.section?;
    let plot = profile_plot(state, SECTION_PX)?.drawing;
    let place = |[alpha, beta]: [f64; 2]| format!("({}, {})", value_text(alpha), value_text(beta));
    let where_it_is = format!("From (alpha, beta) = {} to {}", place(from), place(to));
    let lines = [where_it_is];
    let width = SECTION_PX[0] + 2.0 * LEFT_PX;
    let (mut drawing, top) =
        if is_captioned { heading(state, &lines, width) } else { (Drawing::default(), GAP_PX) };
    drawing.append(plot.moved([LEFT_PX, top]));
    drawing.size = [width, top + SECTION_PX[1] + GAP_PX];
    Some(drawing)
}

/// A canvas as wide as what the page's panel leaves free, with heading and legend on it if wanted.
fn framed(state: &ViewState, is_captioned: bool) -> Figure {
    let [left, top, free_width, free_height] = state.viewport.free();
    let width = left + free_width;
    // A cross-section may leave less than a picture needs.
    let height = (top + free_height).max(MIN_ASPECT * width);
    let mut state = state.clone();
    state.pointer = None;
    let mut viewport = Viewport { width, height, insets: [GAP_PX; 4], ..state.viewport };
    viewport.legend = Default::default();
    let mut drawing = Drawing { size: [width, height], ..Drawing::default() };
    let (mut legend, mut legend_size) = (Vec::new(), [0.0; 2]);
    if is_captioned {
        let (head, below) = heading(&state, &[words::caption(&state)], width);
        drawing.append(head);
        viewport.insets[0] = below + GAP_PX;
        if legend::is_shown(&state) {
            (legend, legend_size) = legend_shapes(&state);
        }
    }
    if state.views().len() > 1 {
        viewport.insets[0] = viewport.insets[0].max(VIEW_NAME_PX + GAP_PX);
    }
    let at = [LEFT_PX, height - TOP_PX - legend_size[1]];
    if !legend.is_empty() {
        let right = at[0] + legend_size[0] + GAP_PX;
        viewport.legend = [[at[0] - GAP_PX, at[1] - GAP_PX, right, height]; 2];
        // Plots side by side leave no room beside them.
        let is_full = state.is_flat() && state.views().len() > 1;
        if width < NARROW_PX || is_full {
            viewport.insets[2] = height - at[1] + GAP_PX;
        }
    }
    state.viewport = viewport;
    let mut over = Drawing { shapes: legend, ..Drawing::default() }.moved(at);
    over.shapes.extend(view_names(&state));
    drawing.append(over);
    Figure { state, drawing }
}

fn over_picture(text: &str, at: [f32; 2], anchor: Anchor, role: TextRole, paint: Paint) -> Shape {
    Shape::Text(Text { halo: Some(Paint::Ground), ..Text::new(text, at, anchor, role, paint) })
}

/// Title and lines of text below it, broken to this width, and how high all of it is.
fn heading(state: &ViewState, lines: &[String], width: f32) -> (Drawing, f32) {
    let mut y = TOP_PX;
    let mut shapes = Vec::new();
    let mut add = |text: &str, role: TextRole, paint, line_px: f32| {
        for line in broken(text, role, width - 2.0 * LEFT_PX) {
            let at = [LEFT_PX, y + line_px / 2.0];
            shapes.push(over_picture(&line, at, Anchor::Start, role, paint));
            y += line_px;
        }
    };
    add(&words::title(state), TextRole::Title, Paint::Ink, 28.0);
    for line in lines {
        add(line, TextRole::Caption, Paint::Secondary, 20.0);
    }
    (Drawing { shapes, ..Drawing::default() }, y + GAP_PX)
}

/// A text in lines of at most this width, about, broken between words.
fn broken(text: &str, role: TextRole, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if role.width(line) + role.width(word) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn view_names(state: &ViewState) -> Vec<Shape> {
    let views = state.views();
    let named = views.iter().filter(|_| views.len() > 1);
    let shape = named.filter_map(|view| {
        let name = state.name(*view.subjects.first()?);
        let [left, top, width, _] = view.viewport.free();
        let at = [left + width / 2.0, top - VIEW_NAME_PX / 2.0];
        Some(over_picture(&name, at, Anchor::Middle, TextRole::Heading, Paint::Ink))
    });
    shape.collect()
}

/// The legend from its upper left corner, and its width and height.
fn legend_shapes(state: &ViewState) -> (Vec<Shape>, [f32; 2]) {
    let name = words::height_text(state);
    let mut shapes =
        vec![over_picture(&name, [0.0, 8.0], Anchor::Start, TextRole::Name, Paint::Ink)];
    let mut y = 20.0;
    let has_cut = legend::has_cut(state);
    let cut_px = if has_cut { CUT_PX + GAP_PX } else { 0.0 };
    let mut width = BAR_PX[0] + cut_px;
    for bar in &legend::bars(state) {
        shapes.extend(bar_shapes(bar, y, has_cut));
        width = width.max(BAR_PX[0] + cut_px + 2.0 * GAP_PX + TextRole::Name.width(&bar.name));
        let has_guessing = bar.ticks.iter().any(|tick| tick.is_guessing);
        y += match bar.ticks.is_empty() {
            true => 16.0,
            false if has_guessing => 48.0,
            false => 34.0,
        };
    }
    if has_cut {
        let at = [BAR_PX[0] + GAP_PX + CUT_PX / 2.0, y - 12.0];
        shapes.push(over_picture("cut", at, Anchor::Middle, TextRole::Tick, Paint::Secondary));
    }
    (shapes, [width, y])
}

fn bar_shapes(bar: &Bar, top: f32, has_cut: bool) -> Vec<Shape> {
    let [width, height] = BAR_PX;
    let (top, bottom) = (top + 2.0, top + 2.0 + height);
    let mut shapes: Vec<Shape> = (0..N_PIECES)
        .map(|i| {
            let [begin, end] = [i, i + 1].map(|i| f32::from(i) / f32::from(N_PIECES) * width);
            let rgb = bar.ramp.rgb((f64::from(i) + 0.5) / f64::from(N_PIECES));
            // A little over the next, so that no seam is seen.
            let end = (end + 0.5).min(width);
            rectangle([begin, top, end, bottom], Paint::Data(rgb))
        })
        .collect();
    let mut right = width + GAP_PX;
    if has_cut {
        shapes.push(rectangle([right, top, right + CUT_PX, bottom], Paint::Cut));
        right += CUT_PX + GAP_PX;
    }
    let middle = (top + bottom) / 2.0;
    if !bar.name.is_empty() {
        let at = [right + 4.0, middle];
        shapes.push(over_picture(&bar.name, at, Anchor::Start, TextRole::Name, Paint::Ink));
    }
    for tick in &bar.ticks {
        let x = tick.place * width;
        let anchor = match tick.place {
            place if place < 0.03 && !tick.is_guessing => Anchor::Start,
            place if place > 0.97 && !tick.is_guessing => Anchor::End,
            _ => Anchor::Middle,
        };
        let (y, paint) = match tick.is_guessing {
            true => (bottom + 25.0, Paint::Ink),
            false => (bottom + 10.0, Paint::Secondary),
        };
        if tick.is_guessing {
            let line = [[x, bottom - 1.0], [x, bottom + 11.0]];
            shapes.push(Shape::line(line, Stroke::solid(Paint::Ink, 1.5)));
        }
        shapes.push(over_picture(&tick.text, [x, y], anchor, TextRole::Tick, paint));
    }
    shapes
}

fn rectangle([left, top, right, bottom]: [f32; 4], paint: Paint) -> Shape {
    let points = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
    Shape::Path { lines: vec![Line { points, is_ring: true }], stroke: None, fill: Some(paint) }
}

/// A mark as it is drawn; what is pointed at is no part of a figure.
fn shape(at: [f32; 2], mark: Mark) -> Option<Shape> {
    let circle = |radius, stroke, fill| Shape::Circle {
        at,
        radius,
        stroke: Some(Stroke::solid(stroke, 1.5)),
        fill: Some(fill),
    };
    match mark {
        Mark::Minimum => Some(circle(4.0, Paint::Ink, Paint::Ground)),
        Mark::Dot => Some(circle(1.8, Paint::Ground, Paint::Ink)),
        Mark::End => Some(circle(4.5, Paint::Ground, Paint::Ink)),
        Mark::Pin => Some(circle(5.5, Paint::Ground, Paint::Accent)),
        Mark::Pointer => None,
    }
}

#[cfg(test)]
mod tests;
