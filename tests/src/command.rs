//! The `xiangtu` command against a suite under test.

use std::process::Output;

use serde_json::json;
use tokio::process::Command;

use crate::{SERVICES, Suite, process::binary};

/// Runs `xiangtu` with `arguments` in the folder of this crate, as somebody who may do everything inside `division`.
///
/// # Panics
///
/// If it cannot be run.
pub async fn xiangtu(suite: &Suite, division: &str, arguments: &[&str]) -> Output {
    let endpoints: serde_json::Map<_, _> = SERVICES
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!(format!("http://{}", suite.service(name).address())),
            )
        })
        .collect();
    let session = json!({"endpoints": endpoints, "token": suite.token(&["*"], division)});
    let path = suite.folder().join("session.json");
    std::fs::write(&path, session.to_string()).expect("a session file");
    Command::new(binary("xiangtu"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("--session")
        .arg(path)
        .args(arguments)
        .output()
        .await
        .expect("the binary runs")
}
