//! A ball rolled down a surface: gradient descent in the plane that is shown, from a place in it.
//!
//! It is descent in the two dimensions of the picture and nothing more: the network itself, free in
//! all its weights, would leave the plane at the first step. The loss at a place is what the tooltip
//! says there, bilinear between grid points. Its slope is the central difference at grid points, and
//! bilinear between those: the slope of the bilinear loss itself leaps from cell to cell, so that a
//! ball would never come to rest.

use lossland_surface::{Axis, Grid};

/// A ball, and how it moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// Where it is let go: alpha and beta.
    pub start: [f64; 2],
    /// How it moves.
    pub method: Method,
    /// The step size, in squared units of the plane for a unit of loss; for Adam, in units of the
    /// plane. From [`STEPS`].
    pub step: f32,
}

/// How a ball moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Against the slope.
    #[default]
    Descent,
    /// Likewise, with nine tenths of the last move.
    Momentum,
    /// Adam, with its usual constants.
    Adam,
}

/// The names of methods, in the address and as the values of the page's control.
pub const METHODS: [(&str, Method); 3] =
    [("descent", Method::Descent), ("momentum", Method::Momentum), ("adam", Method::Adam)];

/// The smallest and the largest step size.
pub const STEPS: [f32; 2] = [0.001, 1.0];
/// On a plane from -1 to 1, a loss that rises by some units from the middle to the edge takes some ten
/// steps of this size.
const DEFAULT_STEP: f32 = 0.02;
/// A ball takes no more steps.
pub const MAX_STEPS: usize = 500;

const MOMENTUM: f64 = 0.9;
/// Adam's decay of the mean slope and of the mean squared slope, and what keeps it from dividing by 0.
const ADAM: [f64; 2] = [0.9, 0.999];
const ADAM_EPSILON: f64 = 1e-8;
/// A ball is at rest where a step is shorter than this share of the plane's sides.
const REST_SHARE: f64 = 1e-5;

impl Ball {
    /// One let go at this place, moving as at first.
    pub fn at(start: [f64; 2]) -> Self {
        Self { start, method: Method::default(), step: DEFAULT_STEP }
    }
}

/// The step size at a place of its slider, from 0 to 1: logarithmic, to two digits.
pub fn slider_step(position: f64) -> f32 {
    let [first, last] = STEPS.map(f64::from);
    let step = first * (last / first).powf(position.clamp(0.0, 1.0));
    let digit = 10_f64.powi(1 - step.log10().floor() as i32);
    ((step * digit).round() / digit) as f32
}

/// Where the slider stands for a step size, from 0 to 1.
pub fn slider_position(step: f32) -> f64 {
    let [first, last] = STEPS.map(f64::from);
    (f64::from(step) / first).ln() / (last / first).ln()
}

/// The way of a ball on one surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Rolled {
    /// Where it was after each step, alpha and beta, its start first. Empty where it can't start.
    pub places: Vec<[f64; 2]>,
    /// Why it went no further.
    pub end: End,
}

/// Why a ball went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It no longer moves.
    Rest,
    /// Its next step leads out of the plane.
    Edge,
    /// Its next step leads to where no loss is known: not computed, or overflowed.
    Unknown,
    /// It took as many steps as it may.
    Steps,
}

