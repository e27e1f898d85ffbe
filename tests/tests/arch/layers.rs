//! What belongs in which layer of a service, and what nowhere.

use crate::sources::{Source, all};

const SERVICES: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];
const SQL: [&str; 6] = [
    "sqlx::query",
    "sqlx::raw_sql",
    "QueryBuilder",
    "query_as(",
    "query_scalar(",
    "sqlx::{query",
];

/// The layer of a file of a service: the folder or file below `src`.
fn layer(source: &Source) -> Option<&str> {
    let parts: Vec<&str> = source.path.split('/').collect();
    let &["services", service, "src", layer, ..] = parts.as_slice() else {
        return None;
    };
    SERVICES.contains(&service).then(|| layer.trim_end_matches(".rs"))
}

fn forbid(source: &Source, words: &[&str], why: &str) {
    for (number, line) in source.code() {
        for word in words {
            assert!(!line.contains(word), "{}:{number}: {word}: {why}", source.path);
        }
    }
}

#[test]
fn layers_of_a_service_keep_to_their_subject() {
    let mut seen = 0;
    for source in all("rs") {
        let Some(layer) = layer(&source) else { continue };
        seen += 1;
        if !matches!(layer, "store" | "imports") {
            forbid(&source, &SQL, "SQL lives in store/, and bulk merges in imports/");
        }
        match layer {
            "store" => forbid(&source, &["tonic::", "use tonic", "proto::"], "store/ knows rows alone"),
            "wire" => forbid(&source, &["sqlx", ".await", "async fn"], "wire/ only translates"),
            _ => {}
        }
        for other in SERVICES
            .iter()
            .filter(|other| !source.path.starts_with(&format!("services/{other}/")))
        {
            forbid(
                &source,
                &[&format!("{other}::service"), &format!("{other}_core")],
                "services do not import services",
            );
        }
    }
    assert!(seen > 100, "only {seen} files of services were looked at");
}

#[test]
fn cores_do_nothing_but_reckon() {
    let impure = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant::now",
        "async fn",
        ".await",
        "println!",
    ];
    let pure = [
        "/arcs/src/",
        "/core/src/",
        "/echelons/src/",
        "/haulage/src/",
        "/roads/src/",
        "/routing/src/",
    ];
    let is_core = |source: &Source| pure.iter().any(|folder| source.path.contains(folder));
    let cores: Vec<Source> = all("rs").into_iter().filter(is_core).collect();
    assert!(cores.len() > 50, "only {} files of cores were looked at", cores.len());
    for source in cores {
        // The search of the routing engine ends by the clock.
        let words: Vec<&str> = impure
            .iter()
            .copied()
            .filter(|word| !(source.path.contains("/routing/") && *word == "Instant::now"))
            .collect();
        forbid(&source, &words, "a core has no input but its arguments");
    }
}

/// `expect` with a reason is for us, `allow` hides; sleeping tests are slow and still miss.
#[test]
fn nothing_is_left_open() {
    for source in all("rs") {
        if source.path == "tests/tests/arch/layers.rs" {
            continue;
        }
        forbid(
            &source,
            &["todo!(", "unimplemented!(", "#[ignore", "dbg!("],
            "finish it or leave it out",
        );
        let generated = source.path.starts_with("proto/");
        if !generated {
            forbid(&source, &["#[allow(", "#![allow("], "use #[expect(…, reason = \"…\")]");
        }
    }
}
