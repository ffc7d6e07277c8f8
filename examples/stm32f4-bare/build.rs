//! Links with the sections of cortex-m-rt and defmt, and the chip's memory.

use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=memory.x");
    println!(
        "cargo:rustc-link-search={}",
        env::var("CARGO_MANIFEST_DIR")?
    );
    for argument in ["--nmagic", "-Tlink.x", "-Tdefmt.x"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    Ok(())
}