/// Rolls a ball on `values` over a grid, by `n_steps` steps at most.
///
/// # Panics
/// If there is not one value for each grid point.
pub fn roll(grid: &Grid, values: &[f32], ball: &Ball, n_steps: usize) -> Rolled {
    let value = |[alpha, beta]: [f64; 2]| grid.sample(values, alpha, beta);
    let is_known = |place: [f64; 2]| value(place).is_some_and(f64::is_finite);
    let mut rolled = Rolled { places: Vec::new(), end: End::Steps };
    let mut here = ball.start;
    if !is_known(here) {
        rolled.end = if value(here).is_none() { End::Edge } else { End::Unknown };
        return rolled;
    }
    rolled.places.push(here);
    let axes = [&grid.x, &grid.y];
    let mut motion = Motion::new(ball);
    for _ in 0..n_steps {
        let slope = slope(grid, values, here);
        if slope.iter().any(|slope| !slope.is_finite()) {
            rolled.end = End::Unknown;
            break;
        }
        let step = motion.step(slope);
        // At a turn, too, a ball with momentum hardly moves.
        let push = slope.map(|slope| slope * f64::from(ball.step));
        let is_small = |k: usize| {
            let side = axes[k].last() - axes[k].first();
            step[k].abs().max(push[k].abs()) <= REST_SHARE * side
        };
        if is_small(0) && is_small(1) {
            rolled.end = End::Rest;
            break;
        }
        let share = share_inside(axes, here, step);
        if share == 0.0 {
            rolled.end = End::Edge;
            break;
        }
        let there =
            [0, 1].map(|k| (here[k] + share * step[k]).clamp(axes[k].first(), axes[k].last()));
        if !is_known(there) {
            rolled.end = End::Unknown;
            break;
        }
        here = there;
        rolled.places.push(here);
        if share < 1.0 {
            rolled.end = End::Edge;
            break;
        }
    }
    rolled
}

/// How much of a step lies in the plane: 1 where all of it does.
fn share_inside(axes: [&Axis; 2], here: [f64; 2], step: [f64; 2]) -> f64 {
    let along = |k: usize| {
        let there = here[k] + step[k];
        let edge = there.clamp(axes[k].first(), axes[k].last());
        if there == edge { 1.0 } else { (edge - here[k]) / step[k] }
    };
    along(0).min(along(1))
}

/// What a ball remembers from one step to the next, along both axes.
struct Motion {
    method: Method,
    step: f64,
    mean: [f64; 2],
    mean_square: [f64; 2],
    /// What is left of each of Adam's zeros at the beginning.
    left: [f64; 2],
}

impl Motion {
    fn new(ball: &Ball) -> Self {
        let (method, step) = (ball.method, f64::from(ball.step));
        Self { method, step, mean: [0.0; 2], mean_square: [0.0; 2], left: [1.0; 2] }
    }

    /// The move that follows from a slope.
    fn step(&mut self, slope: [f64; 2]) -> [f64; 2] {
        let [decay, square_decay] = ADAM;
        self.left = [self.left[0] * decay, self.left[1] * square_decay];
        [0, 1].map(|k| {
            let mean = &mut self.mean[k];
            match self.method {
                Method::Descent => -self.step * slope[k],
                Method::Momentum => {
                    *mean = MOMENTUM * *mean + slope[k];
                    -self.step * *mean
                }
                Method::Adam => {
                    let square = &mut self.mean_square[k];
                    *mean = decay * *mean + (1.0 - decay) * slope[k];
                    *square = square_decay * *square + (1.0 - square_decay) * slope[k].powi(2);
                    let (mean, square) =
                        (*mean / (1.0 - self.left[0]), *square / (1.0 - self.left[1]));
                    -self.step * mean / (square.sqrt() + ADAM_EPSILON)
                }
            }
        })
    }
}

/// The slope at a place of the plane, along alpha and beta; NaN where it can't be told.
fn slope(grid: &Grid, values: &[f32], [alpha, beta]: [f64; 2]) -> [f64; 2] {
    // Whole cells from the first value, and what is left of one.
    let cell = |axis: &Axis, value: f64| {
        let position = axis.position(value).clamp(0.0, (axis.len() - 1) as f64);
        (position as usize, position.fract())
    };
    let ((i, right), (j, up)) = (cell(&grid.x, alpha), cell(&grid.y, beta));
    let corners = [
        (i, j, (1.0 - right) * (1.0 - up)),
        (i + 1, j, right * (1.0 - up)),
        (i, j + 1, (1.0 - right) * up),
        (i + 1, j + 1, right * up),
    ];
    let mut sum = [0.0; 2];
    for (i, j, weight) in corners.into_iter().filter(|(.., weight)| *weight > 0.0) {
        let of_point = [
            difference(&grid.x, i, |i| values[grid.index(i, j)]),
            difference(&grid.y, j, |j| values[grid.index(i, j)]),
        ];
        sum = [0, 1].map(|k| sum[k] + weight * of_point[k]);
    }
    sum
}

