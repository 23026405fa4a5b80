//! lossland compute
