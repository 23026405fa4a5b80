//! A drawing as an SVG file by itself: text as text, no style sheet, colours as they are seen.

use super::{Drawing, Image, Paint, Sink, readable};
use crate::color::{Rgb, css};

/// The colours of the roles in a theme, from the page's style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// See [`Paint::Ground`].
    pub ground: Rgb,
    /// See [`Paint::Ink`].
    pub ink: Rgb,
    /// See [`Paint::Secondary`].
    pub secondary: Rgb,
    /// See [`Paint::Hairline`].
    pub hairline: Rgb,
    /// See [`Paint::Accent`].
    pub accent: Rgb,
    /// See [`Paint::Cut`].
    pub cut: Rgb,
}

impl Palette {
    fn rgb(&self, paint: Paint) -> Rgb {
        match paint {
            Paint::Data(rgb) => rgb,
            Paint::DataOnGround(rgb) => readable(rgb, super::luminance(self.ground)),
            Paint::Ink => self.ink,
            Paint::Secondary => self.secondary,
            Paint::Hairline => self.hairline,
            Paint::Ground => self.ground,
            Paint::Accent => self.accent,
            Paint::Cut => self.cut,
        }
    }
}

/// What a file says of itself, to programs and to those who can't see it.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// What it shows.
    pub title: &'a str,
    /// Where it is from.
    pub description: &'a str,
}

impl Drawing {
    /// The file. On the theme's ground, if `has_ground`. `hrefs` are the addresses of the drawing's
    /// images, as `data:` or nothing else that leads outside.
    pub fn document(
        &self,
        palette: &Palette,
        about: About<'_>,
        has_ground: bool,
        hrefs: &[String],
    ) -> String {
        let mut head = String::new();
        for (name, text) in [("title", about.title), ("desc", about.description)] {
            if !text.is_empty() {
                head += &format!("<{name}>{}</{name}>", escaped(text));
            }
        }
        if has_ground {
            let ground = css(palette.ground);
            head += &format!("<rect width=\"100%\" height=\"100%\" fill=\"{ground}\"/>");
        }
        for (image, href) in self.images.iter().zip(hrefs) {
            let Image { rect: [left, top, right, bottom], .. } = image;
            head += &format!(
                "<image x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                 preserveAspectRatio=\"none\" href=\"{}\"/>",
                right - left,
                bottom - top,
                escaped(href)
            );
        }
        let mut sink = Document { palette, head: Some(head), ..Document::new(palette) };
        self.write(&mut sink);
        sink.text.push('\n');
        sink.text
    }
}

/// Elements as text.
struct Document<'a> {
    palette: &'a Palette,
    text: String,
    open: Vec<&'static str>,
    is_in_tag: bool,
    /// What comes first in the outer element.
    head: Option<String>,
}

impl<'a> Document<'a> {
    fn new(palette: &'a Palette) -> Self {
        Self { palette, text: String::new(), open: Vec::new(), is_in_tag: false, head: None }
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.is_in_tag) {
            self.text.push('>');
            self.text.extend(self.head.take());
        }
    }
}

impl Sink for Document<'_> {
    fn open(&mut self, name: &'static str) {
        self.end_tag();
        self.text.push('<');
        self.text.push_str(name);
        if self.open.is_empty() {
            self.text.push_str(
                " xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, sans-serif\"",
            );
        }
        self.open.push(name);
        self.is_in_tag = true;
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        self.text.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }

    fn paint(&mut self, name: &'static str, paint: Paint) {
        self.attribute(name, &css(self.palette.rgb(paint)));
    }

    fn text(&mut self, text: &str) {
        self.end_tag();
        self.text.push_str(&escaped(text));
    }

    fn close(&mut self) {
        self.end_tag();
        if let Some(name) = self.open.pop() {
            self.text.push_str(&format!("</{name}>"));
        }
    }
}

/// Text from anywhere, never markup; without characters that XML has no place for.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
