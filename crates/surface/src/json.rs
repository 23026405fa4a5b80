//! Reading JSON that the caller has parsed.
//!
//! The page leaves parsing to the browser: serde_json and the readers that serde derives are 100 kB of
//! program, a fifth of all that the page has to fetch. What the page reads, it reads through [`Json`]
//! by the functions here; native code has serde do it all, and a test below holds both to the same.

use crate::catalog::{self, Wire};
use crate::{
    CatalogEntry, DataSet, DirectionSource, Directions, FirstPartEntry, Gram, Provenance, Split,
    SurfaceError, Training,
};
use std::str::FromStr;

/// A JSON value.
pub trait Json: Sized {
    /// Whether it is an object.
    fn is_object(&self) -> bool;
    /// The entry of an object with this key; `None` where there is none or it is `null`.
    fn entry(&self, key: &str) -> Option<Self>;
    /// The entries of a list, if it is one.
    fn list(&self) -> Option<Vec<Self>>;
    /// The text, if it is one.
    fn text(&self) -> Option<String>;
    /// The number, if it is one, rounded to the nearest `f64`.
    fn number(&self) -> Option<f64>;
    /// The whole number, if it is one that is known exactly.
    fn whole_number(&self) -> Option<u64>;
    /// As JSON again, for messages.
    fn json(&self) -> String;
}

/// An object whose entries are read, and where it stands.
struct Object<J> {
    json: J,
    place: &'static str,
}

impl<J: Json> Object<J> {
    fn new(json: J, place: &'static str) -> Result<Self, SurfaceError> {
        if json.is_object() {
            Ok(Self { json, place })
        } else {
            Err(unfit(&json, "an object", place))
        }
    }

    /// The entry with this key as `read` has it, which `expected` says in words.
    fn read<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&J) -> Option<T>,
    ) -> Result<Option<T>, SurfaceError> {
        let Some(entry) = self.json.entry(key) else { return Ok(None) };
        read(&entry).map(Some).ok_or_else(|| unfit(&entry, expected, key))
    }

    fn text(&self, key: &'static str) -> Result<Option<String>, SurfaceError> {
        self.read(key, "a text", J::text)
    }

    fn number(&self, key: &'static str) -> Result<Option<f64>, SurfaceError> {
        self.read(key, "a number", J::number)
    }

    fn u64(&self, key: &'static str) -> Result<Option<u64>, SurfaceError> {
        self.read(key, "a whole number", J::whole_number)
    }

    fn u32(&self, key: &'static str) -> Result<Option<u32>, SurfaceError> {
        let read = |entry: &J| u32::try_from(entry.whole_number()?).ok();
        self.read(key, "a whole number below 2^32", read)
    }

    fn texts(&self, key: &'static str) -> Result<Option<Vec<String>>, SurfaceError> {
        let read = |entry: &J| entry.list()?.iter().map(J::text).collect();
        self.read(key, "a list of texts", read)
    }

    /// One of a closed set of names.
    fn name<T: FromStr<Err = SurfaceError>>(
        &self,
        key: &'static str,
    ) -> Result<Option<T>, SurfaceError> {
        self.text(key)?.map(|name| name.parse()).transpose()
    }

    fn object<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Self) -> Result<T, SurfaceError>,
    ) -> Result<Option<T>, SurfaceError> {
        let Some(entry) = self.json.entry(key) else { return Ok(None) };
        read(&Object::new(entry, key)?).map(Some)
    }

    /// What must not be missing.
    fn needed<T>(
        &self,
        key: &'static str,
        found: Result<Option<T>, SurfaceError>,
    ) -> Result<T, SurfaceError> {
        found?.ok_or_else(|| SurfaceError::format(format!("{key:?} in {:?}", self.place), "none"))
    }
}

#[cold]
fn unfit<J: Json>(json: &J, expected: &str, key: &str) -> SurfaceError {
    let found: String = json.json().chars().take(40).collect();
    SurfaceError::format(format!("{expected} as {key:?}"), found)
}

/// The provenance in `json`, as serde reads it.
///
/// # Errors
/// If an entry is not of its type, or one is missing that can't be.
pub(crate) fn provenance<J: Json>(json: J) -> Result<Provenance, SurfaceError> {
    let json = Object::new(json, "provenance")?;
    Ok(Provenance {
        network: json.text("network")?,
        weights_sha256: json.text("weights_sha256")?,
        training: json.object("training", training)?,
        weights_edits: json.texts("weights_edits")?.unwrap_or_default(),
        dataset: json.object("dataset", dataset)?,
        directions: json.object("directions", directions)?,
        tolerance: json.number("tolerance")?,
        shard: json.name("shard")?,
        precision: json.name("precision")?,
        device: json.text("device")?,
        program: json.text("program")?,
        command: json.text("command")?,
        imported_from: json.text("imported_from")?,
    })
}

