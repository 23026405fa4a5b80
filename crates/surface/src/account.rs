//! What a provenance says, in sentences for people; `lossland info` prints its entries one by one.

use crate::ticks::grouped;
use crate::{
    DataSet, DirectionSource, Directions, Normalisation, Precision, Provenance, Split, Training,
};

impl Provenance {
    /// Where the values come from, in sentences. What is not known is not told of, but where it is all
    /// that would make the surface again.
    pub fn sentences(&self) -> Vec<String> {
        let Self { network, training, dataset, directions, tolerance, shard, .. } = self;
        let mut told = Vec::new();
        if let Some(network) = network {
            told.push(network_sentence(network, training.as_ref()));
        }
        told.extend(dataset.as_ref().and_then(|data| images_sentence(data, *tolerance)));
        told.extend(directions.as_ref().map(directions_sentence));
        told.extend(self.computed_sentence());
        told.extend(shard.map(|shard| format!("It is part {shard} of a surface, counted from 0.")));
        told.extend(self.imported_from.as_ref().map(|origin| format!("Imported from {origin}.")));
        let lacks = [
            ("network", network.is_none()),
            ("images", dataset.is_none()),
            ("directions", directions.is_none()),
        ];
        let lacks: Vec<&str> = lacks.iter().filter(|(_, is)| *is).map(|(what, _)| *what).collect();
        if !lacks.is_empty() {
            told.push(format!("The file does not say which {} it is of.", listed(&lacks)));
        }
        told
    }

    /// The commands that make it again, first to last, with placeholders for paths.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let trained = self.training.as_ref().and_then(|training| training.command.as_ref());
        trained.into_iter().chain(&self.weights_edits).chain(&self.command).map(String::as_str)
    }

    fn computed_sentence(&self) -> Option<String> {
        let precision = self.precision.map(|precision| match precision {
            Precision::Float64 => "in float64",
            Precision::Float32 => "in float32",
            Precision::Bfloat16 => "in bfloat16 (8 significant bits)",
        });
        let device = self.device.as_deref().map(|device| match device {
            "cpu" => "on a CPU".to_owned(),
            "cuda" => "on a CUDA device".to_owned(),
            other => format!("on {other}"),
        });
        let program = self.program.as_ref().map(|program| format!("by {program}"));
        let parts: Vec<_> =
            [precision.map(str::to_owned), device, program].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("Computed {}.", parts.join(" ")))
    }
}

fn network_sentence(network: &str, training: Option<&Training>) -> String {
    let Some(Training { epochs, seed, test_accuracy, .. }) = training else {
        return format!("The network is {network}.");
    };
    let passes = if *epochs == 1 { "epoch" } else { "epochs" };
    let trained =
        format!("The network is {network}, trained for {epochs} {passes} from seed {seed}");
    match test_accuracy {
        Some(share) => format!("{trained}; it is right about {share:.2} % of the test images."),
        None => format!("{trained}."),
    }
}

fn images_sentence(data: &DataSet, tolerance: Option<f64>) -> Option<String> {
    let named = |split: &Option<Split>, name: &str| {
        let Split { n_total, n_used, .. } = split.as_ref()?;
        Some(if n_used == n_total {
            format!("all {} {name} images", grouped(*n_total))
        } else {
            format!("{} of {} {name} images", grouped(*n_used), grouped(*n_total))
        })
    };
    let splits = [named(&data.train, "training"), named(&data.test, "test")];
    let splits: Vec<&str> = splits.iter().flatten().map(String::as_str).collect();
    if splits.is_empty() {
        return None;
    }
    let seed = data.subset_seed.map_or(String::new(), |seed| format!(", drawn with seed {seed}"));
    let of = if data.name.is_empty() { String::new() } else { format!(" of {}", data.name) };
    let images = format!("{}{of}{seed}", listed(&splits));
    Some(match tolerance {
        None => format!("Each value is a mean over {images}, the same images at all points."),
        Some(tolerance) => format!(
            "Each value is a mean over as many of {images} as its point needs for a standard error of \
            {tolerance} times the loss plus 0.1."
        ),
    })
}

