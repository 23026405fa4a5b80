//! Valleys drawn as grids, and the same minima and saddles as from flooding level by level.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const INF: f32 = f32::INFINITY;

fn grid(n_columns: usize, n_rows: usize) -> Grid {
    let axis = |n: usize| format!("0:{}:{n}", n - 1).parse().unwrap();
    Grid { x: axis(n_columns), y: axis(n_rows) }
}

/// Point, birth, death and first meeting of each minimum.
type Told = (usize, f32, Option<f32>, Option<f32>);

fn told(tree: &MergeTree) -> Vec<Told> {
    let death = |m: &Minimum| m.death.map(|saddle| saddle.level);
    tree.minima().iter().map(|m| (m.point, m.birth, death(m), m.first_meeting)).collect()
}

#[test]
fn two_wells_and_the_saddle_between_them() {
    #[rustfmt::skip]
    let values = [
        9.0, 9.0, 9.0, 9.0, 9.0,
        9.0, 0.0, 2.0, 1.0, 9.0,
        9.0, 9.0, 9.0, 9.0, 9.0,
    ];
    let tree = MergeTree::new(&grid(5, 3), &values).unwrap();
    assert_eq!(told(&tree), [(6, 0.0, None, Some(2.0)), (8, 1.0, Some(2.0), Some(2.0))]);
    let saddle = tree.minima()[1].death.unwrap();
    assert_eq!(saddle.point, Some(7));
}

#[test]
fn valleys_join_along_one_diagonal_of_a_cell_only() {
    #[rustfmt::skip]
    let along = [
        0.0, 5.0,
        5.0, 1.0,
    ];
    #[rustfmt::skip]
    let across = [
        5.0, 0.0,
        1.0, 5.0,
    ];
    let n_minima = |values| MergeTree::new(&grid(2, 2), values).unwrap().minima().len();
    assert_eq!((n_minima(&along), n_minima(&across)), (1, 2), "split along (i, j), (i+1, j+1)");
}

#[test]
fn a_plateau_is_one_minimum_and_a_rim_none() {
    // In the order of the grid the two arms of the U appear before what joins them.
    #[rustfmt::skip]
    let u = [
        1.0, 9.0, 1.0,
        1.0, 9.0, 1.0,
        1.0, 1.0, 1.0,
    ];
    let tree = MergeTree::new(&grid(3, 3), &u).unwrap();
    assert_eq!(told(&tree), [(0, 1.0, None, None)]);
    assert_eq!(tree.basins(|_| true), [Some(0); 9]);
    let zeros = MergeTree::new(&grid(3, 1), &[0.0, -0.0, 0.0]).unwrap();
    assert_eq!(told(&zeros), [(0, 0.0, None, None)]);
}