fn training<J: Json>(json: &Object<J>) -> Result<Training, SurfaceError> {
    Ok(Training {
        epochs: json.u32("epochs")?.unwrap_or_default(),
        seed: json.u64("seed")?.unwrap_or_default(),
        command: json.text("command")?,
        test_accuracy: json.number("test_accuracy")?,
    })
}

fn dataset<J: Json>(json: &Object<J>) -> Result<DataSet, SurfaceError> {
    Ok(DataSet {
        name: json.text("name")?.unwrap_or_default(),
        n_classes: json.u32("n_classes")?,
        train: json.object("train", split)?,
        test: json.object("test", split)?,
        subset_seed: json.u64("subset_seed")?,
    })
}

fn split<J: Json>(json: &Object<J>) -> Result<Split, SurfaceError> {
    Ok(Split {
        digest: json.text("digest")?.unwrap_or_default(),
        n_total: json.u64("n_total")?.unwrap_or_default(),
        n_used: json.u64("n_used")?.unwrap_or_default(),
    })
}

fn directions<J: Json>(json: &Object<J>) -> Result<Directions, SurfaceError> {
    Ok(Directions {
        source: json.needed("source", json.object("source", source))?,
        normalisation: json.needed("normalisation", json.name("normalisation"))?,
        gram: json.needed("gram", json.object("gram", gram))?,
    })
}

fn source<J: Json>(json: &Object<J>) -> Result<DirectionSource, SurfaceError> {
    match json.u64("seed")? {
        Some(seed) => Ok(DirectionSource::Seed(seed)),
        None => {
            json.needed("file_sha256", json.text("file_sha256")).map(DirectionSource::FileSha256)
        }
    }
}

fn gram<J: Json>(json: &Object<J>) -> Result<Gram, SurfaceError> {
    let entry = |key| json.needed(key, json.number(key));
    Ok(Gram { xx: entry("xx")?, xy: entry("xy")?, yy: entry("yy")? })
}

/// The catalogue in `json`, as serde reads it.
///
/// # Errors
/// If an entry is not of its type, or is missing, or the version is another.
pub(crate) fn catalog<J: Json>(json: J) -> Result<Wire, SurfaceError> {
    let json = Object::new(json, "catalogue")?;
    let version = json.needed("version", json.u32("version"))?;
    let version = catalog::checked_version(version)?;
    let surfaces = json.needed("surfaces", json.read("surfaces", "a list", J::list))?;
    Ok(Wire {
        version,
        surfaces: surfaces
            .into_iter()
            .map(|json| catalog_entry(&Object::new(json, "surfaces")?))
            .collect::<Result<_, _>>()?,
        default: json.needed("default", json.texts("default"))?,
        aside: json.texts("aside")?.unwrap_or_default(),
    })
}

