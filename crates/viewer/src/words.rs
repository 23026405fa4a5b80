//! What the page says about what it shows: title, caption, shares, the camera.

use crate::{
    ball::{Ball, End, Rolled},
    camera::Camera,
    compare::MAX_VIEWS,
    picture::Subject,
    sheet::Sheet,
    state::{Status, Tool, ViewState},
    ticks::{grouped, percent_text, tick_text, value_text},
};
use lossland_surface::{DirectionSource, Normalisation, Provenance};

/// The heading: a sentence on what is shown.
pub fn title(state: &ViewState) -> String {
    let sheets: Vec<&Sheet> = state.shown().map(|(_, sheet)| sheet.as_ref()).collect();
    let is_difference = state.sheet(Subject::Difference).is_some();
    let names = match &sheets[..] {
        [] => return empty_title(state).into(),
        _ if is_difference => state.name(Subject::Difference),
        [one] => one.surface().title().to_owned(),
        [one, other] => format!("{} and {}", one.surface().title(), other.surface().title()),
        more => format!("{} surfaces", more.len()),
    };
    let field = shared(&sheets, |sheet| Some(sheet.field().kind().label().to_owned()))
        .unwrap_or_else(|| "several fields".into());
    match shared(&sheets, |sheet| Some(provenance(sheet).dataset.as_ref()?.name.clone())) {
        Some(dataset) if !dataset.is_empty() => format!("{names}, {dataset} {field}"),
        _ => format!("{names}, {field}"),
    }
}

fn empty_title(state: &ViewState) -> &'static str {
    let has_failed = state
        .entries
        .iter()
        .any(|entry| entry.is_shown && matches!(entry.status, Status::Failed(_)));
    if state.catalog_error.is_some() {
        "The list of surfaces can\u{2019}t be read"
    } else if has_failed && !state.is_loading() {
        "This surface can\u{2019}t be shown"
    } else if state.is_loading() {
        "Loss landscapes of neural networks"
    } else if state.entries.is_empty() {
        "No surfaces here"
    } else {
        "Choose a surface"
    }
}

