use super::*;
use crate::{
    camera::Viewport,
    drawing::{About, Palette},
    plots,
    sheet::{Sheet, tests::surface},
    state::{Action, reduce},
    style::Layout,
};
use std::rc::Rc;

const PALETTE: Palette = Palette {
    ground: [255, 255, 255],
    ink: [0, 0, 0],
    secondary: [90, 90, 90],
    hairline: [220, 220, 220],
    accent: [0, 0, 255],
    cut: [200, 200, 200],
};

fn two_shown() -> ViewState {
    let mut state = plots::tests::two_shown();
    let viewport = Viewport {
        width: 1000.0,
        height: 700.0,
        insets: [80.0, 300.0, 0.0, 0.0],
        legend: [[18.0, 600.0, 200.0, 620.0], [18.0, 620.0, 300.0, 690.0]],
        ..Viewport::default()
    };
    reduce(&mut state, Action::Resize(viewport));
    state
}

fn texts(drawing: &Drawing) -> Vec<String> {
    fn of(shapes: &[Shape]) -> Vec<String> {
        let texts = shapes.iter().flat_map(|shape| match shape {
            Shape::Text(text) => vec![text.text.clone()],
            Shape::Clipped(_, shapes) => of(shapes),
            _ => Vec::new(),
        });
        texts.collect()
    }
    of(&drawing.shapes)
}

#[test]
fn a_figure_has_the_labels_and_if_wanted_heading_and_legend() {
    let state = two_shown();
    let plain = picture_figure(&state, false);
    assert_eq!(plain.drawing.size, [700.0, 700.0], "as wide as the panel leaves free");
    let said = texts(&plain.drawing);
    assert!(said.iter().any(|text| text == "alpha"), "{said:?}");

    let whole = picture_figure(&state, true);
    assert_eq!(whole.drawing.size, [700.0, 700.0]);
    let said_with = texts(&whole.drawing);
    for text in [words::height_text(&state), state.name(crate::picture::Subject::Surface(1))] {
        assert!(said_with.contains(&text) && !said.contains(&text), "{text}: {said_with:?}");
    }
    let title = words::title(&state);
    assert!(title.starts_with(&said_with[0]), "{title}: {said_with:?}");
    let top = |figure: &Figure| figure.state.viewport.free()[1];
    assert!(top(&whole) > top(&plain) + 40.0, "room for the heading");
}

#[test]
fn a_figure_has_the_way_of_a_ball_in_space_and_in_the_plane() {
    let mut state = two_shown();
    let n_accents = |figure: Figure| {
        fn count(shapes: &[Shape]) -> usize {
            let n = shapes.iter().map(|shape| match shape {
                Shape::Clipped(_, shapes) => count(shapes),
                Shape::Path { stroke: Some(stroke), .. } => {
                    usize::from(matches!(stroke.paint, Paint::Accent | Paint::DataOnGround(_)))
                }
                _ => 0,
            });
            n.sum()
        }
        count(&figure.drawing.shapes)
    };
    let of = |state: &ViewState| {
        [n_accents(picture_figure(state, false)), n_accents(contour_figure(state, false))]
    };
    let plain = of(&state);
    reduce(&mut state, Action::SetBall(Some(crate::ball::Ball::at([0.5, 0.25]))));
    let with_ball = of(&state);
    assert!(with_ball[0] >= plain[0] + 2, "{plain:?} {with_ball:?}");
    assert_eq!(with_ball[1], plain[1] + 2, "one a surface");
}

#[test]
fn everything_in_a_figure_is_within_it() {
    let mut state = two_shown();
    reduce(&mut state, Action::SetSection(Some([[-1.0, 0.0], [1.0, 0.0]])));
    for (width, insets) in [(1000.0, [80.0, 300.0, 260.0, 0.0]), (360.0, [80.0, 0.0, 400.0, 0.0])] {
        let viewport = Viewport { width, height: 720.0, insets, ..state.viewport };
        reduce(&mut state, Action::Resize(viewport));
        for layout in [Layout::Overlay, Layout::Side] {
            reduce(&mut state, Action::SetLayout(layout));
            for is_captioned in [false, true] {
                for make in [picture_figure, contour_figure] {
                    let Drawing { size, shapes, .. } = make(&state, is_captioned).drawing;
                    for shape in &shapes {
                        let Shape::Text(text) = shape else { continue };
                        let is_in = (0..2).all(|i| (0.0..=size[i]).contains(&text.at[i]));
                        assert!(is_in, "{text:?} of {size:?}, {layout:?}, {is_captioned}");
                    }
                }
            }
        }
    }
}