fn directions_sentence(directions: &Directions) -> String {
    let from = match &directions.source {
        DirectionSource::Seed(seed) => format!("two random directions, drawn with seed {seed}"),
        DirectionSource::FileSha256(digest) => {
            format!("two given directions, out of a file with SHA-256 {digest}")
        }
    };
    let length = match directions.normalisation {
        Normalisation::Filter => ", each filter of which is as long as the weights\u{2019} own",
        Normalisation::Layer => ", each layer of which is as long as the weights\u{2019} own",
        Normalisation::Weight => ", each entry of which is multiplied by the weight\u{2019}s own",
        Normalisation::None => ", as long as they are",
    };
    let cosine = directions.gram.cosine();
    let angle = if cosine.is_finite() {
        format!("; they are {:.1} degrees apart", cosine.clamp(-1.0, 1.0).acos().to_degrees())
    } else {
        String::new()
    };
    format!("The plane goes through the trained weights along {from}{length}{angle}.")
}

/// "a", "a and b", "a, b and c".
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gram;

    fn full() -> Provenance {
        let split = |n_total, n_used| Some(Split { digest: "d".into(), n_total, n_used });
        Provenance {
            network: Some("resnet56".into()),
            training: Some(Training {
                epochs: 20,
                seed: 1,
                command: Some("lossland train resnet56".into()),
                test_accuracy: Some(90.691),
            }),
            weights_edits: vec!["lossland weights W --bfloat16".into()],
            dataset: Some(DataSet {
                name: "CIFAR-10".into(),
                n_classes: Some(10),
                train: split(50_000, 512),
                test: split(10_000, 10_000),
                subset_seed: Some(3),
            }),
            directions: Some(Directions {
                source: DirectionSource::Seed(7),
                normalisation: Normalisation::Filter,
                gram: Gram { xx: 4.0, xy: 0.0, yy: 9.0 },
            }),
            precision: Some(Precision::Bfloat16),
            device: Some("cpu".into()),
            program: Some("lossland 0.1.0".into()),
            command: Some("lossland surface resnet56".into()),
            ..Provenance::default()
        }
    }

    #[test]
    fn all_that_is_known_is_told_and_the_commands_stand_in_their_order() {
        assert_eq!(
            full().sentences(),
            [
                "The network is resnet56, trained for 20 epochs from seed 1; it is right about 90.69 % of \
                the test images.",
                "Each value is a mean over 512 of 50,000 training images and all 10,000 test images of \
                CIFAR-10, drawn with seed 3, the same images at all points.",
                "The plane goes through the trained weights along two random directions, drawn with seed \
                7, each filter of which is as long as the weights\u{2019} own; they are 90.0 degrees apart.",
                "Computed in bfloat16 (8 significant bits) on a CPU by lossland 0.1.0.",
            ]
        );
        let commands: Vec<_> = full().commands().map(str::to_owned).collect();
        assert_eq!(
            commands,
            [
                "lossland train resnet56",
                "lossland weights W --bfloat16",
                "lossland surface resnet56"
            ]
        );
    }

    #[test]
    fn nothing_is_made_up_and_what_is_missing_is_said() {
        let nothing = Provenance::default();
        assert_eq!(
            nothing.sentences(),
            ["The file does not say which network, images and directions it is of."]
        );
        assert_eq!(nothing.commands().count(), 0);
        let imported = Provenance {
            network: Some("mine".into()),
            imported_from: Some("a .npz file".into()),
            training: Some(Training { epochs: 1, ..Training::default() }),
            ..Provenance::default()
        };
        assert_eq!(
            imported.sentences(),
            [
                "The network is mine, trained for 1 epoch from seed 0.",
                "Imported from a .npz file.",
                "The file does not say which images and directions it is of.",
            ]
        );
    }

    #[test]
    fn a_tolerance_a_part_and_directions_of_no_length_are_told_of() {
        let mut of = full();
        of.tolerance = Some(0.05);
        of.shard = "1/4".parse().ok();
        if let Some(directions) = &mut of.directions {
            directions.gram = Gram { xx: 0.0, xy: 0.0, yy: 0.0 };
            directions.source = DirectionSource::FileSha256("ab".into());
        }
        let told = of.sentences().join("\n");
        for part in ["as many of 512 of", "0.05 times the loss plus 0.1", "part 1/4", "SHA-256 ab"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("apart") && !told.contains("NaN"), "{told}");
    }
}
