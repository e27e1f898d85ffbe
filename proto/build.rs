//! Compiles the contract with protox, so that no system `protoc` is needed.

use std::{env, error::Error, fs, path::Path, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    // tonic-prost-build emits no rerun-if-changed.
    println!("cargo::rerun-if-changed=xiangtu");
    println!("cargo::rerun-if-changed=google");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = Vec::new();
    collect(Path::new("xiangtu"), &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;
    // `encode_file_descriptor_set` keeps extensions (google.api.http, access rules); the prost types drop them.
    fs::write(out.join("descriptor.bin"), compiler.encode_file_descriptor_set())?;

    let set = prost_types::FileDescriptorSet::decode(compiler.encode_file_descriptor_set().as_slice())?;
    let mut config = prost_build::Config::new();
    // Type names make events and operations self-describing; ordered maps make equal messages equal bytes.
    config
        .enable_type_names()
        .btree_map(["."])
        .disable_comments(["google"])
        .include_file("mod.rs");
    tonic_prost_build::configure().compile_fds_with_config(set, config)?;
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