/// The line below the heading: plane, images, epochs and cut, as far as known and, of several
/// surfaces, the same for all.
pub fn caption(state: &ViewState) -> String {
    let sheets: Vec<&Sheet> = state.shown().map(|(_, sheet)| sheet.as_ref()).collect();
    if state.tool != Tool::Pin {
        // On a phone there is no other place for it.
        return tool_text(state).into();
    }
    if sheets.is_empty() {
        return loading_text(state);
    }
    if sheets.iter().all(|sheet| sheet.n_computed() == 0) {
        return "No point has been computed yet, so there is nothing to draw".into();
    }
    let scale = state.plot().scale;
    if !sheets.iter().any(|sheet| sheet.has_area(&scale)) {
        return "Too few points have been computed yet to draw a surface".into();
    }
    let facts = [
        unfinished_text(&sheets),
        views_text(state),
        shared(&sheets, |sheet| plane_text(provenance(sheet))),
        shared(&sheets, |sheet| images_text(provenance(sheet))),
        shared(&sheets, |sheet| {
            let epochs = provenance(sheet).training.as_ref()?.epochs;
            Some(format!("{epochs} epochs"))
        }),
        // Without the digest, which is for programs.
        shared(&sheets, |sheet| provenance(sheet).imported_from.clone()).map(|origin| {
            format!("imported from {}", origin.split(" with SHA-256").next().unwrap_or_default())
        }),
        cut_text(state),
        lowest_text(state, &sheets),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    capitalised(&facts.join(" \u{b7} "))
}

fn loading_text(state: &ViewState) -> String {
    let loading = state.entries.iter().find_map(|entry| match entry.status {
        Status::Loading { n_bytes } if entry.is_shown => {
            Some(format!("Loading {}: {}", entry.title, progress_text(n_bytes, entry.n_bytes)))
        }
        _ => None,
    });
    let has_failed = state.entries.iter().any(|entry| matches!(entry.status, Status::Failed(_)));
    loading.unwrap_or_else(|| match state.catalog_error {
        None if !has_failed => String::new(),
        _ => "The panel says why, and what can be done".into(),
    })
}

fn progress_text(n_bytes: u64, n_total: u64) -> String {
    if n_total > n_bytes {
        format!("{} of {}", bytes_text(n_bytes), bytes_text(n_total))
    } else {
        bytes_text(n_bytes)
    }
}

/// A number of bytes, for people.
fn bytes_text(n_bytes: u64) -> String {
    match n_bytes {
        0..10_000 => format!("{n_bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", n_bytes / 1000),
        _ => format!("{} MB", n_bytes / 1_000_000),
    }
}

fn provenance(sheet: &Sheet) -> &Provenance {
    sheet.surface().provenance()
}

/// What all have in common, if anything.
fn shared(sheets: &[&Sheet], of: impl Fn(&Sheet) -> Option<String>) -> Option<String> {
    let mut all = sheets.iter().map(|sheet| of(sheet));
    let first = all.next()??;
    all.all(|other| other.as_deref() == Some(&first)).then_some(first)
}

fn plane_text(provenance: &Provenance) -> Option<String> {
    let directions = provenance.directions.as_ref()?;
    let normalised = match directions.normalisation {
        Normalisation::Filter => "filter-normalised ",
        Normalisation::Layer => "layer-normalised ",
        Normalisation::Weight => "weight-normalised ",
        Normalisation::None => "",
    };
    Some(match &directions.source {
        DirectionSource::Seed(seed) => {
            format!("{normalised}random plane, seed {seed}")
        }
        DirectionSource::FileSha256(_) => {
            format!("{normalised}plane of given directions")
        }
    })
}

fn images_text(provenance: &Provenance) -> Option<String> {
    let dataset = provenance.dataset.as_ref()?;
    let n_images = |split: &Option<lossland_surface::Split>| split.as_ref().map(|s| s.n_used);
    match (n_images(&dataset.train), n_images(&dataset.test)) {
        (Some(train), _) => Some(format!("{} training images", grouped(train))),
        (None, Some(test)) => Some(format!("{} test images", grouped(test))),
        (None, None) => None,
    }
}

/// What several boxes have in common, or not.
fn views_text(state: &ViewState) -> Option<String> {
    let n_views = state.views().len();
    let n_left_out = state.shown().count().saturating_sub(n_views);
    let scales = if state.style.has_own_scales { "each on its own scale" } else { "one scale" };
    match n_views {
        1 => None,
        MAX_VIEWS if n_left_out > 0 => {
            Some(format!("the first {MAX_VIEWS} of {}, {scales}", MAX_VIEWS + n_left_out))
        }
        _ => Some(scales.into()),
    }
}

/// What is not as computed, since a run was stopped.
fn unfinished_text(sheets: &[&Sheet]) -> Option<String> {
    let is_any = sheets.iter().any(|sheet| sheet.is_unfinished());
    is_any.then(|| match sheets {
        [sheet] => format!("unfinished: {}, the rest interpolated", computed_text(sheet)),
        _ => "not all finished, missing points interpolated".into(),
    })
}

/// "9 of 2,601 points computed".
fn computed_text(sheet: &Sheet) -> String {
    let n_points = sheet.statistics().n_points as u64;
    format!("{} of {} points computed", grouped(sheet.n_computed() as u64), grouped(n_points))
}

/// Where a logarithmic scale can't show the lowest values.
fn lowest_text(state: &ViewState, sheets: &[&Sheet]) -> Option<String> {
    let scale = state.plot().scale;
    let lowest = sheets.iter().filter_map(|sheet| sheet.extent()).map(|extent| extent.min);
    let is_below = scale.is_log && lowest.reduce(f32::min)? < scale.lo;
    is_below.then(|| format!("values below {} lie on the floor", short_text(f64::from(scale.lo))))
}

/// "cut at 10", with what the cut hides.
fn cut_text(state: &ViewState) -> Option<String> {
    let level = state.cut()?;
    if let Some(sheet) = state.sheet(Subject::Difference) {
        let share = sheet.share_beyond(level)?;
        let level = short_text(f64::from(level));
        return (share > 0.0)
            .then(|| format!("cut at \u{b1}{level}, which hides {}", percent_text(share)));
    }
    let shares: Vec<f64> =
        state.shown().filter_map(|(_, sheet)| sheet.share_above(level)).collect();
    match shares[..] {
        [0.0] => Some(format!("all below the cut at {}", short_text(f64::from(level)))),
        [share] => Some(format!(
            "cut at {}, which hides {}",
            short_text(f64::from(level)),
            percent_text(share)
        )),
        _ => Some(format!("cut at {}", short_text(f64::from(level)))),
    }
}

/// A sentence on what the cut hides of each surface shown.
pub fn cut_sentence(state: &ViewState) -> String {
    let Some(level) = state.cut() else { return "Nothing is cut.".into() };
    if let Some(sheet) = state.sheet(Subject::Difference) {
        let share = sheet.share_beyond(level).unwrap_or(0.0);
        let level = short_text(f64::from(level));
        return format!("{} of the points differ by more than {level}.", percent_text(share));
    }
    let shares: Vec<(usize, f64)> = state
        .shown()
        .filter_map(|(index, sheet)| Some((index, sheet.share_above(level)?)))
        .collect();
    let level = short_text(f64::from(level));
    let is_whole = state.shown().all(|(_, sheet)| sheet.statistics().n_missing == 0);
    let points = if is_whole { "points" } else { "computed points" };
    match shares[..] {
        [] => String::new(),
        [(_, 0.0)] => format!("No point lies above {level}."),
        [(_, share)] => format!("{} of the {points} lie above {level}.", percent_text(share)),
        _ => {
            let parts: Vec<String> = shares
                .iter()
                .map(|(index, share)| {
                    format!("{} of {}", percent_text(*share), state.entries[*index].title)
                })
                .collect();
            format!("Above {level}: {}.", parts.join(", "))
        }
    }
}

/// The second line of a surface in the list.
pub fn entry_text(state: &ViewState, index: usize) -> String {
    let Some(entry) = state.entries.get(index) else { return String::new() };
    match &entry.status {
        Status::Listed => String::new(),
        Status::Loading { n_bytes } => {
            format!("loading, {}", progress_text(*n_bytes, entry.n_bytes))
        }
        Status::Failed(_) => "can\u{2019}t be shown".into(),
        Status::Ready(_) => match (&entry.sheet, &state.fields.height) {
            (Some(sheet), _) if entry.is_own => format!("your file, {}", sheet_text(sheet)),
            (Some(sheet), _) => sheet_text(sheet),
            (None, Some(kind)) => format!("has no {}", kind.label()),
            (None, None) => String::new(),
        },
    }
}

fn sheet_text(sheet: &Sheet) -> String {
    let (grid, statistics) = (sheet.surface().grid(), sheet.statistics());
    let mut facts = vec![format!("{} \u{d7} {}", grid.x.len(), grid.y.len())];
    match sheet.extent() {
        Some(extent) => facts.push(format!("least {}", short_text(f64::from(extent.min)))),
        None if statistics.n_overflowed > 0 => {}
        None => return format!("{}, none computed", facts[0]),
    }
    if sheet.is_unfinished() {
        facts.push(computed_text(sheet));
    }
    let n_holes = if sheet.is_unfinished() { 0 } else { statistics.n_missing };
    for (n, what) in [(n_holes, "not computed"), (statistics.n_overflowed, "overflowed (hatched)")]
    {
        if n > 0 {
            facts.push(format!("{} {what}", grouped(n as u64)));
        }
    }
    facts.join(", ")
}

/// What the height and the colours stand for, with the unit.
pub fn height_text(state: &ViewState) -> String {
    let sheets: Vec<&Sheet> = state.shown().map(|(_, sheet)| sheet.as_ref()).collect();
    if let Some(kind) = &state.fields.color {
        return with_unit(kind.label(), kind.unit());
    }
    let Some(first) = sheets.first() else { return "loss".into() };
    let kind = first.field().kind();
    match shared(&sheets, |sheet| Some(sheet.field().kind().label().to_owned())) {
        None => "value".into(),
        Some(label) if state.sheet(Subject::Difference).is_some() => {
            with_unit(&format!("difference of {label}"), kind.unit())
        }
        Some(label) => with_unit(&label, kind.unit()),
    }
}

/// The level of guessing, as a tick.
pub fn guessing_text(level: f32) -> String {
    format!("guessing {}", tick_text(f64::from(level), 0.001))
}

/// Which plane of a network a surface lies in.
pub fn plane_name(state: &ViewState, index: usize) -> String {
    let entry = &state.entries[index];
    let seed = match &entry.status {
        Status::Ready(sheet) => {
            provenance(sheet).directions.as_ref().and_then(|d| match d.source {
                DirectionSource::Seed(seed) => Some(seed),
                DirectionSource::FileSha256(_) => None,
            })
        }
        _ => None,
    };
    seed.map_or_else(|| entry.title.clone(), |seed| format!("seed {seed}"))
}

/// What a difference is of; `None` where none is asked for.
pub fn difference_text(state: &ViewState) -> Option<String> {
    let pair = state.pair()?;
    let [a, b] = pair.map(|index| state.entries[index].title.as_str());
    Some(match state.difference_error() {
        Some(why) => format!("There is no difference: {why}."),
        None if state.shown().count() > 2 => format!("{a} minus {b}, the first two of the list."),
        None => format!("{a} minus {b}."),
    })
}

/// What a hatched area means.
pub fn noise_text(state: &ViewState) -> String {
    let has_stderr = state.shown().all(|(_, sheet)| sheet.stderr().is_some());
    let is_difference = state.sheet(Subject::Difference).is_some();
    if state.shown().next().is_none() {
        String::new()
    } else if !has_stderr {
        "No standard errors are known of this field, so nothing can be said of noise.".into()
    } else if is_difference {
        "Hatched where the difference is less than twice its standard error, 2 \u{221a}(sA\u{b2} + \
         sB\u{b2}): on the safe side, since images are shared."
            .into()
    } else {
        "Hatched: dips that are less deep than 4 standard errors of the loss.".into()
    }
}

/// What the next click does, where that is not its usual meaning.
pub fn tool_text(state: &ViewState) -> &'static str {
    match state.tool {
        Tool::Pin => "",
        Tool::SectionFrom => "Click where the cross-section begins.",
        Tool::SectionTo(_) => "Click where it ends.",
        Tool::Ball => "Click where a ball is let go.",
    }
}

