//! The `.npy` format: one array, as NumPy's `lib.format` documents it (versions 1, 2 and 3).
//!
//! Magic, version, length of the header, the header (the text of a Python dictionary with the keys
//! `descr`, `fortran_order` and `shape`), then the numbers. The header is parsed, never evaluated.

use super::{Array, Element};
use crate::SurfaceError;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// NumPy starts the numbers at a multiple of this.
const ALIGNMENT: usize = 64;
/// More dimensions than NumPy itself allows.
const MAX_DIMENSIONS: usize = 64;

/// The file of `array`.
pub(super) fn encode(array: &Array) -> Vec<u8> {
    let descr = match array.element {
        Element::Bool => "|b1",
        Element::I8 => "|i1",
        Element::I16 => "<i2",
        Element::I32 => "<i4",
        Element::I64 => "<i8",
        Element::U8 => "|u1",
        Element::U16 => "<u2",
        Element::U32 => "<u4",
        Element::U64 => "<u8",
        Element::F16 => "<f2",
        Element::F32 => "<f4",
        Element::F64 => "<f8",
    };
    let shape: String = array.shape.iter().map(|n| format!("{n}, ")).collect();
    // A tuple of one needs its comma; the others look better without.
    let shape =
        if array.shape.len() == 1 { shape.trim_end() } else { shape.trim_end_matches(", ") };
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let unpadded_len = MAGIC.len() + 4 + header.len() + 1;
    header
        .extend(std::iter::repeat_n(' ', unpadded_len.next_multiple_of(ALIGNMENT) - unpadded_len));
    header.push('\n');
    let mut file = Vec::with_capacity(MAGIC.len() + 4 + header.len() + array.bytes.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&[1, 0]);
    // At most 64 dimensions of 20 digits: far below 2^16.
    file.extend_from_slice(&(header.len() as u16).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&array.bytes);
    file
}

/// The array in `file`.
///
/// # Errors
/// If it is not an array of booleans, integers or floating-point numbers, or not whole.
pub(super) fn decode(mut file: Vec<u8>) -> Result<Array, SurfaceError> {
    let (header, data_begin) = split_header(&file)?;
    let Header { element, is_big_endian, is_fortran_order, shape } = Header::parse(header)?;
    let n_bytes = (shape.iter().try_fold(element.size(), |size, n| size.checked_mul(*n)))
        .ok_or_else(|| SurfaceError::format("a shape that fits memory", format!("{shape:?}")))?;
    let n_found = file.len() - data_begin;
    if n_found != n_bytes {
        return Err(SurfaceError::format(
            format!("{n_bytes} bytes of numbers for shape {shape:?}"),
            format!("{n_found}; it is cut short or has something appended: save it again"),
        ));
    }
    file.drain(..data_begin);
    if is_big_endian {
        file.chunks_exact_mut(element.size()).for_each(<[u8]>::reverse);
    }
    if is_fortran_order {
        file = row_major(&file, &shape, element.size());
    }
    Ok(Array::new(element, shape, file))
}

/// The text of the header, and where the numbers begin.
fn split_header(file: &[u8]) -> Result<(&[u8], usize), SurfaceError> {
    let cut_short = || SurfaceError::format("a whole array header", "one that is cut short");
    let (magic, rest) = file.split_first_chunk::<6>().ok_or_else(cut_short)?;
    if magic != MAGIC {
        return Err(SurfaceError::format(
            "a NumPy array, which starts with \"\\x93NUMPY\"",
            format!("\"{}\"", magic.escape_ascii()),
        ));
    }
    let ([major, _minor], rest) = rest.split_first_chunk::<2>().ok_or_else(cut_short)?;
    let (header_len, rest) = match major {
        1 => {
            let (len, rest) = rest.split_first_chunk::<2>().ok_or_else(cut_short)?;
            (usize::from(u16::from_le_bytes(*len)), rest)
        }
        2 | 3 => {
            let (len, rest) = rest.split_first_chunk::<4>().ok_or_else(cut_short)?;
            (u32::from_le_bytes(*len) as usize, rest)
        }
        other => {
            return Err(SurfaceError::format("NumPy format 1, 2 or 3", format!("format {other}")));
        }
    };
    let header = rest.get(..header_len).ok_or_else(cut_short)?;
    Ok((header, file.len() - rest.len() + header_len))
}

