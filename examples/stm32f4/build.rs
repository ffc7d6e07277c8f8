//! Links with the sections of cortex-m-rt and defmt.

fn main() {
    for argument in ["--nmagic", "-Tlink.x", "-Tdefmt.x"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
