//! Rewrites weights files: rounded to bfloat16, residual blocks rescaled.
//!
//! Tensors are changed one by one, so that all else in the file stays: names, shapes, types that
//! were not to change, counters, and the record of training. What was done is noted beside that
//! record, as commands in `edits`, so that whoever uses the file can say so. Metadata of other
//! programs is not kept.

use std::collections::BTreeMap;

use safetensors::Dtype;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{ComputeError, Result};
use crate::network::Network;
use crate::rescale::{PowerOfTwo, block_factors};
use crate::weights::{RECORD_KEY, Tensors, Writer, decode, encode, read_state};

/// What to change in weights; the rounding comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WeightsEdit {
    /// Round every floating number to bfloat16, to nearest with ties to even, and store it so.
    pub bfloat16: bool,
    /// In each residual block, multiply `bn1.weight` and `bn1.bias` by this and divide
    /// `conv2.weight` by it: the function stays what it is.
    pub rescale_blocks: Option<PowerOfTwo>,
}

/// The key of the edits in the record, a list of commands.
const EDITS: &str = "edits";

/// Edits a weights file's bytes; equal bytes give equal bytes. `command` is noted in the file as
/// what did it.
///
/// # Errors
/// [`ComputeError::StateFile`] where the file is not the state of this network, or a number leaves
/// the range of its type; [`ComputeError::Request`] where blocks are to be rescaled and the network
/// has none.
pub fn edit_weights(
    network: &Network,
    bytes: &[u8],
    edit: WeightsEdit,
    command: &str,
) -> Result<Vec<u8>> {
    let factors = match edit.rescale_blocks {
        Some(factor) => block_factors(network, factor)?,
        None => BTreeMap::new(),
    };
    // Refuses what is not a state of this network.
    read_state(network, bytes)?;
    let file = Tensors::parse(bytes)?;
    let mut writer = Writer::default();
    for (name, tensor) in file.iter() {
        let mut values = vec![0.0; tensor.shape().iter().product()];
        if !decode(tensor.dtype(), tensor.data(), &mut values) {
            // A counter.
            writer.tensor(name, tensor.dtype(), tensor.shape(), tensor.data().to_vec());
            continue;
        }
        let dtype = if edit.bfloat16 { Dtype::BF16 } else { tensor.dtype() };
        round(dtype, &mut values);
        scale(factors.get(name).copied().unwrap_or(1.0), dtype, &mut values)
            .map_err(|what| ComputeError::StateFile(format!("{name:?}: {what}")))?;
        writer.tensor(name, dtype, tensor.shape(), encoded(dtype, &values));
    }
    let record = with_edit(file.metadata(RECORD_KEY), command);
    writer.finish(Some((RECORD_KEY.to_owned(), record)))
}

/// The commands that edited a weights file after training, first to last.
pub fn read_weights_edits(weights: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Record {
        edits: Vec<String>,
    }
    let edits = |weights| {
        let file = Tensors::parse(weights).ok()?;
        serde_json::from_str(file.metadata(RECORD_KEY)?).ok()
    };
    edits(weights).map_or(Vec::new(), |record: Record| record.edits)
}

/// The record with one more edit. A file that was not trained here gets one of edits alone.
fn with_edit(record: Option<&str>, command: &str) -> String {
    let record = record.and_then(|record| serde_json::from_str(record).ok());
    let mut record: Map<String, Value> = record.unwrap_or_default();
    let edits = record.entry(EDITS).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(edits) = edits {
        edits.push(command.into());
    } else {
        *edits = vec![command].into();
    }
    let mut record = Value::Object(record);
    // Whether a map keeps its order hangs on what else is built; the file's bytes must not.
    record.sort_all_objects();
    record.to_string()
}

/// Multiplies numbers of a type; says what is wrong if one of the products is not exactly a number
/// of that type.
fn scale(factor: f64, dtype: Dtype, values: &mut [f64]) -> Result<(), String> {
    let refuse = |value: f64| {
        Err(format!(
            "expected a number that {dtype} still holds exactly after multiplication by {factor}, \
            found {value}; choose a factor nearer to 1"
        ))
    };
    let before = values.to_vec();
    values.iter_mut().for_each(|value| *value *= factor);
    round(dtype, values);
    match before.iter().zip(values).find(|(before, value)| **value / factor != **before) {
        Some((before, _)) => refuse(*before),
        None => Ok(()),
    }
}

fn round(dtype: Dtype, values: &mut [f64]) {
    decode(dtype, &encoded(dtype, values), values);
}