fn catalog_entry<J: Json>(json: &Object<J>) -> Result<CatalogEntry, SurfaceError> {
    let text = |key| json.needed(key, json.text(key));
    Ok(CatalogEntry {
        id: text("id")?,
        title: text("title")?,
        file: text("file")?,
        bytes: json.needed("bytes", json.u64("bytes"))?,
        sha256: text("sha256")?,
        first: json.object("first", |first| {
            Ok(FirstPartEntry {
                file: first.needed("file", first.text("file"))?,
                bytes: first.needed("bytes", first.u64("bytes"))?,
            })
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Normalisation, Precision};
    use serde_json::{Value, json};

    /// As a parser that is not serde's derived reader.
    impl Json for Value {
        fn is_object(&self) -> bool {
            Value::is_object(self)
        }
        fn entry(&self, key: &str) -> Option<Self> {
            self.get(key).filter(|entry| !entry.is_null()).cloned()
        }
        fn list(&self) -> Option<Vec<Self>> {
            self.as_array().cloned()
        }
        fn text(&self) -> Option<String> {
            self.as_str().map(Into::into)
        }
        fn number(&self) -> Option<f64> {
            self.as_f64()
        }
        fn whole_number(&self) -> Option<u64> {
            self.as_u64()
        }
        fn json(&self) -> String {
            self.to_string()
        }
    }

    /// Every entry there is: a new one does not compile before it stands here.
    fn full() -> Provenance {
        let split = |digest: &str| Split { digest: digest.into(), n_total: 50_000, n_used: 2_000 };
        Provenance {
            network: Some("resnet20".into()),
            weights_sha256: Some("ab".into()),
            training: Some(Training {
                epochs: 12,
                seed: u64::MAX,
                command: Some("train".into()),
                test_accuracy: Some(91.25),
            }),
            weights_edits: vec!["a".into(), "b".into()],
            dataset: Some(DataSet {
                name: "CIFAR-10".into(),
                n_classes: Some(10),
                train: Some(split("c")),
                test: Some(split("d")),
                subset_seed: Some(3),
            }),
            directions: Some(Directions {
                source: DirectionSource::Seed(u64::MAX - 1),
                normalisation: Normalisation::Layer,
                gram: Gram { xx: 0.1 + 0.2, xy: -1e-300, yy: 1.0 / 3.0 },
            }),
            tolerance: Some(0.01),
            shard: Some("3/8".parse().unwrap()),
            precision: Some(Precision::Bfloat16),
            device: Some("cuda".into()),
            program: Some("lossland".into()),
            command: Some("surface".into()),
            imported_from: Some("a.npz".into()),
        }
    }

    #[test]
    fn both_readers_read_the_same() {
        let mut file = full();
        file.directions.as_mut().unwrap().source = DirectionSource::FileSha256("e".into());
        for written in [full(), file, Provenance::default()] {
            let json = serde_json::to_string(&written).unwrap();
            assert_eq!(serde_json::from_str::<Provenance>(&json).unwrap(), written);
            let value: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(provenance(value).unwrap(), written);
        }
    }

    #[test]
    fn both_readers_refuse_the_same() {
        // But for lists, which serde takes for objects without keys.
        let mut whole = serde_json::to_value(full()).unwrap();
        let mut n_refused = 0;
        for pointer in pointers(&whole, "") {
            let original = whole.pointer(&pointer).unwrap().clone();
            for wrong in [json!(-1), json!(1.5), json!("1.5"), json!({}), json!(true)] {
                *whole.pointer_mut(&pointer).unwrap() = wrong;
                let derived = serde_json::from_value::<Provenance>(whole.clone());
                let read = provenance(whole.clone());
                assert_eq!(derived.as_ref().ok(), read.as_ref().ok(), "{pointer}: {whole}");
                if let Err(error) = read {
                    n_refused += 1;
                    assert!(error.to_string().starts_with("expected "), "{error}");
                }
            }
            *whole.pointer_mut(&pointer).unwrap() = original;
        }
        assert!(n_refused > 100, "{n_refused}");
    }

    /// The places of all entries, at any depth.
    fn pointers(value: &Value, at: &str) -> Vec<String> {
        let Value::Object(entries) = value else { return vec![at.into()] };
        let below = entries.iter().flat_map(|(key, entry)| pointers(entry, &format!("{at}/{key}")));
        std::iter::once(at.to_owned()).filter(|at| !at.is_empty()).chain(below).collect()
    }

    #[test]
    fn a_catalogue_is_read_alike() {
        let json = format!(
            r#"{{"version":1,"new":[],"surfaces":[
                {{"id":"a","title":"A","file":"a.lossland","bytes":7,"sha256":"{0}",
                  "first":{{"file":"a.first","bytes":3}}}},
                {{"id":"b","title":"B","file":"b.lossland","bytes":8,"sha256":"{0}"}}],
                "default":["b"]}}"#,
            "0".repeat(64)
        );
        let parse = |text: &str| serde_json::from_str::<Value>(text).map_err(|e| e.to_string());
        let read = Catalog::parse_with(json.as_bytes(), parse).unwrap();
        assert_eq!(read, Catalog::parse(json.as_bytes()).unwrap());
        assert_eq!(read.surfaces()[0].first.as_ref().map(|first| first.bytes), Some(3));
        for (old, new, message) in [
            ("\"version\":1", "\"version\":2", "version 1, found version 2"),
            ("\"bytes\":7", "\"bytes\":\"7\"", "expected a whole number as \"bytes\", found \"7\""),
            ("\"id\":\"a\",", "", "expected \"id\" in \"surfaces\", found none"),
            ("a.first", "../a", "found \"../a\""),
            ("[\"b\"]", "[1]", "expected a list of texts as \"default\", found [1]"),
            ("{\"version", "[\"version", "expected a catalogue in JSON"),
        ] {
            let broken = json.replace(old, new);
            let error = Catalog::parse_with(broken.as_bytes(), parse).unwrap_err().to_string();
            assert!(error.contains(message), "{message}: {error}");
        }
    }
}
