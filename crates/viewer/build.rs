//! Has the linker note which function refers to which data, so that what a first picture does not need can
//! be sent after it (`crates/xtask/wasm-bindgen/src/bin/wasm-halves`).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg=--emit-relocs");
    }
}