#[test]
fn the_elder_goes_on_and_basins_follow() {
    // Minima 1, 0, 2 and saddles 4 and 3.
    let values = [1.0, 4.0, 0.0, 3.0, 2.0];
    let tree = MergeTree::new(&grid(5, 1), &values).unwrap();
    assert_eq!(
        told(&tree),
        [(2, 0.0, None, Some(3.0)), (0, 1.0, Some(4.0), Some(4.0)), (4, 2.0, Some(3.0), Some(3.0)),]
    );
    let basins = |least: f64| {
        let basins = tree.basins(|minimum| minimum.persistence().unwrap() >= least);
        basins.into_iter().map(Option::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(basins(0.0), [1, 0, 0, 0, 2]);
    assert_eq!(basins(2.0), [1, 0, 0, 0, 0]);
    assert_eq!(basins(4.0), [0, 0, 0, 0, 0]);
}

#[test]
fn overflow_is_above_every_level() {
    let tree = MergeTree::new(&grid(4, 1), &[1.0, INF, INF, 0.0]).unwrap();
    assert_eq!(told(&tree), [(3, 0.0, None, Some(INF)), (0, 1.0, Some(INF), Some(INF))]);
    assert_eq!(tree.basins(|_| true), [Some(1), None, None, Some(0)]);
    assert_eq!(tree.basins(|_| false), [Some(0), None, None, Some(0)]);
    let beside = MergeTree::new(&grid(3, 1), &[INF, 0.0, 1.0]).unwrap();
    assert_eq!(told(&beside), [(1, 0.0, None, None)]);
    let overflowed = Incomplete::Overflowed { n: 2, of: 2, what: "points" };
    assert_eq!(MergeTree::new(&grid(2, 1), &[INF; 2]), Err(overflowed));
    let missing = Incomplete::NotComputed { n: 1, of: 2, what: "points" };
    assert_eq!(MergeTree::new(&grid(2, 1), &[f32::NAN, 0.0]), Err(missing));
}

/// The same by flooding: at each level the pieces below it, and what they were at the level
/// before.
fn flooded(grid: &Grid, values: &[f32]) -> Vec<Told> {
    let mut levels: Vec<f32> = values.to_vec();
    levels.sort_by(f32::total_cmp);
    levels.dedup();
    // In place of overflowed points, whose own valleys never appear: everything joins there.
    let n_finite = levels.iter().filter(|level| level.is_finite()).count();
    let mut minima: Vec<Told> = Vec::new();
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    for (k, &level) in levels.iter().enumerate() {
        let pieces = pieces(grid, values, level);
        for piece in &pieces {
            let parts: Vec<_> = before.iter().filter(|part| part.is_subset(piece)).collect();
            if parts.is_empty() && k < n_finite {
                let first = *piece.iter().find(|&&point| values[point] == level).unwrap();
                minima.push((first, level, None, None));
            }
            // Of each part the minima inside, the lowest and first of which is its elder.
            let mut elders = Vec::new();
            for part in &parts {
                let inside: Vec<usize> =
                    (0..minima.len()).filter(|&m| part.contains(&minima[m].0)).collect();
                let key = |&m: &usize| (minima[m].1, minima[m].0);
                let elder = inside
                    .iter()
                    .copied()
                    .min_by(|a, b| key(a).partial_cmp(&key(b)).unwrap())
                    .unwrap();
                elders.push(elder);
                if let ([only], true) = (&inside[..], parts.len() > 1) {
                    minima[*only].3 = Some(level);
                }
            }
            elders.sort_by(|&a, &b| {
                (minima[a].1, minima[a].0).partial_cmp(&(minima[b].1, minima[b].0)).unwrap()
            });
            for &younger in elders.iter().skip(1) {
                minima[younger].2 = Some(level);
            }
        }
        before = pieces;
    }
    minima.sort_by(|a, b| (a.1, a.0).partial_cmp(&(b.1, b.0)).unwrap());
    minima
}

fn pieces(grid: &Grid, values: &[f32], level: f32) -> Vec<BTreeSet<usize>> {
    let mut left: BTreeSet<usize> = (0..values.len()).filter(|&p| values[p] <= level).collect();
    let mut pieces = Vec::new();
    while let Some(seed) = left.pop_first() {
        let (mut piece, mut border) = (BTreeSet::from([seed]), vec![seed]);
        while let Some(point) = border.pop() {
            let (i, j) = grid_place(grid, point);
            let next: Vec<usize> = left
                .iter()
                .copied()
                .filter(|&other| {
                    let (k, l) = grid_place(grid, other);
                    let step = (k - i, l - j);
                    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)].contains(&step)
                })
                .collect();
            for point in next {
                left.remove(&point);
                piece.insert(point);
                border.push(point);
            }
        }
        pieces.push(piece);
    }
    pieces
}

fn grid_place(grid: &Grid, point: usize) -> (i64, i64) {
    ((point % grid.x.len()) as i64, (point / grid.x.len()) as i64)
}

/// Small grids of few different values, so that there are plateaus.
fn surfaces() -> impl Strategy<Value = (Grid, Vec<f32>)> {
    let value = prop_oneof![12 => (-4i8..8).prop_map(f32::from), 1 => Just(INF)];
    (1usize..8, 1usize..8).prop_flat_map(move |(n_columns, n_rows)| {
        (Just(grid(n_columns, n_rows)), prop::collection::vec(value.clone(), n_columns * n_rows))
    })
}

