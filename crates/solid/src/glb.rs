//! The surface as glTF 2.0 in its binary container: metres, y up, alpha to the right, beta away from
//! who looks along -z.
//!
//! Colours are those of heights on the page, in linear light as glTF wants them. The plateau at the cut
//! has corners of its own, so that it is flat in the light, too.

use crate::relief::{Part, Place, Relief};
use crate::stl::cross;
use gltf::Glb;
use gltf::json::accessor::{ComponentType, GenericComponentType, Type};
use gltf::json::buffer::{Target, View};
use gltf::json::material::{PbrMetallicRoughness, StrengthFactor};
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::validation::Checked::Valid;
use gltf::json::validation::USize64;
use gltf::json::{self, Accessor, Buffer, Index, Material, Mesh, Node, Root, Scene};
use lossland_surface::SurfaceError;
use serde_json::value::to_raw_value;
use std::borrow::Cow;
use std::collections::HashMap;

/// Neither shines nor reflects: what is seen is the data's colour.
const ROUGHNESS: f32 = 0.9;

/// Corners and triangles, ready to be written.
#[derive(Default)]
struct Vertices {
    /// x, y, z in metres.
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    /// Linear red, green and blue, 0 to 1.
    colors: Vec<[f32; 3]>,
    indices: Vec<u32>,
}

pub(crate) fn write(relief: &Relief<'_>) -> Result<Vec<u8>, SurfaceError> {
    let vertices = vertices(relief);
    let mut root = Root::default();
    root.asset.generator = Some(concat!("lossland ", env!("CARGO_PKG_VERSION")).into());
    let mut bytes = Vec::new();
    // The one buffer, whose length is known at the end.
    let buffer = root.push(Buffer {
        byte_length: USize64(0),
        uri: None,
        name: None,
        extensions: None,
        extras: None,
    });
    let mut attribute = |root: &mut Root, triples: &[[f32; 3]], has_bounds: bool| {
        let start = bytes.len();
        bytes.extend(triples.as_flattened().iter().flat_map(|number| number.to_le_bytes()));
        let view = view(root, buffer, start..bytes.len(), Target::ArrayBuffer);
        let bound = |of: fn(f32, f32) -> f32| {
            let fold = |i: usize| triples.iter().map(|triple| triple[i]).reduce(of);
            has_bounds.then(|| serde_json::json!([fold(0), fold(1), fold(2)]))
        };
        let (min, max) = (bound(f32::min), bound(f32::max));
        let accessor = accessor(view, triples.len(), ComponentType::F32, Type::Vec3);
        root.push(Accessor { min, max, ..accessor })
    };
    let attributes = [
        (Semantic::Positions, attribute(&mut root, &vertices.positions, true)),
        (Semantic::Normals, attribute(&mut root, &vertices.normals, false)),
        (Semantic::Colors(0), attribute(&mut root, &vertices.colors, false)),
    ];
    let start = bytes.len();
    bytes.extend(vertices.indices.iter().flat_map(|index| index.to_le_bytes()));
    let view = view(&mut root, buffer, start..bytes.len(), Target::ElementArrayBuffer);
    let indices =
        root.push(accessor(view, vertices.indices.len(), ComponentType::U32, Type::Scalar));
    root.buffers[buffer.value()].byte_length = USize64::from(bytes.len());
    let primitive = Primitive {
        attributes: attributes.map(|(semantic, index)| (Valid(semantic), index)).into(),
        indices: Some(indices),
        material: Some(root.push(material())),
        mode: Valid(Mode::Triangles),
        targets: None,
        extensions: None,
        extras: None,
    };
    add_scene(relief, primitive, &mut root)?;
    let glb = Glb {
        // The lengths are the writer's.
        header: gltf::binary::Header { magic: *b"glTF", version: 2, length: 0 },
        json: Cow::Owned(json::serialize::to_vec(&root).map_err(invalid)?),
        bin: Some(Cow::Owned(bytes)),
    };
    glb.to_vec().map_err(invalid)
}

fn invalid(error: impl std::fmt::Display) -> SurfaceError {
    SurfaceError::Invalid(format!("glTF: {error}"))
}

fn view(
    root: &mut Root,
    buffer: Index<Buffer>,
    bytes: std::ops::Range<usize>,
    target: Target,
) -> Index<View> {
    root.push(View {
        buffer,
        byte_length: USize64::from(bytes.len()),
        byte_offset: Some(USize64::from(bytes.start)),
        byte_stride: None,
        target: Some(Valid(target)),
        name: None,
        extensions: None,
        extras: None,
    })
}

