//! Compiles `proto/ptsl.proto` without protoc: client and server code for tonic, and the
//! descriptor set that `ptsl::names` and `ptsl::json` read at run time.

use prost::Message as _;
use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto/ptsl.proto");
    let descriptors = protox::compile(["proto/ptsl.proto"], ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut read_at_run_time = descriptors.clone();
    for file in &mut read_at_run_time.file {
        // Comments and their places: megabytes in memory that nobody reads.
        file.source_code_info = None;
    }
    let bytes = read_at_run_time.encode_to_vec();
    fs::write(out.join("ptsl_descriptor.bin"), bytes)?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!(
        "cargo:rustc-env=PT_STEM_TARGET={}",
        env::var("TARGET").unwrap_or_default()
    );
    Ok(())
}
