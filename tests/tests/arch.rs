//! Who may import whom, and how large a file may grow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

const SERVICES: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    metadata.packages
}

fn dependencies(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|d| d.kind != DependencyKind::Development)
        .map(|d| d.name.clone())
        .collect()
}

/// Our own crates that each crate may use.
fn allowed(name: &str) -> Option<BTreeSet<&'static str>> {
    let names: &[&'static str] = match name {
        "proto" | "routing" | "seed" | "stores" => &[],
        core if core.ends_with("-core") => &[],
        "kit" => &["proto"],
        "villages" => &["proto", "kit", "villages-core"],
        "sanitation" => &["proto", "kit", "sanitation-core", "routing"],
        "homestead" => &["proto", "kit", "homestead-core"],
        "notifications" => &["proto", "kit", "notifications-core"],
        "xiangtu" => &[
            "proto",
            "kit",
            "villages",
            "sanitation",
            "homestead",
            "notifications",
            "seed",
            "stores",
        ],
        "tests" => &["proto", "kit", "routing"],
        _ => return None,
    };
    Some(names.iter().copied().collect())
}

#[test]
fn crates_use_only_what_they_may() {
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    for package in &packages {
        let name = package.name.as_str();
        let allowed = allowed(name).unwrap_or_else(|| panic!("{name}: add its import rule here"));
        for dependency in dependencies(package).intersection(&ours) {
            assert!(
                allowed.contains(dependency.as_str()),
                "{name} must not use {dependency}"
            );
        }
    }
}

#[test]
fn cores_are_pure() {
    let pure = ["serde", "thiserror", "time", "sha2", "hmac", "base64", "hex", "ring"];
    for package in packages() {
        if package.name.ends_with("-core") || package.name.as_str() == "routing" {
            for dependency in dependencies(&package) {
                assert!(
                    pure.contains(&dependency.as_str()),
                    "{} must not use {dependency}",
                    package.name
                );
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

fn sources(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".local") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            found.insert(path.strip_prefix(root()).expect("inside").to_owned(), text);
        }
    }
}

fn all_sources() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for folder in ["proto", "services", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    found
}

#[test]
fn layers_of_a_service_keep_to_their_subject() {
    for (path, text) in all_sources() {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let &["services", service, "src", layer, ..] = parts.as_slice() else {
            continue;
        };
        if !SERVICES.contains(&service) {
            continue;
        }
        let forbidden: &[&str] = match layer {
            "api" | "wire" => &["sqlx::query", "QueryBuilder"],
            "store" => &["tonic::", "proto::"],
            _ => &[],
        };
        for word in forbidden {
            assert!(
                !text.contains(word),
                "{}: {word} does not belong in {layer}/",
                path.display()
            );
        }
    }
}

#[test]
fn files_stay_small() {
    let sources = all_sources();
    let mut lengths: Vec<(usize, &PathBuf)> = sources
        .iter()
        .filter(|(path, _)| {
            !path
                .components()
                .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
        })
        .map(|(path, text)| (text.lines().count(), path))
        .collect();
    lengths.sort_unstable();
    let at = |share: usize| lengths[lengths.len() * share / 100].0;
    assert!(at(50) <= 150, "median {} lines", at(50));
    assert!(at(90) <= 400, "9 of 10 files: {} lines", at(90));
    let (longest, path) = lengths.last().expect("sources");
    assert!(*longest <= 600, "{}: {longest} lines", path.display());
}