/// What a screen reader says of the cross-section, whose plot it can't see.
#[inline(never)]
pub fn section_text(state: &ViewState) -> String {
    let Some([from, to]) = state.section else { return String::new() };
    let place = |[alpha, beta]: [f64; 2]| format!("({}, {})", short_text(alpha), short_text(beta));
    let of = |subject: Subject| {
        let sheet = state.sheet(subject)?;
        let samples = sheet.surface().grid().profile(sheet.field().values(), from, to);
        let values: Vec<f64> =
            samples.iter().map(|[_, value]| *value).filter(|value| value.is_finite()).collect();
        let (first, last) = (values.first()?, values.last()?);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let [first, last, least, most] = [*first, *last, least, most].map(short_text);
        let name = state.name(subject);
        Some(format!("{name}: {first} at first, {last} at last, from {least} to {most}"))
    };
    let subjects = state.views().into_iter().flat_map(|view| view.subjects);
    let told: Vec<String> = subjects.filter_map(of).collect();
    format!("From {} to {}. {}.", place(from), place(to), told.join("; "))
}

/// How many minima are marked.
pub fn minima_text(state: &ViewState) -> String {
    let subjects = state.views().into_iter().flat_map(|view| view.subjects);
    let counts = subjects.map(|subject| {
        let sheet = state.sheet(subject);
        let n = match sheet.and_then(|sheet| sheet.minima()) {
            Some(minima) => minima.places.len().to_string(),
            None if sheet.is_some_and(|sheet| sheet.is_accuracy()) => "not of an accuracy".into(),
            None => "can\u{2019}t be told, as points are missing".into(),
        };
        format!("{}: {n}", state.name(subject))
    });
    let counts: Vec<String> = counts.collect();
    format!("{}. Point at one to see its basin.", counts.join("; "))
}

