//! A drawing as SVG elements, whoever makes nodes or text of them.

use super::{Anchor, Drawing, Line, Paint, Shape, Stroke, Text, TextRole};

/// What SVG elements are told to.
pub trait Sink {
    /// An element begins, within the one that is open.
    fn open(&mut self, name: &'static str);
    /// The open element has this attribute.
    fn attribute(&mut self, name: &'static str, value: &str);
    /// The open element has this colour.
    fn paint(&mut self, name: &'static str, paint: Paint) {
        self.attribute(name, &paint.css());
    }
    /// The open element has this text in it: text, never markup.
    fn text(&mut self, text: &str);
    /// The open element ends.
    fn close(&mut self);
}

impl Drawing {
    /// Tells everything but the images, from the outer `svg` to its end.
    pub fn write(&self, sink: &mut dyn Sink) {
        let [width, height] = self.size;
        open_svg(sink, [0.0, 0.0, width, height]);
        write_shapes(&self.shapes, sink);
        sink.close();
    }
}

/// An `svg` element with the coordinates of what is around it, which cuts off what leaves it.
fn open_svg(sink: &mut dyn Sink, [left, top, right, bottom]: [f32; 4]) {
    sink.open("svg");
    let numbers = [left, top, right - left, bottom - top].map(tenths);
    for (name, number) in ["x", "y", "width", "height"].into_iter().zip(&numbers) {
        sink.attribute(name, number);
    }
    sink.attribute("viewBox", &numbers.join(" "));
}

fn write_shapes(shapes: &[Shape], sink: &mut dyn Sink) {
    for shape in shapes {
        match shape {
            Shape::Clipped(rect, shapes) => {
                open_svg(sink, *rect);
                write_shapes(shapes, sink);
            }
            Shape::Path { lines, stroke, fill } => {
                sink.open("path");
                sink.attribute("d", &path_data(lines));
                write_look(*stroke, *fill, sink);
            }
            Shape::Circle { at, radius, stroke, fill } => {
                sink.open("circle");
                for (name, number) in [("cx", at[0]), ("cy", at[1]), ("r", *radius)] {
                    sink.attribute(name, &tenths(number));
                }
                write_look(*stroke, *fill, sink);
            }
            Shape::Text(text) => write_text(text, sink),
        }
        sink.close();
    }
}

fn write_look(stroke: Option<Stroke>, fill: Option<Paint>, sink: &mut dyn Sink) {
    match fill {
        Some(paint) => sink.paint("fill", paint),
        None => sink.attribute("fill", "none"),
    }
    let Some(stroke) = stroke else { return };
    sink.paint("stroke", stroke.paint);
    sink.attribute("stroke-width", &tenths(stroke.width));
    sink.attribute("stroke-linejoin", "round");
    if stroke.opacity < 1.0 {
        sink.attribute("stroke-opacity", &tenths(stroke.opacity));
    }
    if let Some(dash) = stroke.dash {
        sink.attribute("stroke-dasharray", &dash.map(tenths).join(" "));
    }
}

fn write_text(text: &Text, sink: &mut dyn Sink) {
    sink.open("text");
    let [x, y] = text.at;
    let size = text.role.size();
    sink.attribute("x", &tenths(x));
    // Not by `dominant-baseline`, which some programs that read SVG don't know.
    sink.attribute("y", &tenths(y + 0.36 * size));
    sink.attribute("font-size", &tenths(size));
    if matches!(text.role, TextRole::Title | TextRole::Heading) {
        sink.attribute("font-weight", "600");
    }
    sink.paint("fill", text.paint);
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => sink.attribute("text-anchor", "middle"),
        Anchor::End => sink.attribute("text-anchor", "end"),
    }
    if text.angle != 0.0 {
        let [angle, x, y] = [text.angle, x, y].map(tenths);
        sink.attribute("transform", &format!("rotate({angle} {x} {y})"));
    }
    if let Some(halo) = text.halo {
        sink.paint("stroke", halo);
        sink.attribute("stroke-width", "3");
        sink.attribute("stroke-linejoin", "round");
        sink.attribute("paint-order", "stroke");
    }
    sink.text(&text.text);
}

/// The `d` of an SVG path.
fn path_data(lines: &[Line]) -> String {
    let mut data = String::new();
    for line in lines {
        let mut separator = 'M';
        for point in &line.points {
            data.push(separator);
            push_tenths(&mut data, point[0]);
            data.push(' ');
            push_tenths(&mut data, point[1]);
            separator = 'L';
        }
        if line.is_ring {
            data.push('Z');
        }
    }
    data
}

/// A number to a tenth, which is all that a pixel shows.
fn tenths(number: f32) -> String {
    let mut text = String::new();
    push_tenths(&mut text, number);
    text
}

/// In integers, since a path is thousands of numbers. What is no number becomes 0.
fn push_tenths(text: &mut String, number: f32) {
    let tenths = (number * 10.0).round() as i32;
    if tenths < 0 {
        text.push('-');
    }
    let tenths = tenths.unsigned_abs();
    text.push_str(&(tenths / 10).to_string());
    if !tenths.is_multiple_of(10) {
        text.push('.');
        text.push((b'0' + (tenths % 10) as u8) as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements as text, an attribute in quotes.
    #[derive(Default)]
    struct TextSink {
        text: String,
        open: Vec<&'static str>,
        is_in_tag: bool,
    }

    impl TextSink {
        fn end_tag(&mut self) {
            if std::mem::take(&mut self.is_in_tag) {
                self.text.push('>');
            }
        }
    }

    impl Sink for TextSink {
        fn open(&mut self, name: &'static str) {
            self.end_tag();
            self.text += &format!("<{name}");
            self.open.push(name);
            self.is_in_tag = true;
        }
        fn attribute(&mut self, name: &'static str, value: &str) {
            assert!(self.is_in_tag, "{name}={value:?} after the element's content");
            self.text += &format!(" {name}=\"{value}\"");
        }
        fn text(&mut self, text: &str) {
            self.end_tag();
            self.text += text;
        }
        fn close(&mut self) {
            self.end_tag();
            let name = self.open.pop().expect("as many ends as beginnings");
            self.text += &format!("</{name}>");
        }
    }

    fn svg(drawing: &Drawing) -> String {
        let mut sink = TextSink::default();
        drawing.write(&mut sink);
        assert!(sink.open.is_empty(), "{:?} still open", sink.open);
        sink.text
    }

    #[test]
    fn shapes_become_elements_in_their_order() {
        let ring = Line { points: vec![[0.0, 1.04], [-2.25, 3.0]], is_ring: true };
        let stroke =
            Stroke { opacity: 0.5, dash: Some([4.0, 2.0]), ..Stroke::solid(Paint::Ink, 1.5) };
        let path = Shape::Path { lines: vec![ring], stroke: Some(stroke), fill: None };
        let name = Text {
            text: "a < b".into(),
            at: [10.0, 20.0],
            anchor: Anchor::Middle,
            role: TextRole::Name,
            angle: -90.0,
            paint: Paint::Data([255, 0, 1]),
            halo: Some(Paint::Ground),
        };
        let drawing = Drawing {
            size: [30.0, 40.0],
            images: Vec::new(),
            shapes: vec![Shape::Clipped([1.0, 2.0, 11.0, 22.0], vec![path]), Shape::Text(name)],
        };
        assert_eq!(
            svg(&drawing),
            concat!(
                r#"<svg x="0" y="0" width="30" height="40" viewBox="0 0 30 40">"#,
                r#"<svg x="1" y="2" width="10" height="20" viewBox="1 2 10 20">"#,
                r#"<path d="M0 1L-2.3 3Z" fill="none" stroke="var(--ink)" stroke-width="1.5""#,
                r#" stroke-linejoin="round" stroke-opacity="0.5""#,
                r#" stroke-dasharray="4 2"></path></svg>"#,
                r##"<text x="10" y="24.3" font-size="12" fill="#ff0001" text-anchor="middle""##,
                r#" transform="rotate(-90 10 20)" stroke="var(--ground)" stroke-width="3""#,
                r#" stroke-linejoin="round" paint-order="stroke">a < b</text></svg>"#,
            )
        );
    }

    #[test]
    fn numbers_are_short() {
        let written = [0.0, -0.04, 0.05, -0.1, 12.34, 720.0, f32::NAN].map(tenths);
        assert_eq!(written, ["0", "0", "0.1", "-0.1", "12.3", "720", "0"]);
    }
}