/// Whether each point of `from` is within `far` of a point of `to` of its own, or so near the
/// diagonal that it may vanish.
fn can_match(from: &[(f64, f64)], to: &[(f64, f64)], far: f64) -> bool {
    fn find(
        k: usize,
        near: &[Vec<usize>],
        taken: &mut [Option<usize>],
        seen: &mut BTreeSet<usize>,
    ) -> bool {
        near[k].iter().any(|&other| {
            seen.insert(other)
                && taken[other].is_none_or(|owner| find(owner, near, taken, seen))
                && {
                    taken[other] = Some(k);
                    true
                }
        })
    }
    let is_near = |a: &(f64, f64), b: &(f64, f64)| {
        (a.0 - b.0).abs() <= far && (a.1 == b.1 || (a.1 - b.1).abs() <= far)
    };
    let near: Vec<Vec<usize>> = from
        .iter()
        .filter(|pair| pair.1 - pair.0 > 2.0 * far)
        .map(|pair| (0..to.len()).filter(|&k| is_near(pair, &to[k])).collect())
        .collect();
    let mut taken = vec![None; to.len()];
    (0..near.len()).all(|k| find(k, &near, &mut taken, &mut BTreeSet::new()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_tree_is_what_flooding_finds((grid, values) in surfaces()) {
        match MergeTree::new(&grid, &values) {
            Ok(tree) => prop_assert_eq!(told(&tree), flooded(&grid, &values)),
            Err(_) => prop_assert!(values.iter().all(|value| value.is_infinite())),
        }
    }

    #[test]
    fn basins_are_connected_and_hold_their_minima((grid, values) in surfaces(), least in 0.0..6.0f64) {
        let Ok(tree) = MergeTree::new(&grid, &values) else { return Ok(()) };
        let counts = |minimum: &Minimum| minimum.persistence().is_none_or(|p| p >= least);
        let basins = tree.basins(counts);
        for (index, minimum) in tree.minima().iter().enumerate() {
            let own: Vec<f32> =
                basins.iter().map(|basin| if *basin == Some(index) { 0.0 } else { 1.0 }).collect();
            let parts = pieces(&grid, &own, 0.0);
            prop_assert_eq!(basins[minimum.point] == Some(index), counts(minimum));
            prop_assert_eq!(parts.len(), usize::from(counts(minimum)));
        }
        for (value, basin) in values.iter().zip(&basins) {
            prop_assert_eq!(basin.is_none(), value.is_infinite());
        }
    }

    /// Cohen-Steiner, Edelsbrunner and Harer: the bottleneck distance of two diagrams is at most
    /// the largest difference of the two functions. A matching that serves both sides exists
    /// where one exists for each (Mendelsohn and Dulmage).
    #[test]
    fn a_change_of_the_loss_moves_no_pair_further(
        (grid, values) in surfaces(), noise in prop::collection::vec(-1.0..=1.0f32, 64),
        size in prop_oneof![Just(0.0f32), Just(0.25), 0.0..4.0f32],
    ) {
        let moved: Vec<f32> = values.iter().zip(&noise).map(|(v, n)| v + size * n).collect();
        let pairs = |values: &[f32]| -> Option<Vec<(f64, f64)>> {
            let tree = MergeTree::new(&grid, values).ok()?;
            Some(told(&tree).iter().map(|m| (m.1.into(), m.2.map_or(f64::MAX, f64::from))).collect())
        };
        let (Some(before), Some(after)) = (pairs(&values), pairs(&moved)) else { return Ok(()) };
        let far = values
            .iter()
            .zip(&moved)
            .filter(|(value, _)| value.is_finite())
            .map(|(value, moved)| (f64::from(*value) - f64::from(*moved)).abs())
            .fold(0.0, f64::max);
        prop_assert!(can_match(&before, &after, far), "{before:?} {after:?}");
        prop_assert!(can_match(&after, &before, far), "{after:?} {before:?}");
    }
}
