//! What is shown, as figures to take away: the picture with all that stands over it, contour plots and
//! the cross-section as drawings, and the numbers as tables.

mod table;

use crate::{
    axes::Role,
    drawing::{Anchor, Drawing, Line, Paint, Shape, Stroke, Text, TextRole},
    legend::{self, Bar},
    level_labels,
    marks::{self, Mark},
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
/// A cross-section by itself.
const SECTION_PX: [f32; 2] = [640.0, 320.0];

/// A part of the canvas, and what stands over the picture there.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Left, top, width and height of the part, in CSS pixels.
    pub rect: [f32; 4],
    /// As large as the part.
    pub drawing: Drawing,
}

/// The picture's labels and marks, or the contour plots where they are shown; with heading, caption and
/// legend, if wanted.
pub fn picture_figure(state: &ViewState, is_captioned: bool) -> Figure {
    if state.style.is_flat {
        return contour_figure(state, is_captioned);
    }
    let mut shapes = Vec::new();
    for view in state.views() {
        for label in level_labels::labels(state, &view) {
            let (role, paint) = match label.role {
                Role::Name => (TextRole::Name, Paint::Ink),
                Role::Value => (TextRole::Tick, Paint::Secondary),
                Role::Level => (TextRole::Level, Paint::Ink),
            };
            let mut text = Text::new(&label.text, [label.x, label.y], Anchor::Middle, role, paint);
            text.halo = Some(Paint::Ground);
            shapes.push(Shape::Text(text));
        }
    }
    shapes.extend(view_names(state));
    shapes.extend(marks::on_surfaces(state).into_iter().filter_map(|(at, mark)| shape(at, mark)));
    framed(state, is_captioned, Drawing { shapes, ..Drawing::default() })
}

/// The contour plots of what is shown, however it is shown.
pub fn contour_figure(state: &ViewState, is_captioned: bool) -> Figure {
    let mut drawing = Drawing::default();
    for view in contour_plots(state) {
        let [left, top, ..] = view.rect;
        drawing.append(view.plot.drawing.moved([left, top]));
    }
    framed(state, is_captioned, drawing)
}

/// The cross-section, with a heading; `None` where there is none.
pub fn section_figure(state: &ViewState, is_captioned: bool) -> Option<Drawing> {
    let [from, to] = state.section?;
    let plot = profile_plot(state, SECTION_PX)?;
    if !is_captioned {
        return Some(plot.drawing);
    }
    let place = |[alpha, beta]: [f64; 2]| format!("({}, {})", value_text(alpha), value_text(beta));
    let where_it_is = format!("From (alpha, beta) = {} to {}", place(from), place(to));
    let (mut drawing, height) = heading(state, &[where_it_is], SECTION_PX[0]);
    drawing.append(plot.drawing.moved([0.0, height]));
    drawing.size = [SECTION_PX[0], SECTION_PX[1] + height];
    Some(drawing)
}

/// Cuts the free part of the canvas out of a drawing over all of it, with heading and legend if wanted.
fn framed(state: &ViewState, is_captioned: bool, mut drawing: Drawing) -> Figure {
    let [left, top, width, height] = state.viewport.free();
    if !is_captioned {
        let mut drawing = drawing.moved([-left, -top]);
        drawing.size = [width, height];
        return Figure { rect: [left, top, width, height], drawing };
    }
    let (head, _) = heading(state, &[words::caption(state)], left + width);
    drawing.append(head);
    let mut bottom = top + height;
    if legend::is_shown(state) {
        // Where the page has it: beside the picture, or below.
        let [name, scale] = state.viewport.legend;
        bottom = bottom.max(scale[3]).min(state.viewport.height);
        let at = [name[0].max(0.0) + GAP_PX, name[1].max(0.0) + GAP_PX];
        drawing.shapes.extend(legend_shapes(state, at));
    }
    drawing.size = [left + width, bottom];
    Figure { rect: [0.0, 0.0, left + width, bottom], drawing }
}

/// Title and lines of text below it, broken to this width, and how high all of it is.
fn heading(state: &ViewState, lines: &[String], width: f32) -> (Drawing, f32) {
    let mut y = TOP_PX;
    let mut shapes = Vec::new();
    let mut add = |text: &str, role: TextRole, paint, line_px: f32| {
        for line in broken(text, role, width - 2.0 * LEFT_PX) {
            let at = [LEFT_PX, y + line_px / 2.0];
            let mut text = Text::new(&line, at, Anchor::Start, role, paint);
            text.halo = Some(Paint::Ground);
            shapes.push(Shape::Text(text));
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
        let at = [left + width / 2.0, top - 14.0];
        let mut text = Text::new(&name, at, Anchor::Middle, TextRole::Caption, Paint::Ink);
        text.halo = Some(Paint::Ground);
        Some(Shape::Text(text))
    });
    shape.collect()
}

fn legend_shapes(state: &ViewState, [left, top]: [f32; 2]) -> Vec<Shape> {
    let name = words::height_text(state);
    let at = [left, top + 8.0];
    let mut shapes = vec![Shape::text(&name, at, Anchor::Start, TextRole::Name, Paint::Ink)];
    let mut y = top + 20.0;
    let has_cut = legend::has_cut(state);
    let bars = legend::bars(state);
    for bar in &bars {
        shapes.extend(bar_shapes(bar, [left, y], has_cut));
        let has_guessing = bar.ticks.iter().any(|tick| tick.is_guessing);
        y += match bar.ticks.is_empty() {
            true => 16.0,
            false if has_guessing => 48.0,
            false => 34.0,
        };
    }
    if has_cut {
        let at = [left + BAR_PX[0] + GAP_PX + CUT_PX / 2.0, y - 16.0];
        shapes.push(Shape::text("cut", at, Anchor::Middle, TextRole::Tick, Paint::Secondary));
    }
    shapes
}

fn bar_shapes(bar: &Bar, [left, top]: [f32; 2], has_cut: bool) -> Vec<Shape> {
    let [width, height] = BAR_PX;
    let (top, bottom) = (top + 2.0, top + 2.0 + height);
    let mut shapes: Vec<Shape> = (0..N_PIECES)
        .map(|i| {
            let [begin, end] = [i, i + 1].map(|i| f32::from(i) / f32::from(N_PIECES) * width);
            let rgb = bar.ramp.rgb((f64::from(i) + 0.5) / f64::from(N_PIECES));
            // A little over the next, so that no seam is seen.
            let end = (end + 0.5).min(width);
            rectangle([left + begin, top, left + end, bottom], Paint::Data(rgb))
        })
        .collect();
    let mut right = left + width + GAP_PX;
    if has_cut {
        shapes.push(rectangle([right, top, right + CUT_PX, bottom], Paint::Cut));
        right += CUT_PX + GAP_PX;
    }
    let middle = (top + bottom) / 2.0;
    let name =
        Text::new(&bar.name, [right + 4.0, middle], Anchor::Start, TextRole::Name, Paint::Ink);
    shapes.extend((!bar.name.is_empty()).then_some(Shape::Text(name)));
    for tick in &bar.ticks {
        let x = left + tick.place * width;
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
        shapes.push(Shape::text(&tick.text, [x, y], anchor, TextRole::Tick, paint));
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
