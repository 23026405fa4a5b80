//! JSON as the browser parses it.

use crate::number;
use lossland_surface::Json;
use web_sys::js_sys::{Array, JSON, Reflect};
use web_sys::wasm_bindgen::{JsCast as _, JsValue};

/// A value out of a parsed text.
pub(super) struct Value(JsValue);

/// Parses a text, which may come from anywhere.
///
/// # Errors
/// In the browser's own words, if it is no JSON.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let parsed = JSON::parse(&number::with_long_numbers_quoted(text));
    parsed.map(Value).map_err(|error| {
        let message = Reflect::get(&error, &"message".into()).ok();
        message.and_then(|message| message.as_string()).unwrap_or_default()
    })
}

impl Json for Value {
    fn is_object(&self) -> bool {
        self.0.is_object() && !Array::is_array(&self.0)
    }

    fn entry(&self, key: &str) -> Option<Self> {
        // Fails for what is no object, which has no entries.
        let entry = Reflect::get(&self.0, &key.into()).ok()?;
        (!entry.is_undefined() && !entry.is_null()).then_some(Self(entry))
    }

    fn list(&self) -> Option<Vec<Self>> {
        let list = self.0.dyn_ref::<Array>()?;
        Some(list.iter().map(Self).collect())
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn whole_number(&self) -> Option<u64> {
        match self.0.as_f64() {
            Some(number) => {
                let whole = number as u64;
                (whole as f64 == number && whole < 1 << 53).then_some(whole)
            }
            // A long one, quoted by `parse`.
            None => self.0.as_string()?.parse().ok(),
        }
    }

    fn json(&self) -> String {
        JSON::stringify(&self.0).map(String::from).unwrap_or_default()
    }
}