/// The slope along an axis at one of its points: the central difference, or that to the one neighbour
/// that is known.
fn difference(axis: &Axis, index: usize, value: impl Fn(usize) -> f32) -> f64 {
    if axis.len() == 1 {
        return 0.0;
    }
    let known = |index: usize| f64::from(value(index));
    let is_known = |index: &usize| *index < axis.len() && known(*index).is_finite();
    let before = index.checked_sub(1).filter(is_known).unwrap_or(index);
    let after = Some(index + 1).filter(is_known).unwrap_or(index);
    // Of a point alone, 0 / 0: that is NaN.
    (known(after) - known(before)) / ((after - before) as f64 * axis.step())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(n: u32) -> Grid {
        let axis = Axis::new(-1.0, 1.0, n).expect("an axis");
        Grid { x: axis, y: axis }
    }

    fn values(grid: &Grid, of: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        let point = |index: usize| grid.point(index);
        (0..grid.n_points() as usize).map(point).map(|(x, y)| of(x, y) as f32).collect()
    }

    fn ball(method: Method, step: f32) -> Ball {
        Ball { start: [0.7, -0.55], method, step }
    }

    /// Curvatures along alpha and beta.
    const CURVATURES: [f64; 2] = [6.0, 2.0];

    fn bowl(x: f64, y: f64) -> f64 {
        (CURVATURES[0] * x * x + CURVATURES[1] * y * y) / 2.0
    }

    #[test]
    fn descent_in_a_bowl_is_the_closed_form() {
        for n in [21, 201] {
            let grid = grid(n);
            let values = values(&grid, bowl);
            let ball = ball(Method::Descent, 0.02);
            let rolled = roll(&grid, &values, &ball, 60);
            assert_eq!((rolled.places.len(), rolled.end), (61, End::Steps));
            for (k, place) in rolled.places.iter().enumerate() {
                for axis in 0..2 {
                    let shrunk = 1.0 - f64::from(ball.step) * CURVATURES[axis];
                    let expected = ball.start[axis] * shrunk.powi(k as i32);
                    assert!((place[axis] - expected).abs() < 1e-4, "{k} {place:?} {expected}");
                }
            }
        }
    }

    #[test]
    fn every_method_comes_to_rest_in_the_middle() {
        let grid = grid(51);
        // Not on a grid point.
        let values = values(&grid, |x, y| bowl(x - 0.013, y + 0.027));
        for (name, method) in METHODS {
            let rolled = roll(&grid, &values, &ball(method, 0.05), MAX_STEPS);
            let [x, y] = *rolled.places.last().expect("a place");
            assert!((x - 0.013).hypot(y + 0.027) < 2e-3, "{name}: {x} {y}");
            assert!(rolled.places.len() > 5, "{name}");
            if method != Method::Adam {
                assert_eq!(rolled.end, End::Rest, "{name}");
            }
        }
        let place = |method| roll(&grid, &values, &ball(method, 0.01), 20).places[20];
        assert_ne!(place(Method::Descent), place(Method::Momentum));
    }

    #[test]
    fn adams_first_step_is_as_long_as_the_step_size_along_both_axes() {
        let grid = grid(51);
        let rolled = roll(&grid, &values(&grid, bowl), &ball(Method::Adam, 0.03), 1);
        let [x, y] = rolled.places[1];
        assert!((x - 0.67).abs() < 1e-6 && (y + 0.52).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn a_slope_ends_at_the_edge_on_the_line_of_the_step() {
        let grid = grid(21);
        let values = values(&grid, |x, y| 5.0 - 3.0 * x - y);
        let start = [0.5, 0.25];
        let ball = Ball { start, ..ball(Method::Descent, 0.1) };
        let rolled = roll(&grid, &values, &ball, MAX_STEPS);
        assert_eq!(rolled.end, End::Edge);
        let [x, y] = *rolled.places.last().expect("a place");
        assert!((x - 1.0).abs() + (y - (0.25 + 0.5 / 3.0)).abs() < 1e-5, "{x} {y}");
        assert_eq!(rolled.places.len(), 3, "0.8, and the edge");
    }

    #[test]
    fn steps_that_grow_end_at_the_edge() {
        let grid = grid(41);
        let values = values(&grid, |x, y| 100.0 * bowl(x, y));
        let rolled = roll(&grid, &values, &ball(Method::Descent, 1.0), MAX_STEPS);
        assert_eq!((rolled.places.len(), rolled.end), (2, End::Edge));
    }

    #[test]
    fn where_nothing_is_known_it_stops() {
        let grid = grid(21);
        for unknown in [f32::NAN, f32::INFINITY] {
            let mut values = values(&grid, bowl);
            // A wall between the ball and the middle.
            for (index, value) in values.iter_mut().enumerate() {
                if (grid.point(index).0 - 0.3).abs() < 0.01 {
                    *value = unknown;
                }
            }
            let rolled = roll(&grid, &values, &ball(Method::Descent, 0.01), MAX_STEPS);
            assert_eq!(rolled.end, End::Unknown);
            assert!(rolled.places.len() > 3);
            assert!(rolled.places.iter().all(|[x, _]| *x >= 0.4 - 1e-9), "{rolled:?}");
            let on_wall = Ball { start: [0.3, 0.0], ..ball(Method::Descent, 0.01) };
            let rolled = roll(&grid, &values, &on_wall, MAX_STEPS);
            assert_eq!((rolled.places.len(), rolled.end), (0, End::Unknown));
        }
        let outside = Ball { start: [1.5, 0.0], ..ball(Method::Adam, 0.01) };
        let rolled = roll(&grid, &values(&grid, bowl), &outside, MAX_STEPS);
        assert_eq!((rolled.places.len(), rolled.end), (0, End::Edge));
    }

    #[test]
    fn on_a_line_it_stays() {
        let x = Axis::new(-1.0, 1.0, 21).expect("an axis");
        let grid = Grid { x, y: Axis::new(0.25, 0.25, 1).expect("an axis") };
        let ball = Ball { start: [0.7, 0.25], ..ball(Method::Momentum, 0.02) };
        let rolled = roll(&grid, &values(&grid, bowl), &ball, MAX_STEPS);
        assert_eq!(rolled.end, End::Rest);
        assert!(rolled.places.iter().all(|place| place[1] == 0.25));
        assert!(rolled.places.last().is_some_and(|place| place[0].abs() < 1e-3));
    }

    #[test]
    fn the_slider_is_logarithmic_and_there_and_back() {
        assert_eq!([0.0, 1.0].map(slider_step), STEPS);
        for position in 0..=30 {
            let position = f64::from(position) / 30.0;
            let back = slider_position(slider_step(position));
            assert!((back - position).abs() < 0.01, "{position} {back}");
        }
        assert_eq!(slider_step(slider_position(DEFAULT_STEP)), DEFAULT_STEP);
    }

    #[test]
    fn whatever_the_values_all_places_are_on_known_ground() {
        let grid = Grid {
            x: Axis::new(-1.0, 1.0, 7).expect("an axis"),
            y: Axis::new(-1.0, 1.0, 5).expect("an axis"),
        };
        let mut seed = 1_u64;
        // 0 to 1, the same in every run.
        let mut random = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let odd = [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN];
        let mut n_moved = 0;
        for case in 0..3000 {
            let mut value = || match random() {
                choice if choice < 0.1 => odd[(random() * 4.0) as usize],
                _ => (18.0 * random() - 9.0) as f32,
            };
            let values: Vec<f32> = (0..35).map(|_| value()).collect();
            let start = [2.0 * random() - 1.0, 2.0 * random() - 1.0];
            let (_, method) = METHODS[case % 3];
            let ball = Ball { start, method, step: slider_step(random()) };
            let rolled = roll(&grid, &values, &ball, MAX_STEPS);
            assert!(rolled.places.len() <= MAX_STEPS + 1);
            n_moved += usize::from(rolled.places.len() > 1);
            for [alpha, beta] in &rolled.places {
                let value = grid.sample(&values, *alpha, *beta);
                assert!(
                    value.is_some_and(f64::is_finite),
                    "{value:?} at {alpha}, {beta}: {ball:?}"
                );
            }
            assert_eq!(roll(&grid, &values, &ball, MAX_STEPS), rolled);
        }
        assert!(n_moved > 1000, "{n_moved}");
    }
}
