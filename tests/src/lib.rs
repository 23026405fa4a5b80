//! What the end-to-end tests share.

pub mod browser;
pub mod command;
pub mod images;
pub mod mirror;
pub mod runs;
pub mod server;
pub mod site;
