//! Clients that are not ours: Python, JavaScript and `buf curl` (`make clients` installs them under `.local/clients`).

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use tests::{Suite, import};
use tonic_types::pb;

const DIVISIONS: &[u8] = "code,name,level,parent_code,kind,urban_rural_class_est\n\
    410000000000,河南省,1,,province,\n\
    410200000000,开封市,2,410000000000,prefecture,\n\
    410225000000,兰考县,3,410200000000,county,\n"
    .as_bytes();

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

fn installed() -> PathBuf {
    root().join(".local/clients")
}

/// Runs a client and answers what it said, one word a line.
fn said(command: &mut Command) -> Vec<String> {
    let output = command
        .current_dir(installed())
        .output()
        .expect("the client is installed by `make clients`");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines().map(str::to_owned).collect()
}

/// A detail of an error as `buf curl` prints it: the message in base64 without padding.
fn detail<M: prost::Message + Default>(error: &serde_json::Value, kind: &str) -> M {
    let details = error["details"].as_array().expect("details");
    let found = details.iter().find(|detail| detail["type"] == kind).expect(kind);
    let value = found["value"].as_str().expect("base64");
    let bytes = STANDARD_NO_PAD.decode(value).expect("base64");
    M::decode(bytes.as_slice()).expect(kind)
}

async fn suite_with_an_event() -> Suite {
    let suite = Suite::start(&[]).await;
    let report = import(&suite, "villages", "divisions", "41", "2024-01-01", DIVISIONS)
        .await
        .expect("a report");
    assert!(report.applied, "{report:?}");
    suite
}

#[tokio::test(flavor = "multi_thread")]
async fn python_needs_nothing_but_reflection() {
    let suite = suite_with_an_event().await;
    let mut client = Command::new(installed().join("venv/bin/python"));
    client
        .arg(root().join("tests/clients/client.py"))
        .arg(suite.service("notifications").address())
        .arg(suite.token(&["*"], ""));
    assert_eq!(said(&mut client), ["health", "write", "read", "error", "stream"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_loads_the_proto_files() {
    let suite = suite_with_an_event().await;
    let mut client = Command::new("node");
    client
        .arg(root().join("tests/clients/client.mjs"))
        .arg(suite.service("notifications").address());
    client.arg(suite.token(&["*"], "")).arg(root().join("proto"));
    assert_eq!(said(&mut client), ["write", "read", "error", "stream"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn buf_curl_speaks_json() {
    let suite = suite_with_an_event().await;
    let curl = |method: &str, body: &str| {
        let mut command = Command::new(installed().join("node_modules/.bin/buf"));
        command.args(["curl", "--protocol", "grpc", "--http2-prior-knowledge", "-H"]);
        command
            .arg(format!("authorization: Bearer {}", suite.token(&["*"], "")))
            .args(["-d", body]);
        command.arg(format!(
            "http://{}/xiangtu.notifications.v1.{method}",
            suite.service("notifications").address()
        ));
        command
    };
    let body = r#"{"recipient": {"division": "divisions/410225104201", "displayName": "赵主任"}}"#;
    let written: serde_json::Value =
        serde_json::from_str(&said(&mut curl("RecipientService/CreateRecipient", body)).concat()).expect("JSON");
    let name = written["name"].as_str().expect("a name");
    let read = said(&mut curl(
        "RecipientService/GetRecipient",
        &format!(r#"{{"name": "{name}"}}"#),
    ))
    .concat();
    assert!(read.contains(name));
    let refused = curl("RecipientService/GetRecipient", r#"{"name": "recipients/x"}"#)
        .current_dir(installed())
        .output()
        .expect("ran");
    assert!(!refused.status.success());
    let error: serde_json::Value = serde_json::from_slice(&refused.stderr).expect("an error in JSON");
    assert_eq!(error["code"], "invalid_argument");
    let info: pb::ErrorInfo = detail(&error, "google.rpc.ErrorInfo");
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str()),
        ("INVALID_FIELD", "xiangtu")
    );
    let bad: pb::BadRequest = detail(&error, "google.rpc.BadRequest");
    assert_eq!(bad.field_violations[0].field, "name");
    // A watch has no end of its own: it is left once it has said what it should.
    let mut watching = curl("EventService/WatchEvents", r#"{"types": ["division.imported"]}"#);
    let mut watching = watching
        .args(["--timeout", "20s"])
        .current_dir(installed())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(watching.stdout.take().expect("piped")).lines();
    let told = lines.any(|line| line.is_ok_and(|line| line.contains("\"division.imported\"")));
    watching.kill().expect("left");
    watching.wait().expect("ended");
    assert!(told, "the event is followed");
}