fn accessor(view: Index<View>, count: usize, component: ComponentType, kind: Type) -> Accessor {
    Accessor {
        buffer_view: Some(view),
        byte_offset: None,
        count: USize64::from(count),
        component_type: Valid(GenericComponentType(component)),
        type_: Valid(kind),
        min: None,
        max: None,
        normalized: false,
        sparse: None,
        name: None,
        extensions: None,
        extras: None,
    }
}

fn material() -> Material {
    Material {
        double_sided: true,
        pbr_metallic_roughness: PbrMetallicRoughness {
            metallic_factor: StrengthFactor(0.0),
            roughness_factor: StrengthFactor(ROUGHNESS),
            ..PbrMetallicRoughness::default()
        },
        ..Material::default()
    }
}

/// One node with the mesh, its title as its name, and where its values come from.
fn add_scene(
    relief: &Relief<'_>,
    primitive: Primitive,
    root: &mut Root,
) -> Result<(), SurfaceError> {
    let (surface, scale) = (relief.surface, &relief.scale);
    let title = Some(surface.title().to_owned());
    let mesh = root.push(Mesh {
        primitives: vec![primitive],
        weights: None,
        name: title.clone(),
        extensions: None,
        extras: None,
    });
    let extras = serde_json::json!({
        "id": surface.id(),
        "title": surface.title(),
        "field": relief.field.kind().name(),
        "alpha": surface.grid().x,
        "beta": surface.grid().y,
        "height": { "lo": scale.lo, "hi": scale.hi, "log": scale.is_log, "cut": scale.is_cut },
        "provenance": surface.provenance(),
    });
    let extras = Some(to_raw_value(&extras).map_err(invalid)?);
    let node = root.push(Node { mesh: Some(mesh), name: title, extras, ..Node::default() });
    let scene = Scene { nodes: vec![node], name: None, extensions: None, extras: None };
    root.scene = Some(root.push(scene));
    Ok(())
}

fn vertices(relief: &Relief<'_>) -> Vertices {
    let mut vertices = Vertices::default();
    let mut sums: Vec<[f64; 3]> = Vec::new();
    let mut numbers: HashMap<(Place, Part), u32> = HashMap::new();
    for triangle in relief.triangles().filter(|triangle| !relief.is_hole(*triangle)) {
        for (places, part) in relief.parts(triangle) {
            let corners = places.map(|place| meters(relief, place));
            let [a, b, c] = corners;
            let [u, v] = [b, c].map(|end| [end[0] - a[0], end[1] - a[1], end[2] - a[2]]);
            // Twice as long as the triangle is large, so that large ones count for more.
            let normal = cross(u, v);
            for (place, corner) in places.into_iter().zip(corners) {
                let number = *numbers.entry((place, part)).or_insert_with(|| {
                    vertices.positions.push(corner.map(|length| length as f32));
                    vertices.colors.push(color(relief.position(place)[2]));
                    sums.push([0.0; 3]);
                    sums.len() as u32 - 1
                });
                let sum = &mut sums[number as usize];
                *sum = std::array::from_fn(|i| sum[i] + normal[i]);
                vertices.indices.push(number);
            }
        }
    }
    // Every triangle looks up, so no sum is zero.
    vertices.normals = sums.into_iter().map(unit).collect();
    vertices
}

fn meters(relief: &Relief<'_>, place: Place) -> [f64; 3] {
    let [x, y, height] = relief.position(place);
    let size = &relief.size;
    [(x - 0.5) * size.width_mm, height * size.height_mm, (0.5 - y) * size.depth_mm]
        .map(|length| length / 1e3)
}

fn unit(vector: [f64; 3]) -> [f32; 3] {
    let length = vector.iter().map(|part| part * part).sum::<f64>().sqrt();
    vector.map(|part| (part / length) as f32)
}

/// The page's colour of a height, in linear light.
fn color(height: f64) -> [f32; 3] {
    let color = colorous::VIRIDIS.eval_continuous(height);
    [color.r, color.g, color.b].map(|byte| {
        let encoded = f64::from(byte) / 255.0;
        let linear = if encoded <= 0.040_45 {
            encoded / 12.92
        } else {
            // Not the system's, so that page and command give the same bytes.
            libm::pow((encoded + 0.055) / 1.055, 2.4)
        };
        linear as f32
    })
}
