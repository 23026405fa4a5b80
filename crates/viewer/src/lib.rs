//! The page's program: draws loss surfaces with WebGL 2, and reads values off them.
//!
//! One [`state::ViewState`] holds everything that is shown; a closed [`state::Action`] is all that
//! can happen to it, and [`state::reduce`] the only place where it does. What can be computed
//! without a browser is here for every platform, and tested there; the canvas, the page's
//! elements and the files it fetches are the business of the `browser` module, for wasm32 alone.
//!
//! The page's markup is in `web/`, not here: this crate finds its elements by their ids.

pub mod action;
pub mod axes;
pub mod ball;
pub mod bench;
pub mod blocks;
pub mod camera;
pub mod color;
pub mod compare;
pub mod contour_plot;
pub mod drawing;
pub mod figure;
pub mod frame;
pub mod hover;
pub mod legend;
pub mod level_labels;
pub mod marks;
pub mod measure_table;
pub mod mesh;
pub mod minima;
pub mod number;
pub mod paths;
pub mod permalink;
pub mod picture;
pub mod plot;
pub mod plots;
pub mod profile_plot;
pub mod reading;
pub mod scale;
pub mod sheet;
pub mod state;
pub mod style;
pub mod whole;
pub mod words;

pub use lossland_surface::ticks;

#[cfg(target_arch = "wasm32")]
mod browser;