#[test]
fn contour_plots_side_by_side_are_one_figure() {
    let mut state = two_shown();
    reduce(&mut state, Action::SetLayout(Layout::Side));
    let drawing = contour_figure(&state, false).drawing;
    assert_eq!(drawing.images.len(), 2);
    let [a, b] = [0, 1].map(|i| drawing.images[i].rect);
    assert!(a[0] >= 0.0 && a[2] <= b[0] && b[2] <= drawing.size[0], "{a:?} {b:?}");
    let said = texts(&drawing);
    assert!(said.contains(&"A".into()) && said.contains(&"B".into()), "{said:?}");
    // Nothing is drawn over the legend.
    let figure = contour_figure(&state, true);
    let top = figure.state.viewport.legend[0][1];
    assert!(figure.drawing.images.iter().all(|image| image.rect[3] < top));
}

#[test]
fn a_file_of_svg_is_text_in_its_own_colours_and_never_markup() {
    let mut state = two_shown();
    reduce(&mut state, Action::SetSection(Some([[-1.0, 0.0], [1.0, 0.0]])));
    let drawing = section_figure(&state, true).expect("a cross-section");
    let about = About { title: "<script>alert(1)</script>", description: "a & \"b\"\u{1}" };
    let file = drawing.document(&PALETTE, about, true, &[]);
    assert!(file.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{file}");
    assert!(file.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"), "{file}");
    assert!(file.contains("<desc>a &amp; &quot;b&quot;\u{fffd}</desc>"), "{file}");
    assert!(
        file.contains(">From (alpha, beta) = (\u{2212}1.000, 0) to (1.000, 0)</text>"),
        "{file}"
    );
    for foreign in ["var(", "light-dark(", "style=", "class="] {
        assert!(!file.contains(foreign), "{foreign} in {file}");
    }
    assert_eq!(file.matches("<text").count(), texts(&drawing).len());
}

#[test]
fn tables_have_a_row_a_point_and_read_back_as_the_same() {
    let mut state = two_shown();
    let table = value_table(&state);
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[0], "surface,field,alpha,beta,value");
    assert_eq!(rows.len(), 1 + 2 * 81);
    let last: Vec<&str> = rows[162].rsplit(',').collect();
    assert_eq!(last[..3], ["8.0", "1.0", "1.0"], "value, beta, alpha");

    assert!(section_table(&state).is_none());
    reduce(&mut state, Action::SetSection(Some([[-1.0, 0.5], [1.0, 0.5]])));
    let section = section_table(&state).expect("a cross-section");
    for row in section.lines().skip(1) {
        let numbers: Vec<f64> =
            row.split(',').skip(2).map(|cell| cell.parse().expect("a number")).collect();
        let [distance, alpha, beta, _] = numbers[..] else { panic!("{row}") };
        assert!((alpha - (distance - 1.0)).abs() < 1e-9 && beta == 0.5, "{row}");
    }
}

#[test]
fn a_name_with_a_comma_is_one_cell() {
    let mut state = two_shown();
    let odd =
        surface("-1:1:2", "-1:1:2", &[("train_loss", vec![1.0, f32::NAN, f32::INFINITY, 2.0])]);
    let odd = odd.with_title("a, \"b\"").expect("a title");
    reduce(&mut state, Action::Opened(vec![Rc::new(Sheet::new(odd))]));
    let table = value_table(&state);
    let rows: Vec<&str> =
        table.lines().filter(|row| row.starts_with("\"a, \"\"b\"\"\",")).collect();
    let ends: Vec<&str> = rows.iter().filter_map(|row| row.rsplit(',').next()).collect();
    assert_eq!(ends, ["1.0", "", "inf", "2.0"]);
}

#[test]
fn text_is_broken_between_words() {
    let lines = broken("one two three four", TextRole::Caption, 80.0);
    assert_eq!(lines.concat().replace(' ', ""), "onetwothreefour");
    assert!(lines.len() > 1 && lines.iter().all(|line| TextRole::Caption.width(line) <= 80.0));
    assert_eq!(broken("immeasurably", TextRole::Caption, 10.0), ["immeasurably"]);
}
