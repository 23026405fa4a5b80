//! lossland surface
