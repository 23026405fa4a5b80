//! Tests of the triangles.

use super::*;
use cgmath::{Deg, perspective};

const NAN: f32 = f32::NAN;

fn mesh(values: &[f32], n_columns: usize, stride: usize) -> Mesh {
    Mesh::new(&Heights { values, overflow: None, n_columns }, stride)
}

fn heights(mesh: &Mesh) -> Vec<f32> {
    mesh.corners.iter().map(|corner| corner[0]).collect()
}

/// Numbers of triangles: inner ones, at edges, of the plateau.
fn n_triangles(mesh: &Mesh) -> [usize; 3] {
    [Part::Inner, Part::Edges, Part::Plateau].map(|part| mesh.triangles.parts.range(part).len() / 3)
}

#[test]
fn a_cell_is_two_triangles_split_as_it_is_picked_and_counterclockwise() {
    let mesh = mesh(&[0.1, 0.2, 0.3, 0.4], 2, 1);
    assert_eq!(mesh.triangles.indices, [0, 1, 3, 0, 3, 2]);
    assert_eq!(n_triangles(&mesh), [0, 2, 0]);
}

#[test]
fn a_hole_takes_its_triangles_along_and_nothing_else() {
    #[rustfmt::skip]
    let values = [
        0.0, 0.0, 0.0, 0.0,
        0.0, NAN, 0.0, 0.0,
        0.0, 0.0, 0.0, 0.0,
    ];
    let mesh = mesh(&values, 4, 1);
    assert_eq!(n_triangles(&mesh), [0, 12 - 6, 0]);
    assert!(!mesh.triangles.indices.contains(&5));
    assert!(mesh.corners.iter().flatten().all(|number| *number == 0.0), "{mesh:?}");
}

#[test]
fn only_triangles_at_the_cut_are_drawn_twice() {
    // Seven columns and rows; the middle column above the cut.
    let row = [0.0, 0.0, 0.9, 2.0, 0.9, 0.0, 0.0];
    let mesh = mesh(&[row; 7].concat(), 7, 1);
    assert_eq!(mesh.triangles.indices.len() / 3, 72);
    assert_eq!(n_triangles(&mesh), [0, 72, 24], "beside the border or the cut; across it");
    assert_eq!(mesh.triangles.parts.range(Part::Plateau).end, mesh.triangles.indices.len());
    let high = self::mesh(&[0.9, 2.0, 2.0, 1.0, 2.0, 2.0], 3, 1);
    assert_eq!(n_triangles(&high), [0, 2, 4], "what is at the cut is not cut");
}

