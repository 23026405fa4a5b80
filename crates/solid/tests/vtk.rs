//! VTK's legacy format as a library reads it.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_solid::{Options, Shape, write};
use lossland_surface::{Cut, Field, FieldKind, Grid, Surface};
use vtkio::Vtk;
use vtkio::model::{Attribute, DataSet, IOBuffer, PolyDataPiece, VertexNumbers};

const NAN: f32 = f32::NAN;

fn read(bytes: &[u8]) -> (String, PolyDataPiece) {
    let vtk = Vtk::parse_legacy_be(bytes).expect("a VTK file");
    let DataSet::PolyData { pieces, .. } = vtk.data else { panic!("{:?}", vtk.data) };
    let piece = pieces.into_iter().next().expect("a piece");
    (vtk.title, piece.into_loaded_piece_data(None).expect("all in one file"))
}

fn doubles(buffer: &IOBuffer) -> &[f64] {
    let IOBuffer::F64(values) = buffer else { panic!("{buffer:?}") };
    values
}

/// All arrays at points by name.
fn arrays(piece: &PolyDataPiece) -> Vec<(&str, &[f64])> {
    let points = piece.data.point.iter();
    let arrays = points.flat_map(|attribute| match attribute {
        Attribute::DataArray(array) => vec![(array.name.as_str(), doubles(&array.data))],
        Attribute::Field { data_array, .. } => {
            let named = data_array.iter();
            named.map(|array| (array.name.as_str(), doubles(&array.data))).collect()
        }
    });
    arrays.collect()
}

#[rustfmt::skip]
const LOSS: [f32; 9] = [
    0.1, 12.0, f32::INFINITY,
    0.5, 2.0, 3.0,
    NAN, 5.0, 6.0,
];
const ACCURACY: [f32; 9] = [0.0, 10.0, 20.0, NAN, 40.0, 50.0, 60.0, 70.0, 80.0];

fn surface(title: &str) -> Surface {
    let fields = [(FieldKind::TrainLoss, LOSS), (FieldKind::TestAccuracy, ACCURACY)]
        .map(|(kind, values)| Field::new(kind, values.to_vec()).expect("a field"));
    let axis = |text: &str| text.parse().expect("an axis");
    let grid = Grid { x: axis("-1:1:3"), y: axis("2:3:3") };
    Surface::new("a", title, grid, fields.into()).expect("a surface")
}

#[test]
fn all_fields_are_there_bit_by_bit() {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for (field, names) in [
        (None, ["train_loss", "test_accuracy"]),
        (Some(FieldKind::TestAccuracy), ["test_accuracy", "train_loss"]),
    ] {
        let options = Options { field, cut: Cut::At(4.0), ..Options::default() };
        let (title, piece) = read(&write(&surface("Two"), Shape::Vtk, &options).expect("a mesh"));
        assert_eq!(title, format!("Two, {}", names[0]));
        let found = arrays(&piece);
        assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
        for (name, values) in found {
            let expected = if name == "train_loss" { LOSS } else { ACCURACY };
            assert_eq!(bits(values), bits(&expected.map(f64::from)), "{name}");
        }
    }
}

#[test]
fn the_mesh_is_the_grid_without_holes_in_the_planes_own_units() {
    let options = Options { cut: Cut::At(4.0), ..Options::default() };
    let (_, piece) = read(&write(&surface("Two"), Shape::Vtk, &options).expect("a mesh"));
    let points: Vec<&[f64]> = doubles(&piece.points).chunks(3).collect();
    assert_eq!(points.len(), 9);
    for (index, point) in points.iter().enumerate() {
        let plane = [(index % 3) as f64 - 1.0, 2.0 + (index / 3) as f64 / 2.0];
        // 0 to 4 over 0.62 of the width, which is 2.
        let value = LOSS[index];
        let z = if value.is_nan() { 0.0 } else { f64::from(value.min(4.0)) / 4.0 * 1.24 };
        assert_eq!(point[..2], plane);
        assert!((point[2] - z).abs() < 1e-6, "point {index}: expected {z}, found {}", point[2]);
    }
    let polys = piece.polys.expect("triangles");
    let VertexNumbers::Legacy { num_cells, vertices } = polys else { panic!("{polys:?}") };
    // Eight, without the one at the corner that was not computed.
    assert_eq!(num_cells, 7);
    assert_eq!(vertices[..8], [3, 0, 1, 4, 3, 0, 4, 3]);
    assert!(vertices.chunks(4).all(|triangle| triangle[0] == 3 && !triangle[1..].contains(&6)));
}

#[test]
fn a_title_may_be_too_long_for_the_format() {
    let (title, piece) =
        read(&write(&surface(&"ü".repeat(512)), Shape::Vtk, &Options::default()).expect("a mesh"));
    assert_eq!(title, "ü".repeat(127));
    assert_eq!(arrays(&piece).len(), 2);
}
