//! Edges between crates, ours and others'.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Crates of others that belong in one place, and where; `deny.toml` holds the same for what they bring along.
const KEPT_APART: [(&str, &[&str]); 6] = [
    ("redis", &["kit", "tests"]),
    ("jsonwebtoken", &["kit"]),
    (
        "sqlx",
        &["kit", "villages", "sanitation", "homestead", "notifications", "tests"],
    ),
    ("clap", &["xiangtu"]),
    ("protox", &["proto"]),
    ("opentelemetry_sdk", &["kit"]),
];

/// All that a core may use.
const PURE: [&str; 8] = ["serde", "thiserror", "time", "sha2", "hmac", "base64", "hex", "ring"];
/// What only the roads may use besides: extracts of maps are packed protobuf messages.
const PACKED: [&str; 2] = ["flate2", "prost"];
/// All that the contract may use.
const CONTRACT: [&str; 4] = ["prost", "prost-types", "tonic", "tonic-prost"];

fn packages() -> Vec<Package> {
    MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata")
        .packages
}

fn dependencies(package: &Package, of: impl Fn(DependencyKind) -> bool) -> BTreeSet<&str> {
    let kept = package.dependencies.iter().filter(|dependency| of(dependency.kind));
    kept.map(|dependency| dependency.name.as_str()).collect()
}

fn is_core(name: &str) -> bool {
    name.ends_with("-core") || matches!(name, "arcs" | "echelons" | "haulage" | "roads" | "routing")
}

/// Our own crates that each crate may use, in its tests too.
fn allowed(name: &str) -> &'static [&'static str] {
    match name {
        "arcs" | "echelons" | "proto" | "haulage" | "roads" | "routing" | "seed" | "stores" => &[],
        core if is_core(core) => &[],
        // Its own test helpers are a feature of itself.
        "kit" => &["proto", "kit"],
        "villages" => &["proto", "kit", "villages-core"],
        "sanitation" => &["proto", "kit", "arcs", "sanitation-core", "haulage", "roads", "routing"],
        "homestead" => &["proto", "kit", "homestead-core"],
        "notifications" => &["proto", "kit", "notifications-core"],
        "xiangtu" => &[
            "proto",
            "kit",
            "villages",
            "sanitation",
            "homestead",
            // The chains of the ledger and of custody, which are verified without the services.
            "homestead-core",
            "sanitation-core",
            "notifications",
            // Extracts of maps, read on the machine of who has them.
            "roads",
            "seed",
            "stores",
        ],
        "tests" => &["proto", "kit", "arcs", "echelons", "roads", "routing"],
        _ => panic!("{name}: add its import rule here"),
    }
}

#[test]
fn crates_use_only_what_they_may() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in &packages {
        let allowed = allowed(&package.name);
        for used in dependencies(package, |_| true).intersection(&ours) {
            assert!(allowed.contains(used), "{} must not use {used}", package.name);
        }
    }
}

#[test]
fn cores_are_pure_and_the_contract_is_only_itself() {
    for package in packages() {
        let pure: &[&str] = match package.name.as_str() {
            "proto" => &CONTRACT,
            core if is_core(core) => &PURE,
            _ => continue,
        };
        for used in dependencies(&package, |kind| kind == DependencyKind::Normal) {
            let packed = package.name == "roads" && PACKED.contains(&used);
            assert!(packed || pure.contains(&used), "{} must not use {used}", package.name);
        }
    }
}

#[test]
fn what_belongs_in_one_place_is_used_there_alone() {
    let packages = packages();
    for (dependency, places) in KEPT_APART {
        let users = packages
            .iter()
            .filter(|package| dependencies(package, |_| true).contains(dependency));
        let users: BTreeSet<&str> = users.map(|package| package.name.as_str()).collect();
        for user in &users {
            assert!(places.contains(user), "{user} must not use {dependency}");
        }
        assert!(!users.is_empty(), "nobody uses {dependency}: take its rule away");
    }
}
