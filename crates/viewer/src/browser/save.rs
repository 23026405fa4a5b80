//! Figures and tables to take away: made here, and handed to the browser as downloads.

use super::{App, dom, drawing, export, palette};
use crate::{
    drawing::{About, Drawing},
    figure::{Figure, contour_figure, picture_figure, section_figure, section_table, value_table},
    picture::picture,
    state::{Redraw, ViewState},
    words,
};
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{self, Array};
use web_sys::wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Element, Event, HtmlAnchorElement,
    HtmlCanvasElement, HtmlImageElement, HtmlInputElement, HtmlSelectElement, Url,
};

/// A file's name has at most so many characters of the title.
const MAX_NAME: usize = 60;
/// A download has begun by then, and its bytes may go.
const KEEP_MS: i32 = 60_000;

/// Connects the controls.
pub(super) fn connect(app: &Rc<App>) {
    let on_click = |id: &str, save: fn(&Rc<App>)| {
        let app = app.clone();
        dom::listen(&dom::by_id::<Element>(id), "click", move |_: Event| save(&app));
    };
    on_click("save-png", save_png);
    on_click("save-contours", |app| {
        save_svg(app, "contours", |state, with| Some(contour_figure(state, with).drawing));
    });
    on_click("save-section", |app| save_svg(app, "section", section_figure));
    on_click("save-values", |app| save_table(app, "values", |state| Some(value_table(state))));
    on_click("save-section-values", |app| save_table(app, "section", section_table));
    export::connect(app);
}

/// Offers what there is.
pub(super) fn update(state: &ViewState) {
    let has_surface = state.shown().next().is_some();
    let has_section = has_surface && state.section.is_some();
    for (id, is_there) in [
        ("save-png", has_surface),
        ("save-contours", has_surface),
        ("save-values", has_surface),
        ("save-section", has_section),
        ("save-section-values", has_section),
    ] {
        let button: web_sys::HtmlButtonElement = dom::by_id(id);
        button.set_disabled(!is_there);
    }
    export::update(state);
}

fn is_captioned() -> bool {
    dom::by_id::<HtmlInputElement>("save-captioned").checked()
}

pub(super) fn say(text: &str) {
    dom::set_text(&dom::by_id::<Element>("save-text"), text);
}

fn save_table(app: &App, what: &str, table: fn(&ViewState) -> Option<String>) {
    let state = app.state.borrow();
    let Some(table) = table(&state) else { return };
    let name = file_name(&words::title(&state), what, "csv");
    finish(&name, text_blob(&table, "text/csv;charset=utf-8"));
}

fn save_svg(app: &App, what: &str, figure: fn(&ViewState, bool) -> Option<Drawing>) {
    let state = app.state.borrow();
    let Some(drawing) = figure(&state, is_captioned()) else { return };
    let file = document(&state, &drawing, true);
    let name = file_name(&words::title(&state), what, "svg");
    finish(&name, text_blob(&file, "image/svg+xml"));
}

/// The picture as it is seen, in so many pixels for one of the screen as are chosen.
fn save_png(app: &Rc<App>) {
    let app = app.clone();
    say("");
    spawn_local(async move {
        if let Err(why) = try_save_png(&app).await {
            let why = why.as_string().unwrap_or_else(|| format!("{why:?}"));
            say(&format!("The browser could not make the picture: {why}"));
        }
    });
}

