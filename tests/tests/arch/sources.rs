//! The source files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A source file.
pub struct Source {
    /// From the root of the repository, with slashes.
    pub path: String,
    pub text: String,
}

impl Source {
    /// Its lines without comments, by number.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = (1..).zip(self.text.lines());
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// All of ours that end in `extension`; the common protos of others are theirs.
pub fn all(extension: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the repository")
        .to_owned();
    let mut found = Vec::new();
    for folder in ["proto/src", "proto/xiangtu", "services", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    found.push(root.join("proto/build.rs"));
    found.retain(|path| path.extension().is_some_and(|found| found == extension));
    let source = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("a source file"),
        path: path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned(),
    };
    found.into_iter().map(source).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}
