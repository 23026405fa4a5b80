//! Lets this crate's tests find libtorch where they were linked against it. A binary needs the same
//! in its own package: Cargo passes a link argument to no other.

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    if let Some(libtorch) = std::env::var_os("LIBTORCH") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}/lib", libtorch.display());
    }
}