/// How far a ball came on each surface.
#[inline(never)]
pub fn ball_text(state: &ViewState, ball: &Ball) -> String {
    let subjects = state.views().into_iter().flat_map(|view| view.subjects);
    let text = |subject: Subject| {
        let sheet = state.sheet(subject)?;
        Some(format!("{}: {}.", state.name(subject), rolled_text(sheet, &sheet.rolled(ball))))
    };
    subjects.filter_map(text).collect::<Vec<_>>().join(" ")
}

fn rolled_text(sheet: &Sheet, rolled: &Rolled) -> String {
    let [Some(first), Some(last)] = [rolled.places.first(), rolled.places.last()] else {
        return match rolled.end {
            End::Edge => "starts outside its grid".into(),
            _ => "no loss is known where it starts".into(),
        };
    };
    let value = |[alpha, beta]: [f64; 2]| {
        let value = sheet.surface().grid().sample(sheet.field().values(), alpha, beta);
        value_text(value.unwrap_or(f64::NAN))
    };
    let end = match rolled.end {
        End::Rest => "at rest",
        End::Edge => "at the edge of the plane",
        End::Unknown => "beyond, no loss is known",
        End::Steps => "still moving",
    };
    let n_steps = rolled.places.len() - 1;
    let steps = if n_steps == 1 { "step" } else { "steps" };
    let name = sheet.field().kind().label();
    format!("{n_steps} {steps}, {name} {} to {}, {end}", value(*first), value(*last))
}

