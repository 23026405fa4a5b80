//! glTF as its own library reads and validates it.

#![allow(missing_docs, reason = "tests say what they are by their names")]

mod common;

use common::{grid, of_values, surface};
use gltf::Gltf;
use lossland_solid::{Options, Shape, Size, write};
use lossland_surface::{Cut, Field, FieldKind, Provenance, Surface};

struct Mesh {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    colors: Vec<[f32; 3]>,
    triangles: Vec<[usize; 3]>,
}

fn read(bytes: &[u8]) -> (Gltf, Mesh) {
    let gltf = Gltf::from_slice(bytes).expect("valid glTF");
    let blob = gltf.blob.clone().expect("a buffer inside");
    let mesh = gltf.meshes().next().expect("a mesh");
    let primitive = mesh.primitives().next().expect("a primitive");
    let reader = primitive.reader(|_| Some(&blob));
    let indices: Vec<u32> = reader.read_indices().expect("indices").into_u32().collect();
    let mesh = Mesh {
        positions: reader.read_positions().expect("positions").collect(),
        normals: reader.read_normals().expect("normals").collect(),
        colors: reader.read_colors(0).expect("colours").into_rgb_f32().collect(),
        triangles: indices.chunks(3).map(|t| [t[0], t[1], t[2]].map(|i| i as usize)).collect(),
    };
    let n = mesh.positions.len();
    assert_eq!((mesh.normals.len(), mesh.colors.len()), (n, n));
    (gltf, mesh)
}

fn mesh(surface: &Surface, cut: Cut) -> Mesh {
    let options = Options { cut, ..Options::default() };
    let mesh = read(&write(surface, Shape::Glb, &options).expect("a mesh")).1;
    for normal in &mesh.normals {
        let length = normal.iter().map(|part| part * part).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-6 && normal[1] > 0.0, "{normal:?}");
    }
    for triangle in &mesh.triangles {
        let [a, b, c] = triangle.map(|i| mesh.positions[i]);
        let up = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2]);
        assert!(up > 0.0, "{a:?} {b:?} {c:?} is clockwise from above");
    }
    mesh
}

#[test]
fn y_is_up_and_lengths_are_metres_around_the_middle() {
    // Highest at the largest alpha and the smallest beta.
    let surface = surface("0:1:3", "0:1:3", |x, y| x - y + 1.0);
    let options = Options {
        size: Size { width_mm: 80.0, depth_mm: 40.0, height_mm: 20.0, base_mm: 1.0 },
        ..Options::default()
    };
    let (gltf, mesh) = read(&write(&surface, Shape::Glb, &options).expect("a mesh"));
    assert_eq!((mesh.positions.len(), mesh.triangles.len()), (9, 8));
    assert!(mesh.positions.contains(&[0.04, 0.02, 0.02]), "{:?}", mesh.positions);
    assert!(mesh.positions.contains(&[-0.04, 0.0, -0.02]), "{:?}", mesh.positions);
    let bounds = gltf.meshes().next().and_then(|m| m.primitives().next()).expect("a primitive");
    assert_eq!(bounds.bounding_box().min, [-0.04, 0.0, -0.02]);
    assert_eq!(bounds.bounding_box().max, [0.04, 0.02, 0.02]);
    assert!(bounds.material().double_sided());
    // A plane's normal is the same everywhere: 10 up for 80 along x, and for 40 along z.
    let expected = [-0.125, 1.0, -0.25].map(|part| part / 1.078_125_f32.sqrt());
    for normal in &mesh.normals {
        assert!(normal.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{normal:?}");
    }
}

#[test]
fn colours_are_the_pages_in_linear_light() {
    let mesh = mesh(&surface("0:1:3", "0:1:2", |x, _| x), Cut::Off);
    // Viridis at 0, a half and 1: #440154, #20908c, #fde725; the linear values by the standard.
    for (height, linear) in [
        (0.0, [0.057_805, 0.000_304, 0.088_656]),
        (0.031, [0.014_444, 0.278_894, 0.262_251]),
        (0.062, [0.982_251, 0.799_103, 0.018_500]),
    ] {
        let at = mesh.positions.iter().position(|at| at[1] == height).expect("a corner");
        let found = mesh.colors[at];
        let is_near = found.iter().zip(linear).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6);
        assert!(is_near, "at {height}: expected {linear:?}, found {found:?}");
    }
}

#[test]
fn the_plateau_is_flat_in_the_light_and_ends_where_the_cut_is() {
    let mesh = mesh(&surface("0:2:3", "0:1:2", |x, _| x), Cut::At(0.5));
    let is_flat = |normal: &[f32; 3]| *normal == [0.0, 1.0, 0.0];
    let of = |wants_flat: bool| {
        let corners = mesh.positions.iter().zip(&mesh.normals);
        let mut found: Vec<_> = corners
            .filter(|(_, normal)| is_flat(normal) == wants_flat)
            .map(|(position, _)| (position[0] * 100.0).round() as i32)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    // A ramp of a quarter of the width of 10 cm.
    assert_eq!((of(false), of(true)), (vec![-5, -3], vec![-3, 0, 5]));
}

#[test]
fn a_hole_is_a_hole() {
    // Both triangles at the first corner go with their other corner.
    let mut values = vec![1.0; 16];
    values[5] = f32::NAN;
    let mesh = mesh(&of_values(grid("0:1:4", "0:1:4"), values), Cut::Auto);
    assert_eq!((mesh.positions.len(), mesh.triangles.len()), (14, 18 - 6));
}

#[test]
fn it_says_what_it_is() {
    let train = surface("0:1:2", "0:1:2", |x, _| x);
    let other = Field::new(FieldKind::TestAccuracy, vec![10.0, 20.0, 30.0, 40.0]).expect("a field");
    let fields = vec![train.main_field().clone(), other];
    let surface = Surface::new("a", "Größe", *train.grid(), fields).expect("a surface");
    let network = Some("resnet8".to_owned());
    let surface = surface.with_provenance(Provenance { network, ..Provenance::default() });
    let options = Options { field: Some(FieldKind::TestAccuracy), ..Options::default() };
    let (gltf, mesh) = read(&write(&surface, Shape::Glb, &options).expect("a mesh"));
    let node = gltf.default_scene().and_then(|scene| scene.nodes().next()).expect("a node");
    assert_eq!(node.name(), Some("Größe"));
    let extras = node.extras().as_ref().expect("extras").get();
    let extras: serde_json::Value = serde_json::from_str(extras).expect("JSON");
    assert_eq!(extras["field"], "test_accuracy");
    assert_eq!(extras["provenance"]["network"], "resnet8");
    assert_eq!((&extras["height"]["lo"], &extras["height"]["hi"]), (&0.0.into(), &40.0.into()));
    assert!(mesh.positions.iter().any(|at| at[1] == 0.062));
}