async fn try_save_png(app: &Rc<App>) -> Result<(), JsValue> {
    let chosen = dom::by_id::<HtmlSelectElement>("save-scale").value();
    let scale = crate::number::parse(&chosen).unwrap_or(1.0) as f32;
    let (out, svg, name, scale) = {
        let state = app.state.borrow();
        let has_scene = !state.is_flat();
        let figure = if has_scene { picture_figure } else { contour_figure };
        let Figure { state, drawing } = figure(&state, is_captioned());
        let [width, height] = drawing.size;
        let scale = scale.min((app.max_side() as f32 / width.max(height)).max(1.0));
        let px = |length: f32| (length * scale).round().max(1.0) as u32;
        let out: HtmlCanvasElement = dom::document().create_element("canvas")?.dyn_into()?;
        out.set_width(px(width));
        out.set_height(px(height));
        let context = context(&out)?;
        context.set_fill_style_str(&crate::color::css(palette().ground));
        context.fill_rect(0.0, 0.0, f64::from(out.width()), f64::from(out.height()));
        if has_scene {
            // Drawn in the pixels wanted, and taken over before the browser shows it.
            let drawn = app.draw(&picture(&state, scale / state.viewport.pixel_ratio));
            app.request(Redraw::Picture);
            drawn?;
            context.draw_image_with_html_canvas_element(&app.canvas, 0.0, 0.0)?;
        }
        let name = file_name(&words::title(&state), "", "png");
        (out, document(&state, &drawing, false), name, scale)
    };

    let image = HtmlImageElement::new()?;
    let code = String::from(js_sys::encode_uri_component(&svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{code}"));
    JsFuture::from(image.decode()).await?;
    context(&out)?.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        f64::from(out.width()),
        f64::from(out.height()),
    )?;
    let done = Closure::once_into_js(move |blob: Option<Blob>| {
        let blob = blob.ok_or_else(|| JsValue::from("it has no memory left"));
        finish(&name, blob);
        if let Some(fewer) = fewer(&chosen, scale) {
            say(&fewer);
        }
    });
    out.to_blob_with_type(done.unchecked_ref(), "image/png")
}

/// What is said where fewer pixels than chosen are had.
fn fewer(chosen: &str, scale: f32) -> Option<String> {
    let is_less = crate::number::parse(chosen).is_some_and(|chosen| scale < chosen as f32);
    is_less.then(|| format!("Saved at {scale:.1}\u{d7}: the graphics device draws no more pixels."))
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or("it gives no canvas")?;
    Ok(context.unchecked_into())
}

/// A drawing as a file that says what it shows and how to see it again.
fn document(state: &ViewState, drawing: &Drawing, has_ground: bool) -> String {
    let href = |image| drawing::canvas(image).and_then(|canvas| canvas.to_data_url().ok());
    let hrefs: Vec<String> =
        drawing.images.iter().map(|image| href(image).unwrap_or_default()).collect();
    let address = dom::window().location().href().unwrap_or_default();
    let description = format!("{}. {address}", words::caption(state));
    let about = About { title: &words::title(state), description: &description };
    drawing.document(&palette(), about, has_ground, &hrefs)
}

fn text_blob(text: &str, media_type: &str) -> Result<Blob, JsValue> {
    blob(&Array::of1(&text.into()), media_type)
}

/// Texts and bytes as a file.
pub(super) fn blob(parts: &Array, media_type: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_blob_sequence_and_options(parts, &options)
}

/// Hands a file to the browser, and says so.
pub(super) fn finish(name: &str, blob: Result<Blob, JsValue>) {
    let saved = blob.and_then(|blob| download(name, &blob));
    match saved {
        Ok(()) => say(&format!("Saved as {name}.")),
        Err(why) => {
            let why = why.as_string().unwrap_or_else(|| format!("{why:?}"));
            say(&format!("The browser could not save {name}: {why}"));
        }
    }
}

fn download(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = dom::document().create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    dom::after(KEEP_MS, move || {
        let _ = Url::revoke_object_url(&url);
    });
    Ok(())
}

/// A name made of a title: letters, digits and hyphens, whatever was in it.
pub(super) fn file_name(title: &str, what: &str, ending: &str) -> String {
    let title = title.to_lowercase();
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("-");
    name.truncate(MAX_NAME);
    name.truncate(name.trim_end_matches('-').len());
    if !what.is_empty() {
        name = format!("{name}-{what}");
    }
    format!("{name}.{ending}")
}
