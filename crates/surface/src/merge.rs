//! Parts of a surface, put together.

use crate::{Field, Shard, Surface, SurfaceError};

/// The surface whose parts these are, each with the name that errors call it by. It is equal to the
/// one that a single run computes.
///
/// # Errors
/// [`SurfaceError::Invalid`], naming the parts, where one is no part, is missing, comes twice, is not
/// finished or is of another run than the first.
pub fn merge(parts: &[(String, Surface)]) -> Result<Surface, SurfaceError> {
    let invalid = |text: String| Err(SurfaceError::Invalid(text));
    let Some((first_name, first)) = parts.first() else {
        return invalid("expected the parts of a surface, found none".into());
    };
    let count = shard_of(first_name, first)?.count();
    let mut names = vec![None; count as usize];
    for (name, part) in parts {
        if let Some(difference) = difference(first, part) {
            return invalid(format!(
                "{name} is no part of the surface that {first_name} is a part of: {difference}"
            ));
        }
        let index = shard_of(name, part)?.index();
        if let Some(other) = names[index as usize].replace(name) {
            return invalid(format!(
                "{name} and {other} are both part {index} of {count}; give each part once"
            ));
        }
    }
    let missing: Vec<String> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.is_none())
        .map(|(index, _)| index.to_string())
        .collect();
    if !missing.is_empty() {
        return invalid(format!(
            "expected parts 0 to {} of {count}, found no part {}; compute with --shard I/{count} what \
             is missing",
            count - 1,
            shortened(&missing)
        ));
    }
    let mut fields: Vec<Vec<f32>> =
        first.fields().iter().map(|field| vec![f32::NAN; field.values().len()]).collect();
    for (name, part) in parts {
        let shard = shard_of(name, part)?;
        let own = shard.points(part.grid());
        let mut n_missing = 0;
        for (merged, field) in fields.iter_mut().zip(part.fields()) {
            let values = &field.values()[own.clone()];
            n_missing = n_missing.max(values.iter().filter(|value| value.is_nan()).count());
            merged[own.clone()].copy_from_slice(values);
        }
        if n_missing > 0 {
            return invalid(format!(
                "{name}, part {shard}, is not finished: {n_missing} of its {} points are not \
                 computed; the command that computes it goes on",
                own.len()
            ));
        }
    }
    let fields = first.fields().iter().zip(fields);
    let fields = fields
        .map(|(field, values)| Field::new(field.kind().clone(), values))
        .collect::<Result<_, _>>()?;
    let mut provenance = first.provenance().clone();
    provenance.shard = None;
    Ok(Surface::new(first.id(), first.title(), *first.grid(), fields)?.with_provenance(provenance))
}

fn shard_of(name: &str, part: &Surface) -> Result<Shard, SurfaceError> {
    part.provenance().shard.ok_or_else(|| {
        SurfaceError::Invalid(format!(
            "expected parts of a surface, computed with --shard I/N, found {name}, which is none"
        ))
    })
}

/// What makes the second another surface than the first, beside its part of it.
fn difference(first: &Surface, second: &Surface) -> Option<String> {
    let kinds = |surface: &Surface| {
        let kinds = surface.fields().iter().map(|field| field.kind().name());
        kinds.collect::<Vec<_>>().join(", ")
    };
    let grid = |surface: &Surface| format!("{} and {}", surface.grid().x, surface.grid().y);
    let count = |surface: &Surface| {
        surface.provenance().shard.map_or("none".to_owned(), |shard| shard.count().to_string())
    };
    let mut pairs = vec![
        ("name".to_owned(), first.id().to_owned(), second.id().to_owned()),
        ("title".to_owned(), first.title().to_owned(), second.title().to_owned()),
        ("grid".to_owned(), grid(first), grid(second)),
        ("fields".to_owned(), kinds(first), kinds(second)),
        ("number of parts".to_owned(), count(first), count(second)),
    ];
    let entries = |surface: &Surface| {
        let mut provenance = surface.provenance().clone();
        provenance.shard = None;
        match serde_json::to_value(provenance) {
            Ok(serde_json::Value::Object(entries)) => entries,
            _ => serde_json::Map::new(),
        }
    };
    let [first, second] = [entries(first), entries(second)];
    let keys: std::collections::BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    for key in keys {
        let text = |entries: &serde_json::Map<String, serde_json::Value>| {
            entries.get(key).map_or("none".to_owned(), ToString::to_string)
        };
        pairs.push((key.replace('_', " "), text(&first), text(&second)));
    }
    let (what, first, second) = pairs.into_iter().find(|(_, first, second)| first != second)?;
    Some(format!("expected the {what} {first}, found {second}"))
}

/// The first of many.
fn shortened(items: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = items[..items.len().min(SHOWN)].join(", ");
    let more = items.len().saturating_sub(SHOWN);
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldKind, Grid, Provenance};

    /// A surface of 3 x 3 points whose values are their indices, and its part `shard` if given.
    fn surface(shard: Option<&str>) -> Surface {
        let axis = "-1:1:3".parse().unwrap();
        let grid = Grid { x: axis, y: axis };
        let shard: Option<Shard> = shard.map(|text| text.parse().unwrap());
        let own = shard.map_or(0..9, |shard| shard.points(&grid));
        let value = |index| if own.contains(&index) { index as f32 } else { f32::NAN };
        let field = Field::new(FieldKind::TrainLoss, (0..9).map(value).collect()).unwrap();
        Surface::new("a", "A", grid, vec![field]).unwrap().with_provenance(Provenance {
            network: Some("resnet20".into()),
            shard,
            ..Provenance::default()
        })
    }

    fn part(shard: &str) -> (String, Surface) {
        (format!("{shard}.lossland"), surface(Some(shard)))
    }

    fn refusal(parts: &[(String, Surface)]) -> String {
        merge(parts).unwrap_err().to_string()
    }

    #[test]
    fn parts_in_any_order_make_the_whole() {
        let merged = merge(&[part("2/4"), part("0/4"), part("3/4"), part("1/4")]).unwrap();
        assert_eq!(merged, surface(None));
        assert_eq!(merge(&[part("0/1")]).unwrap(), surface(None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refusal(&[]).contains("found none"));
        let text = refusal(&[part("0/4"), part("3/4")]);
        assert!(text.contains("found no part 1, 2"), "{text}");
        let text = refusal(&[part("0/2"), part("0/2"), part("1/2")]);
        assert!(text.contains("both part 0 of 2"), "{text}");
        let text = refusal(&[part("0/2"), part("1/3")]);
        assert!(text.contains("expected the number of parts 2, found 3"), "{text}");
        let text = refusal(&[("w".into(), surface(None)), part("1/2")]);
        assert!(text.contains("found w, which is none"), "{text}");

        let mut other = part("1/2");
        let mut provenance = other.1.provenance().clone();
        provenance.network = Some("vgg9".into());
        other.1 = other.1.with_provenance(provenance);
        let text = refusal(&[part("0/2"), other]);
        assert!(text.contains("expected the network \"resnet20\", found \"vgg9\""), "{text}");

        let unfinished = surface(Some("1/9"));
        let provenance =
            Provenance { shard: "1/2".parse().ok(), ..unfinished.provenance().clone() };
        let text = refusal(&[part("0/2"), ("u".into(), unfinished.with_provenance(provenance))]);
        assert!(text.contains("u, part 1/2, is not finished: 5 of its 5 points"), "{text}");
    }
}
