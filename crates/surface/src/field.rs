//! Fields: the named quantities that a surface holds at each point of its grid.

use crate::SurfaceError;

/// What a field's values are. The names are those of `.npz` entries and `.csv` columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Mean cross-entropy over training images, in nats.
    TrainLoss,
    /// Share of training images classified correctly, in per cent.
    TrainAccuracy,
    /// Mean cross-entropy over test images, in nats.
    TestLoss,
    /// Share of test images classified correctly, in per cent.
    TestAccuracy,
    /// Standard error of the training loss, in nats.
    TrainLossStderr,
    /// Standard error of the test loss, in nats.
    TestLossStderr,
    /// Number of training images evaluated at the point.
    TrainImages,
    /// Number of test images evaluated at the point.
    TestImages,
    /// Smallest eigenvalue of the Hessian.
    MinEig,
    /// Largest eigenvalue of the Hessian.
    MaxEig,
    /// Anything else, by name.
    Custom(String),
}

/// The longest name that a custom field may have, in bytes.
const MAX_NAME_LEN: usize = 64;

/// Names that stand for coordinates in `.npz` and `.csv` files and so can't name a field.
const RESERVED_NAMES: [&str; 7] = ["x", "y", "alpha", "beta", "X", "Y", "Z"];

const KNOWN: [(FieldKind, &str, &str, &str); 10] = [
    (FieldKind::TrainLoss, "train_loss", "training loss", "nats"),
    (FieldKind::TrainAccuracy, "train_accuracy", "training accuracy", "%"),
    (FieldKind::TestLoss, "test_loss", "test loss", "nats"),
    (FieldKind::TestAccuracy, "test_accuracy", "test accuracy", "%"),
    (
        FieldKind::TrainLossStderr,
        "train_loss_stderr",
        "standard error of the training loss",
        "nats",
    ),
    (FieldKind::TestLossStderr, "test_loss_stderr", "standard error of the test loss", "nats"),
    (FieldKind::TrainImages, "train_images", "training images", ""),
    (FieldKind::TestImages, "test_images", "test images", ""),
    (FieldKind::MinEig, "min_eig", "smallest eigenvalue", ""),
    (FieldKind::MaxEig, "max_eig", "largest eigenvalue", ""),
];

impl FieldKind {
    /// The kind with this name; any other well-formed name is a custom field.
    ///
    /// # Errors
    /// Where the name is not 1 to 64 of the characters `A-Z a-z 0-9 _ . -`, or names a coordinate.
    pub fn from_name(name: &str) -> Result<Self, SurfaceError> {
        if let Some((kind, ..)) = KNOWN.iter().find(|(_, known, ..)| *known == name) {
            return Ok(kind.clone());
        }
        let well_formed = (1..=MAX_NAME_LEN).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if !well_formed {
            return Err(SurfaceError::format(
                "a field name of 1 to 64 letters, digits, '_', '.' or '-'",
                format!("{:?}", name.chars().take(MAX_NAME_LEN + 1).collect::<String>()),
            ));
        }
        if RESERVED_NAMES.contains(&name) {
            return Err(SurfaceError::Invalid(format!(
                "expected a field's name, found {name:?}, which names a coordinate; rename the field"
            )));
        }
        Ok(Self::Custom(name.to_owned()))
    }

    fn known(&self) -> Option<&'static (FieldKind, &'static str, &'static str, &'static str)> {
        KNOWN.iter().find(|(kind, ..)| kind == self)
    }

    /// The name in files, for example `train_loss`.
    pub fn name(&self) -> &str {
        match self {
            Self::Custom(name) => name,
            known => known.known().map_or("", |(_, name, ..)| name),
        }
    }

    /// The name for people, for example "training loss".
    pub fn label(&self) -> &str {
        match self {
            Self::Custom(name) => name,
            known => known.known().map_or("", |(_, _, label, _)| label),
        }
    }

    /// Whether it is a loss: of a custom field, by its name.
    pub fn is_loss(&self) -> bool {
        let name = self.name();
        name.contains("loss") && !name.contains("stderr")
    }

    /// The unit of its values; empty for counts and whatever has none.
    pub fn unit(&self) -> &'static str {
        self.known().map_or("", |(.., unit)| unit)
    }
}

/// The fields of one split of a data set that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitKinds {
    /// The loss.
    pub loss: FieldKind,
    /// The accuracy.
    pub accuracy: FieldKind,
    /// The loss's standard error.
    pub stderr: FieldKind,
    /// The number of images evaluated.
    pub images: FieldKind,
}

impl SplitKinds {
    /// Of the training set.
    pub const TRAIN: Self = Self {
        loss: FieldKind::TrainLoss,
        accuracy: FieldKind::TrainAccuracy,
        stderr: FieldKind::TrainLossStderr,
        images: FieldKind::TrainImages,
    };
    /// Of the test set.
    pub const TEST: Self = Self {
        loss: FieldKind::TestLoss,
        accuracy: FieldKind::TestAccuracy,
        stderr: FieldKind::TestLossStderr,
        images: FieldKind::TestImages,
    };
}

/// One quantity at every point of a surface's grid, row-major `[beta][alpha]`.
/// NaN: not computed. +infinity: computed, and not finite or beyond `f32`.
#[derive(Clone, Debug)]
pub struct Field {
    kind: FieldKind,
    values: Vec<f32>,
}

impl Field {
    /// A field of these values.
    ///
    /// # Errors
    /// If a value is -infinity, which no field can mean. NaNs are made one and the same, so that
    /// equal fields have equal bytes.
    pub fn new(kind: FieldKind, mut values: Vec<f32>) -> Result<Self, SurfaceError> {
        for (index, value) in values.iter_mut().enumerate() {
            if *value == f32::NEG_INFINITY {
                return Err(SurfaceError::Invalid(format!(
                    "field {}: expected finite values, +infinity (overflowed) or NaN (not \
                     computed), found -infinity at value {index}",
                    kind.name()
                )));
            }
            if value.is_nan() {
                *value = f32::NAN;
            }
        }
        Ok(Self { kind, values })
    }

    /// What the values are.
    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// The values, row-major `[beta][alpha]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl PartialEq for Field {
    /// Bit by bit: a point that was not computed equals another.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_kinds_correspond() {
        for (kind, name, ..) in &KNOWN {
            assert_eq!(FieldKind::from_name(name).unwrap(), *kind);
            assert_eq!(kind.name(), *name);
        }
        assert_eq!(FieldKind::from_name("ece").unwrap(), FieldKind::Custom("ece".into()));
        for bad in ["", "a b", "<b>", "alpha", "X", &"n".repeat(65)] {
            assert!(FieldKind::from_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nan_is_one_value_and_negative_infinity_none() {
        let odd_nan = f32::from_bits(0xFFC0_1234);
        let field = Field::new(FieldKind::TrainLoss, vec![odd_nan, f32::INFINITY]).unwrap();
        assert_eq!(field.values()[0].to_bits(), f32::NAN.to_bits());
        assert!(Field::new(FieldKind::TrainLoss, vec![f32::NEG_INFINITY]).is_err());
    }
}