fn with_unit(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.into() } else { format!("{label} ({unit})") }
}

/// What stands beside the box's vertical edge, where space is short.
pub fn height_name(state: &ViewState) -> String {
    if state.sheet(Subject::Difference).is_some() {
        return "difference".into();
    }
    let all_losses = state.shown().all(|(_, sheet)| sheet.is_loss());
    let name = if all_losses {
        "loss".to_owned()
    } else {
        let first = state.shown().next();
        first.map_or_else(String::new, |(_, sheet)| sheet.field().kind().label().to_owned())
    };
    if state.plot().scale.is_log { format!("{name} (log)") } else { name }
}

/// Where the eye is, in the box's own units.
pub fn camera_position(camera: &Camera) -> String {
    let eye = camera.eye();
    [eye.x, eye.y, eye.z].map(|c| fixed(c, 2)).join(", ")
}

/// How the eye is turned: azimuth and elevation.
pub fn camera_rotation(camera: &Camera) -> String {
    format!(
        "{}\u{b0}, {}\u{b0}",
        fixed(camera.azimuth.to_degrees(), 1),
        fixed(camera.elevation.to_degrees(), 1)
    )
}

/// How far the eye is from what it looks at.
pub fn camera_distance(camera: &Camera) -> String {
    fixed(camera.distance, 2)
}

fn fixed(value: f32, n_decimals: usize) -> String {
    let text = format!("{value:.n_decimals$}");
    let is_zero = text.bytes().all(|b| b"-0.".contains(&b));
    if is_zero { text.trim_start_matches('-').into() } else { text.replace('-', "\u{2212}") }
}

/// A value to three digits, without zeros at its end.
fn short_text(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value_text(value);
    }
    let unit = 10_f64.powf(value.abs().log10().floor() - 2.0);
    let text = value_text((value / unit).round() * unit);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests;
