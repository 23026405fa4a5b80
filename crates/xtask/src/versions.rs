//! Every version that set-up brings, in one place.
//!
//! Some must agree with another file, which cannot read this one: a test below keeps them together.

/// Makes the page out of `web/` and `crates/viewer`. 0.22 asks for a newer compiler than we do.
pub(crate) const TRUNK: &str = "0.21.14";
/// Must equal the crate's version exactly: the command and the crate share a format of their own.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";
/// The npm package with `wasm-opt` in it. Debian's 108 breaks modules of today's compilers silently.
pub(crate) const BINARYEN: &str = "132";
/// Goes with tch 0.24 exactly.
pub(crate) const LIBTORCH: &str = "2.11.0";
/// What libtorch's wheel links besides itself, as its metadata asks for.
pub(crate) const LIBTORCH_CUDA_RUNTIME: &str = "13.0.96";
/// See [`LIBTORCH_CUDA_RUNTIME`].
pub(crate) const LIBTORCH_CUDA_CUPTI: &str = "13.0.85";
/// The npm package that tests look over the page with.
pub(crate) const AXE_CORE: &str = "4.14.1";
/// For `cargo xtask check` only.
pub(crate) const CARGO_DENY: &str = "0.20.2";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(file: &str, text: &str, line: String) {
        assert!(text.lines().any(|l| l.starts_with(&line)), "{file}: expected a line {line}");
    }

    #[test]
    fn other_files_say_the_same_versions() {
        let trunk = include_str!("../../../Trunk.toml");
        says("Trunk.toml", trunk, format!("wasm_bindgen = \"{WASM_BINDGEN}\""));
        says("Trunk.toml", trunk, format!("wasm_opt = \"version_{BINARYEN}\""));

        let workspace = include_str!("../../../Cargo.toml");
        says("Cargo.toml", workspace, format!("wasm-bindgen = \"={WASM_BINDGEN}\""));
        says("Cargo.toml", workspace, "tch = { version = \"=0.24.0\"".into());

        let command = include_str!("../wasm-bindgen/Cargo.toml");
        let file = "crates/xtask/wasm-bindgen/Cargo.toml";
        says(file, command, format!("version = \"{WASM_BINDGEN}\""));
        says(file, command, format!("wasm-bindgen-cli-support = \"={WASM_BINDGEN}\""));
    }
}