/// The numbers of a column-major box in row-major order.
fn row_major(column_major: &[u8], shape: &[usize], size: usize) -> Vec<u8> {
    let strides: Vec<usize> =
        shape.iter().scan(1, |stride, n| Some(std::mem::replace(stride, *stride * *n))).collect();
    let mut place = vec![0; shape.len()];
    let mut from = 0;
    let mut bytes = Vec::with_capacity(column_major.len());
    while bytes.len() < column_major.len() {
        bytes.extend_from_slice(&column_major[from * size..][..size]);
        // To the next place, as an odometer counts: the last dimension is the fastest.
        for k in (0..shape.len()).rev() {
            place[k] += 1;
            from += strides[k];
            if place[k] < shape[k] {
                break;
            }
            from -= strides[k] * place[k];
            place[k] = 0;
        }
    }
    bytes
}

#[derive(Debug, PartialEq)]
struct Header {
    element: Element,
    is_big_endian: bool,
    is_fortran_order: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(header: &[u8]) -> Result<Self, SurfaceError> {
        let text = str::from_utf8(header).map_err(|_not_utf8| malformed("other bytes"))?;
        let mut rest = Text(text);
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        rest.expect('{')?;
        while !rest.take('}') {
            let key = rest.string()?;
            rest.expect(':')?;
            match key {
                "descr" if rest.0.trim_start().starts_with('[') => {
                    return Err(unsupported("records of several fields"));
                }
                "descr" => descr = Some(rest.string()?),
                "fortran_order" => fortran_order = Some(rest.boolean()?),
                "shape" => shape = Some(rest.tuple()?),
                other => return Err(malformed(&format!("the key {other:?}"))),
            }
            if !rest.take(',') {
                rest.expect('}')?;
                break;
            }
        }
        if !rest.0.trim().is_empty() {
            return Err(malformed("more text after it"));
        }
        match (descr, fortran_order, shape) {
            (Some(descr), Some(is_fortran_order), Some(shape)) => {
                let (element, is_big_endian) = element(descr)?;
                Ok(Self { element, is_big_endian, is_fortran_order, shape })
            }
            (None, ..) => Err(malformed("no 'descr'")),
            (_, None, _) => Err(malformed("no 'fortran_order'")),
            (.., None) => Err(malformed("no 'shape'")),
        }
    }
}

/// The type that a `descr` such as `<f8` means, and whether it is big-endian.
fn element(descr: &str) -> Result<(Element, bool), SurfaceError> {
    let (order, kind) = descr.split_at_checked(1).unwrap_or(("", descr));
    let element = match kind {
        "b1" => Element::Bool,
        "i1" => Element::I8,
        "i2" => Element::I16,
        "i4" => Element::I32,
        "i8" => Element::I64,
        "u1" => Element::U8,
        "u2" => Element::U16,
        "u4" => Element::U32,
        "u8" => Element::U64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        "O" => return Err(unsupported("Python objects, which could run code and are never read")),
        _ => return Err(unsupported(&format!("type {descr:?}"))),
    };
    match order {
        "<" => Ok((element, false)),
        ">" => Ok((element, true)),
        "|" if element.size() == 1 => Ok((element, false)),
        _ => Err(unsupported(&format!("type {descr:?}"))),
    }
}

fn malformed(found: &str) -> SurfaceError {
    let found: String = found.chars().take(80).collect();
    SurfaceError::format(
        "a header {'descr': ..., 'fortran_order': ..., 'shape': (...), }",
        format!("{found}: save the array again"),
    )
}

fn unsupported(found: &str) -> SurfaceError {
    SurfaceError::format(
        "booleans, integers of 1 to 8 bytes or floating-point numbers of 2 to 8 bytes",
        format!("{found}: convert the array, for example with .astype(\"float32\")"),
    )
}

