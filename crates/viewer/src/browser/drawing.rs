//! Drawings as nodes of the page: an `svg` element, and a canvas below it for the image. Everything
//! goes through the object model, so that no text is ever markup, and the page's policy needs no
//! exception.

use super::dom;
use crate::drawing::{Drawing, Image, Sink};
use web_sys::wasm_bindgen::{Clamped, JsCast as _};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement, ImageData};

const SVG: &str = "http://www.w3.org/2000/svg";

/// Shows a drawing in place of what was in `parent`, from its upper left corner. The parent tells
/// readers what it is, by its label: the nodes are hidden from them. It must be positioned, for the
/// canvas.
pub(super) fn show(parent: &HtmlElement, drawing: &Drawing) {
    parent.set_text_content(None);
    let mut nodes = Nodes { open: vec![parent.clone().into()] };
    drawing.write(&mut nodes);
    if let Some(svg) = parent.first_element_child() {
        let _ = svg.set_attribute("aria-hidden", "true");
    }
    for image in &drawing.images {
        let Some(canvas) = canvas(image) else { continue };
        let [left, top, right, bottom] = image.rect;
        for (property, px) in
            [("left", left), ("top", top), ("width", right - left), ("height", bottom - top)]
        {
            dom::set_style(&canvas, property, &format!("{px:.1}px"));
        }
        dom::set_style(&canvas, "position", "absolute");
        dom::set_style(&canvas, "z-index", "-1");
        let _ = canvas.set_attribute("aria-hidden", "true");
        let _ = parent.append_child(&canvas);
        // The canvas is below what is in the parent, and not below the parent.
        dom::set_style(parent, "isolation", "isolate");
    }
}

/// The pixels of an image; `None` where the browser has no memory left for them.
pub(super) fn canvas(image: &Image) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement =
        dom::document().create_element("canvas").ok()?.dyn_into().ok()?;
    let data = ImageData::new_with_u8_clamped_array(Clamped(&image.rgba), image.n_columns).ok()?;
    canvas.set_width(data.width());
    canvas.set_height(data.height());
    let context = canvas.get_context("2d").ok()??;
    context.unchecked_into::<CanvasRenderingContext2d>().put_image_data(&data, 0.0, 0.0).ok()?;
    Some(canvas)
}

/// The elements that are open, from the drawing's parent to the innermost.
struct Nodes {
    open: Vec<Element>,
}

impl Nodes {
    fn innermost(&self) -> &Element {
        &self.open[self.open.len() - 1]
    }
}

impl Sink for Nodes {
    fn open(&mut self, name: &'static str) {
        let element =
            dom::document().create_element_ns(Some(SVG), name).expect("SVG has this element");
        let _ = self.innermost().append_child(&element);
        self.open.push(element);
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        let _ = self.innermost().set_attribute(name, value);
    }

    fn text(&mut self, text: &str) {
        self.innermost().set_text_content(Some(text));
    }

    fn close(&mut self) {
        self.open.pop();
    }
}
