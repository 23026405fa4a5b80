//! What the end-to-end tests share.

pub mod browser;
mod chromedriver;
pub mod command;
pub mod images;
pub mod mirror;
pub mod picture;
pub mod runs;
pub mod server;
pub mod site;