#[test]
fn joined_meshes_are_the_same_triangles_between_other_numbers() {
    let row = [0.0, 0.0, 0.9, 2.0, 0.9, 0.0, 0.0];
    let (low, cut) = (mesh(&[0.1; 64], 8, 1), mesh(&[row; 7].concat(), 7, 1));
    assert_eq!(*Triangles::joined(&[&cut]), cut.triangles);
    let joined = Triangles::joined(&[&low, &cut]);
    for part in [Part::Inner, Part::Edges, Part::Plateau] {
        let of = |mesh: &Mesh, first| -> Vec<u32> {
            let own = &mesh.triangles;
            own.indices[own.parts.range(part)].iter().map(|index| index + first).collect()
        };
        let found = joined.indices[joined.parts.range(part)].to_vec();
        let [mut found, mut expected] = [found, [of(&low, 0), of(&cut, 64)].concat()];
        if part == Part::Inner {
            assert_eq!(found, expected, "one of them has such triangles");
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{part:?}");
    }
    assert_eq!(joined.parts.all().len(), low.triangles.indices.len() + cut.triangles.indices.len());
    let edges = joined.parts.range(Part::Edges).start;
    assert!(joined.indices[edges] >= 64, "the higher one comes first");
}

#[test]
fn what_is_far_from_the_border_and_the_cut_is_apart() {
    let mut values = vec![0.5; 8 * 8];
    let inner = |values: &[f32]| n_triangles(&mesh(values, 8, 1))[0];
    assert_eq!(inner(&values), 2 * 5 * 5);
    values[2 * 8 + 2] = 1.1;
    // The cells around the point and around its neighbours, but for those at the border.
    assert_eq!(inner(&values), 2 * (5 * 5 - 9));
    let mesh = mesh(&vec![0.5; 200 * 8], 200, 1);
    assert_eq!(n_triangles(&mesh)[0], 2 * 5 * (199 - 2 * 4), "broader where cells are many");
    assert!((mesh.mean - 0.5).abs() < 1e-6);
}

#[test]
fn an_overflow_is_a_number_above_all() {
    let heights = Heights {
        values: &[24.0, 0.0, 24.0, 0.0],
        overflow: Some(&[1.0, 0.0, 0.4, 0.0]),
        n_columns: 2,
    };
    let corners = Mesh::new(&heights, 1).corners;
    assert_eq!([corners[0][0], corners[2][0]], [OVERFLOWED, 24.0]);
    assert_eq!([corners[0][1], corners[2][1]], [-SLOPE_CAP; 2], "walls are alike");
}

#[test]
fn slopes_are_central_and_one_sided_at_borders_and_holes() {
    let row = [0.0, 0.1, 0.3, NAN, 0.5];
    let mesh = mesh(&[row, row.map(|height| height + 0.2)].concat(), 5, 1);
    for (corner, (along_x, along_y)) in
        mesh.corners.iter().zip([(0.1, 0.2), (0.15, 0.2), (0.2, 0.2), (0.0, 0.0), (0.0, 0.2)])
    {
        assert!(
            (corner[1] - along_x).abs() < 1e-6 && (corner[2] - along_y).abs() < 1e-6,
            "{corner:?}"
        );
    }
}

#[test]
fn a_coarser_mesh_is_of_the_same_points_where_the_surface_is_smooth() {
    let plane: Vec<f32> =
        (0..7 * 6).map(|i| 0.1 * (i % 7) as f32 + 0.01 * (i / 7) as f32).collect();
    let mesh = mesh(&plane, 7, 4);
    assert_eq!(mesh.n_columns, 3, "columns 0, 4 and 6");
    for (found, expected) in heights(&mesh).iter().zip([0.0, 0.4, 0.6, 0.04, 0.44, 0.64, 0.05]) {
        assert!((found - expected).abs() < 1e-6, "{mesh:?}");
    }
    assert!(mesh.corners.iter().all(|[_, x, y]| (x - 0.1).abs() < 1e-6 && (y - 0.01).abs() < 1e-6));
    assert_eq!(mesh.at_corners(&plane), heights(&mesh));
}

#[test]
fn no_spike_pit_or_hole_of_one_point_is_lost_in_a_coarser_mesh() {
    let n = 17;
    for stride in [2, 4, 8] {
        for point in 0..n * n {
            for odd in [0.9, 0.01, NAN] {
                let mut values = vec![0.4; n * n];
                values[point] = odd;
                let mesh = mesh(&values, n, stride);
                let is_there = if odd.is_nan() {
                    mesh.triangles.indices.len() < 6 * (mesh.n_columns - 1) * (mesh.n_columns - 1)
                } else {
                    heights(&mesh).contains(&odd)
                };
                assert!(is_there, "stride {stride}, point {point}, {odd}");
            }
        }
    }
}

#[test]
fn points_are_left_out_only_where_several_share_a_pixel() {
    let footprint = Footprint { x: (-1.0, 1.0), y: (-1.0, 1.0), z: (-1.0, 1.0) };
    let canvas_px = [1280, 720];
    let at = |distance: f32| {
        perspective(Deg(45.0_f32), 1280.0 / 720.0, 0.1, 100.0)
            * Matrix4::from_translation(cgmath::Vector3::new(0.0, 0.0, -distance))
    };
    let stride =
        |distance, n, current| stride(&at(distance), canvas_px, &footprint, [n, n], current);
    assert_eq!(stride(50.0, 51, 0), 1, "small grids are never thinned");
    assert_eq!(stride(2.0, 1001, 0), 1);
    // 869 px for a world unit at distance 1; the nearest side is 1 nearer.
    let area = cell_area_px(&at(5.0), canvas_px, &footprint, [1001, 1001]);
    assert!((area - (869.1 / 4.0 * 0.002_f32).powi(2)).abs() < 1e-3, "{area}");
    assert_eq!(stride(5.0, 1001, 0), 2);
    assert_eq!([stride(5.3, 1001, 2), stride(4.5, 1001, 2), stride(4.4, 1001, 2)], [2, 2, 1]);
    assert_eq!(stride(0.5, 1001, 4), 1, "a part behind the eye");
}
