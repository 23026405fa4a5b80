//! Numbers in text, which the page leaves to the browser to read: the standard library's reader brings
//! tables of 10 kB that do not compress.

use std::borrow::Cow;

/// The number that `text` is: decimal digits, with a sign, a point and an exponent where wanted, and
/// nothing else. `None` for anything else and beyond what an `f64` holds.
pub fn parse(text: &str) -> Option<f64> {
    is_decimal(text).then(|| read(text)).filter(|number| number.is_finite())
}

#[cfg(target_arch = "wasm32")]
fn read(decimal: &str) -> f64 {
    js_sys::Number::parse_float(decimal)
}

#[cfg(not(target_arch = "wasm32"))]
fn read(decimal: &str) -> f64 {
    decimal.parse().unwrap_or(f64::NAN)
}

fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = unsigned(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = unsigned(exponent);
    is_digits(whole)
        && is_digits(fraction)
        && whole.len() + fraction.len() > 0
        && is_digits(exponent)
        && !exponent.is_empty()
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// `json` with whole numbers of 16 digits and more as texts: a browser would round those beyond 2^53
/// silently, and a seed may be one.
pub fn with_long_numbers_quoted(json: &str) -> Cow<'_, str> {
    const LONG: usize = 16;
    let mut quoted = String::new();
    let (mut rest, mut is_text, mut n_done) = (json, false, 0);
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c.is_ascii_digit()) {
        let found = &rest[at..];
        let skipped = match found.as_bytes()[0] {
            b'"' => {
                is_text = !is_text;
                1
            }
            // What it escapes is one byte at least, and not the end of the text.
            b'\\' => found.chars().take(2).map(char::len_utf8).sum(),
            _ if is_text => 1,
            _ => {
                let is_of_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
                let end = found.find(|c| !is_of_number(c)).unwrap_or(found.len());
                let is_whole = found[..end].bytes().all(|byte| byte.is_ascii_digit());
                let is_negative = rest[..at].ends_with('-');
                if is_whole && !is_negative && end >= LONG {
                    let start = json.len() - found.len();
                    quoted += &json[n_done..start];
                    quoted.push('"');
                    quoted += &found[..end];
                    quoted.push('"');
                    n_done = start + end;
                }
                end
            }
        };
        rest = &found[skipped..];
    }
    if quoted.is_empty() { json.into() } else { (quoted + &json[n_done..]).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_nothing_else_is() {
        for (text, number) in [
            ("0", 0.0),
            ("-12.5", -12.5),
            ("+3", 3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e-3", 1e-3),
            ("2E+2", 200.0),
            ("007", 7.0),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in [
            "", " ", " 1", "1 ", "0x10", "1_000", ".", "-", "+-1", "e5", "1e", "1e+", "1e5.0",
            "1.2.3", "NaN", "nan", "inf", "Infinity", "1e999", "1n", "\u{661}", "1,5",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_whole_numbers_become_texts() {
        let unchanged = [
            r#"{"a":[1,-2.5,9007199254740],"12345678901234567":"12345678901234567"}"#,
            r#"{"a":1234567890.12345678,"b":12345678901234567e3,"c":-12345678901234567}"#,
            r#"{"a":"\"","b":"\\","c":"12345678901234567\"12345678901234567"}"#,
            "",
            "\\",
            "\"",
        ];
        for json in unchanged {
            assert!(matches!(with_long_numbers_quoted(json), Cow::Borrowed(same) if same == json));
        }
        let json = r#"{"ü":18446744073709551615, "b":[1,9007199254740993],"c":"7"}"#;
        let expected = r#"{"ü":"18446744073709551615", "b":[1,"9007199254740993"],"c":"7"}"#;
        assert_eq!(with_long_numbers_quoted(json), expected);
        assert_eq!(with_long_numbers_quoted("12345678901234567"), r#""12345678901234567""#);
        // No JSON, and none after it; but no panic.
        assert_eq!(with_long_numbers_quoted("\\ü1234567890123456"), "\\ü\"1234567890123456\"");
    }
}