fn encoded(dtype: Dtype, values: &[f64]) -> Vec<u8> {
    encode(dtype, values).expect("whatever was decoded is of a floating type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::weights::Metadata;

    const ROUND: WeightsEdit = WeightsEdit { bfloat16: true, rescale_blocks: None };

    fn network() -> Network {
        Network::parse("resnet8").unwrap()
    }

    fn file(state: &State, metadata: Metadata) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.state(&network(), state, "");
        writer.finish(metadata).unwrap()
    }

    #[test]
    fn numbers_become_the_nearest_bfloat16_and_ties_go_to_even() {
        let bits = f32::from_bits;
        let cases = [
            (0x3f80_8000, 0x3f80), // a tie, down to even
            (0x3f81_8000, 0x3f82), // a tie, up to even
            (0x3f80_8001, 0x3f81), // the least above a tie
            (0x3f80_7fff, 0x3f80),
            (0xbf80_8001, 0xbf81),
            (0x0000_8001, 0x0001), // a subnormal number
            (0x7f7f_7fff, 0x7f7f), // the largest that does not overflow
        ];
        let values = cases.map(|(float32, _)| f64::from(bits(float32)));
        let expected: Vec<u8> = cases.iter().flat_map(|(_, to)| u16::to_le_bytes(*to)).collect();
        assert_eq!(encode(Dtype::BF16, &values).unwrap(), expected);
    }

    #[test]
    fn a_file_in_bfloat16_keeps_all_but_its_digits() {
        let mut state = State::initial(&network(), 1);
        state.batches_tracked = 4692;
        let metadata = Some((RECORD_KEY.to_owned(), r#"{"network":"resnet8"}"#.to_owned()));
        let before = file(&state, metadata);
        let after = edit_weights(&network(), &before, ROUND, "first").unwrap();
        assert_eq!(after, edit_weights(&network(), &before, ROUND, "first").unwrap());
        assert!(after.len() < before.len() * 11 / 20, "{} of {}", after.len(), before.len());

        let [old, new] = [&before, &after].map(|bytes| Tensors::parse(bytes).unwrap());
        for ((name, old), (new_name, new)) in old.iter().zip(new.iter()) {
            assert_eq!((name, old.shape()), (new_name, new.shape()));
            match old.dtype() {
                Dtype::I64 => assert_eq!((new.dtype(), new.data()), (Dtype::I64, old.data())),
                _ => assert_eq!(new.dtype(), Dtype::BF16),
            }
        }
        let rounded = read_state(&network(), &after).unwrap();
        assert_eq!(rounded.batches_tracked, 4692);
        for entry in network().entries() {
            for (found, exact) in rounded.entry(entry).iter().zip(state.entry(entry)) {
                assert!((found - exact).abs() <= exact.abs() / 256.0, "{found}, {exact}");
            }
        }

        // Every further edit is noted, and rounding twice is rounding once.
        let again = edit_weights(&network(), &after, ROUND, "second").unwrap();
        assert_eq!(read_weights_edits(&again), ["first", "second"]);
        assert_eq!(read_state(&network(), &again).unwrap(), rounded);
        let record = Tensors::parse(&again).unwrap().metadata(RECORD_KEY).unwrap().to_owned();
        assert_eq!(record, r#"{"edits":["first","second"],"network":"resnet8"}"#);
    }

    #[test]
    fn a_file_from_elsewhere_gets_a_record_of_edits() {
        let bytes = file(&State::initial(&network(), 1), None);
        assert!(read_weights_edits(&bytes).is_empty());
        let edited = edit_weights(&network(), &bytes, ROUND, "first").unwrap();
        assert_eq!(read_weights_edits(&edited), ["first"]);
        assert_eq!(crate::read_training_record(&edited), None);
    }

    #[test]
    fn what_a_type_cannot_hold_exactly_is_refused() {
        let bytes = file(&State::initial(&network(), 1), None);
        // 2^200 overflows a batch norm, 2^126 takes a convolution among the subnormal numbers.
        let cases = [("1.6069380442589903e60", "bn1.weight"), ("8.507059173023462e37", "conv2")];
        for (factor, entry) in cases {
            let rescale_blocks = Some(factor.parse().unwrap());
            let edit = WeightsEdit { bfloat16: false, rescale_blocks };
            let refusal = edit_weights(&network(), &bytes, edit, "").unwrap_err().to_string();
            assert!(refusal.contains(entry) && refusal.contains("nearer to 1"), "{refusal}");
        }
    }
}
