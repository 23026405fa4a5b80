//! lossland viewer
