//! The surface as polygonal data of VTK's legacy format, which ParaView shows at once.
//!
//! Its points are the grid's in their order, holes included, so that all fields go with it as they are,
//! in float64: NaN is not computed, infinity overflowed. x and y are alpha and beta; z is the height,
//! in the proportions of [`Size`](crate::Size), which the fields' own values tell better.

use crate::relief::Relief;
use lossland_surface::{Field, SurfaceError};
use vtkio::model::{
    Attribute, Attributes, ByteOrder, DataArray, DataSet, FieldArray, IOBuffer, PolyDataPiece,
    Version, VertexNumbers,
};
use vtkio::{Error, Vtk};

/// The format's title line ends after 256 bytes.
const MAX_TITLE_LEN: usize = 255;

pub(crate) fn write(relief: &Relief<'_>) -> Result<Vec<u8>, SurfaceError> {
    let triangles: Vec<[u32; 3]> =
        relief.triangles().filter(|triangle| !relief.is_hole(*triangle)).collect();
    let vertices = triangles.iter().flat_map(|&[a, b, c]| [3, a, b, c]).collect();
    let num_cells = triangles.len() as u32;
    let vtk = Vtk {
        version: Version::new_legacy(4, 2),
        title: title(relief),
        byte_order: ByteOrder::BigEndian,
        file_path: None,
        data: DataSet::inline(PolyDataPiece {
            points: IOBuffer::F64(points(relief)),
            polys: Some(VertexNumbers::Legacy { num_cells, vertices }),
            data: Attributes { point: point_data(relief), cell: Vec::new() },
            ..PolyDataPiece::default()
        }),
    };
    let mut bytes = Vec::new();
    vtk.write_legacy(&mut bytes)
        .map_err(|error: Error| SurfaceError::Invalid(format!("VTK: {error}")))?;
    Ok(bytes)
}

fn title(relief: &Relief<'_>) -> String {
    let whole = format!("{}, {}", relief.surface.title(), relief.field.kind().name());
    let end = (0..=MAX_TITLE_LEN).rev().find(|end| whole.is_char_boundary(*end));
    whole[..end.unwrap_or(0)].to_owned()
}

fn points(relief: &Relief<'_>) -> Vec<f64> {
    let (grid, size) = (relief.surface.grid(), &relief.size);
    let z_of_height = (grid.x.last() - grid.x.first()) * size.height_mm / size.width_mm;
    let mut points = Vec::with_capacity(3 * relief.n_columns * relief.n_rows);
    for (index, _) in relief.field.values().iter().enumerate() {
        let (alpha, beta) = grid.point(index);
        let height = relief.height(index as u32);
        // A hole is no triangle's corner, but counts where the view is chosen.
        points.extend([alpha, beta, if height.is_nan() { 0.0 } else { height * z_of_height }]);
    }
    points
}

/// The field that is the height first, as what ParaView colours by.
fn point_data(relief: &Relief<'_>) -> Vec<Attribute> {
    let name = |field: &Field| field.kind().name().to_owned();
    let values = |field: &Field| {
        IOBuffer::F64(field.values().iter().map(|value| f64::from(*value)).collect())
    };
    let height = relief.field;
    let shown = Attribute::DataArray(DataArray::scalars(name(height), 1).with_data(values(height)));
    let others = relief.surface.fields().iter().filter(|field| field.kind() != height.kind());
    let data_array: Vec<FieldArray> = others
        .map(|field| FieldArray { name: name(field), elem: 1, data: values(field) })
        .collect();
    let others = Attribute::Field { name: "fields".into(), data_array };
    [shown, others].into_iter().collect()
}