/// What is left of a header's text.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Takes `wanted` if it comes next.
    fn take(&mut self, wanted: char) -> bool {
        match self.0.trim_start().strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), SurfaceError> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected(&format!("{wanted:?}"))) }
    }

    /// A quoted string without escapes.
    fn string(&mut self) -> Result<&'a str, SurfaceError> {
        let quote = if self.take('\'') { '\'' } else { '"' };
        if quote == '"' {
            self.expect('"')?;
        }
        let (string, rest) =
            self.0.split_once(quote).ok_or_else(|| self.unexpected("a closing quote"))?;
        self.0 = rest;
        Ok(string)
    }

    fn boolean(&mut self) -> Result<bool, SurfaceError> {
        match self.word() {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(self.unexpected("True or False")),
        }
    }

    /// A tuple of lengths: `()`, `(3,)`, `(3, 4)`.
    fn tuple(&mut self) -> Result<Vec<usize>, SurfaceError> {
        let mut lengths = Vec::new();
        self.expect('(')?;
        while !self.take(')') {
            // Python 2 wrote 3L for 3.
            let length = self.word().trim_end_matches('L').parse();
            let length = length.map_err(|_no_number| self.unexpected("a length"))?;
            if lengths.len() == MAX_DIMENSIONS {
                return Err(malformed(&format!("more than {MAX_DIMENSIONS} dimensions")));
            }
            lengths.push(length);
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(lengths)
    }

    /// Takes the letters and digits that come next.
    fn word(&mut self) -> &'a str {
        let text = self.0.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.0 = rest;
        word
    }

    fn unexpected(&self, wanted: &str) -> SurfaceError {
        let next: String = self.0.trim().chars().take(20).collect();
        malformed(&format!("{next:?} where {wanted} should be"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend([version, 0]);
        match version {
            1 => file.extend((header.len() as u16).to_le_bytes()),
            _ => file.extend((header.len() as u32).to_le_bytes()),
        }
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for shape in [&[][..], &[6], &[2, 3], &[0, 3]] {
            let n: usize = shape.iter().product();
            let values: Vec<f64> = (0..n).map(|k| k as f64 / 3.0).collect();
            let array = Array::from_f64s(shape, &values);
            let file = encode(&array);
            assert_eq!((file.len() - 8 * n) % 64, 0, "aligned");
            assert_eq!(decode(file).unwrap(), array);
        }
    }

    #[test]
    fn byte_order_and_array_order_are_undone() {
        let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n";
        let data = [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6];
        let array = decode(file(1, header, &data)).unwrap();
        assert_eq!(array.to_i64s().unwrap(), [1, 2, 3, 4, 5, 6]);

        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }\n";
        let array = decode(file(1, header, &[0, 4, 2, 6, 1, 5, 3, 7])).unwrap();
        assert_eq!(array.bytes(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn all_versions_and_spellings() {
        let data = [0, 0, 128, 63];
        for header in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }            \n",
            "{\"shape\":(1L,),\"fortran_order\":False,\"descr\":\"<f4\"}",
        ] {
            for version in [1, 2, 3] {
                assert_eq!(decode(file(version, header, &data)).unwrap().to_f32s(), [1.0]);
            }
        }
    }

    #[test]
    fn headers_that_are_not_arrays_of_numbers() {
        for (header, message) in [
            ("", "found \"\" where '{' should be"),
            ("{'descr': '<f4', 'fortran_order': False}", "found no 'shape'"),
            ("{'descr': '<f4', 'shape': (1,)}", "found no 'fortran_order'"),
            ("{'fortran_order': False, 'shape': (1,)}", "found no 'descr'"),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "found Python objects"),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "found type \"<c8\""),
            ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}", "found type \"|f4\""),
            ("{'descr': [('a', '<f4')], 'fortran_order'", "found records of several fields"),
            ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "where True or False should"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "where a length should"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "more text after it"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': 1}", "where '(' should be"),
            ("{'descr: ", "where a closing quote should be"),
            ("{'a': 1}", "found the key \"a\""),
        ] {
            let error = decode(file(1, header, &[0; 4])).unwrap_err().to_string();
            assert!(error.contains(message), "{header}: {error}");
        }
        let huge = format!("({0}, {0}, {0})", usize::MAX);
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {huge}}}");
        let error = decode(file(1, &header, &[])).unwrap_err().to_string();
        assert!(error.contains("expected a shape that fits memory"), "{error}");
    }
}
