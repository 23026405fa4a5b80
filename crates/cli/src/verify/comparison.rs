//! Whether a value that was computed again is the one in the file: how far rounding may take it.

use lossland_compute::PointScore;
use lossland_surface::{Gram, Precision};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// In nats.
    Loss,
    /// In per cent.
    Accuracy,
}

impl Quantity {
    pub(super) fn of(self, score: PointScore) -> f32 {
        match self {
            Self::Loss => score.loss,
            Self::Accuracy => score.accuracy,
        }
    }
}

/// How far a value may be off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// In units of the value.
    relative: f64,
    /// In the value's own unit.
    absolute: f64,
}

/// How many of its standard errors a value may be off where fewer images were used.
const STOPPING_ERRORS: f64 = 4.0;

impl Rule {
    /// Other processors and other numbers of threads round in another order. In an image that two
    /// classes claim equally this changes the class, which is the more likely the coarser the
    /// format is: float32 and bfloat16, which differ by more than that, agree within 0.3 % of 1000
    /// images all over the planes of the two ResNet-20.
    pub(super) fn new(quantity: Quantity, precision: Precision, n_images: u64) -> Self {
        let is_coarse = precision == Precision::Bfloat16;
        match quantity {
            Quantity::Loss if is_coarse => Self { relative: 0.02, absolute: 0.005 },
            Quantity::Loss => Self { relative: 1e-4, absolute: 1e-5 },
            Quantity::Accuracy => {
                let one_image = 100.0 / n_images as f64;
                Self { relative: 0.0, absolute: one_image + if is_coarse { 1.0 } else { 0.1 } }
            }
        }
    }

    /// How far from the file's value one may be, whose points stopped with this standard error.
    pub(super) fn allowed(self, file: f32, stopping_error: f64) -> f64 {
        self.relative * f64::from(file) + self.absolute + STOPPING_ERRORS * stopping_error
    }
}

/// The standard error of an accuracy in per cent over `n` images, a binomial share. Two images of
/// each kind are added (Agresti and Coull 1998), so that 0 and 100 % have an error too.
pub(super) fn accuracy_stderr(accuracy: f64, n: f64) -> f64 {
    let share = (n * accuracy / 100.0 + 2.0) / (n + 4.0);
    100.0 * (share * (1.0 - share) / (n + 4.0)).sqrt()
}

/// Whether two planes are one, but for the order of sums.
pub(super) fn is_same_plane(a: Gram, b: Gram) -> bool {
    let scale = a.xx.max(a.yy);
    [(a.xx, b.xx), (a.xy, b.xy), (a.yy, b.yy)]
        .iter()
        .all(|(a, b)| a == b || (a - b).abs() <= 1e-9 * scale)
}

/// A value of the file beside the one computed again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// Alpha and beta.
    pub(super) at: (f64, f64),
    pub(super) file: f32,
    pub(super) again: f32,
    pub(super) allowed: f64,
}

impl Compared {
    /// An infinite value has to be infinite again.
    pub(super) fn differs(&self) -> bool {
        self.share() > 1.0
    }

    fn difference(&self) -> f64 {
        if self.file == self.again { 0.0 } else { f64::from(self.file - self.again).abs() }
    }

    /// The difference in units of what is allowed.
    fn share(&self) -> f64 {
        let difference = self.difference();
        if difference.is_finite() { difference / self.allowed } else { f64::INFINITY }
    }
}

/// The largest difference, in units of what is allowed; where, and how much is.
pub(super) fn summary(compared: &[Compared]) -> String {
    let worst = compared.iter().max_by(|a, b| a.share().total_cmp(&b.share()));
    match worst {
        Some(worst) if worst.difference() > 0.0 => format!(
            "{} largest difference {:.2e} at ({}, {}), allowed {:.2e}; {} in the file, {} again",
            if worst.differs() { "DIFFERS," } else { "agrees," },
            worst.difference(),
            rounded(worst.at.0),
            rounded(worst.at.1),
            worst.allowed,
            worst.file,
            worst.again
        ),
        _ => "agrees, to the last digit".to_owned(),
    }
}

/// A coordinate without the last digits, which only say how it was computed.
fn rounded(coordinate: f64) -> f64 {
    (coordinate * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(file: f32, again: f32, precision: Precision) -> Compared {
        let rule = Rule::new(Quantity::Loss, precision, 100);
        Compared { at: (0.1 + 0.2, -1e-9), file, again, allowed: rule.allowed(file, 0.0) }
    }

    #[test]
    fn losses_may_be_off_by_as_much_as_rounding_takes() {
        use Precision::{Bfloat16, Float32, Float64};
        for (file, again, precision, differs) in [
            (2.0, 2.000_2, Float32, false),
            (2.0, 2.000_3, Float64, true),
            (0.0, 9e-6, Float32, false),
            (0.0, 2e-5, Float32, true),
            (2.0, 1.956, Bfloat16, false),
            (2.0, 2.046, Bfloat16, true),
            (f32::INFINITY, f32::INFINITY, Float32, false),
            (f32::INFINITY, 1e30, Bfloat16, true),
            (1e30, f32::INFINITY, Bfloat16, true),
        ] {
            assert_eq!(compared(file, again, precision).differs(), differs, "{file} {again}");
        }
    }

    #[test]
    fn accuracies_may_be_off_by_images() {
        let rule = |precision| Rule::new(Quantity::Accuracy, precision, 50).allowed(40.0, 0.0);
        assert!((2.0..4.0).contains(&rule(Precision::Float32)), "one image of 50");
        assert!((3.0..4.0).contains(&rule(Precision::Bfloat16)), "and 1 %");
    }

    #[test]
    fn points_that_stopped_early_may_be_off_by_their_errors() {
        let rule = Rule::new(Quantity::Loss, Precision::Float32, 100);
        assert!((rule.allowed(2.0, 0.05) - 0.2 - rule.allowed(2.0, 0.0)).abs() < 1e-12);
        let half = accuracy_stderr(50.0, 100.0);
        assert!((half - 5.0).abs() < 0.2, "{half}");
        assert!(accuracy_stderr(100.0, 100.0) > 0.5);
    }

    #[test]
    fn the_summary_names_the_worst_by_what_is_allowed() {
        let close = compared(100.0, 100.5, Precision::Bfloat16);
        let worse = compared(0.1, 0.2, Precision::Bfloat16);
        assert_eq!(
            summary(&[close, worse]),
            "DIFFERS, largest difference 1.00e-1 at (0.3, 0), allowed 7.00e-3; 0.1 in the file, \
             0.2 again"
        );
        assert_eq!(summary(&[compared(1.0, 1.0, Precision::Float32)]), "agrees, to the last digit");
    }
}
