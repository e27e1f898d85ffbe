//! The peer: `pgbench` with one prepared call of the service's own single-payment function a transaction.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tests::{Suite, village};

use super::{HOUSEHOLDS, TURN, WARM_UP};

/// Runs `pgbench` with as many clients as there are callers; answers how long each payment took that was answered after the warm-up.
pub fn run(suite: &Suite, clients: usize) -> Vec<Duration> {
    let folder = suite.folder().join("pgbench");
    // The logs of the turn before.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let script = folder.join("payment.sql");
    let text = SCRIPT.replace("HOUSEHOLDS", &HOUSEHOLDS.to_string());
    fs::write(&script, text.replace("COUNTY", village::COUNTY)).expect("a script");
    let mut command = Command::new(binary());
    command.args(["-n", "-M", "prepared", "-j", "2", "-l"]);
    command.args([
        "-c",
        &clients.to_string(),
        "-T",
        &(WARM_UP + TURN).as_secs().to_string(),
    ]);
    command
        .arg("-f")
        .arg(&script)
        .arg(suite.databases["homestead"].service_url())
        .current_dir(&folder);
    // All divisions, once for the session; the service sets the scope of each call.
    command.env("PGOPTIONS", "-c xiangtu.scope=");
    let output = command.output().expect("pgbench runs");
    assert!(output.status.success(), "{output:?}");
    latencies(&folder)
}

/// The same rows as one payment over gRPC: entry, transfer, bill, book, audit, outbox.
const SCRIPT: &str = "
\\set n random(0, HOUSEHOLDS - 1)
\\set place :n % 200
SELECT post_payment(gen_random_uuid(), decode('00', 'hex'), 'COUNTY', 'pgbench', 'pgbench',
    v.code, v.code || '01' || lpad(:n::text, 5, '0'), NULL, 1, 2::smallint, '', '', date '2024-03-04',
    gen_random_uuid(), decode(repeat('00', 80), 'hex'), '', now())
FROM (SELECT 'COUNTY' || (104 + :place / 20) || (201 + :place % 20) AS code) v;
";

/// From the transaction logs: the third field is the latency in microseconds, the fifth and sixth when it ended, in seconds and
/// microseconds.
fn latencies(folder: &Path) -> Vec<Duration> {
    let entries = fs::read_dir(folder)
        .expect("logs")
        .map(|entry| entry.expect("an entry").path());
    let logs = entries.filter(|path| path.to_string_lossy().contains("pgbench_log"));
    let lines: String = logs.map(|path| fs::read_to_string(path).expect("a log")).collect();
    let ended = lines.lines().map(|line| {
        let field = |n: usize| line.split(' ').nth(n)?.parse().ok();
        let micros = |n: usize| field(n).map(Duration::from_micros).expect("microseconds");
        (Duration::from_secs(field(4).expect("seconds")) + micros(5), micros(2))
    });
    let ended: Vec<_> = ended.collect();
    let began = ended.iter().map(|(at, _)| *at).min().unwrap_or_default();
    let counted = began + WARM_UP..began + WARM_UP + TURN;
    ended
        .into_iter()
        .filter(|(at, _)| counted.contains(at))
        .map(|(_, took)| took)
        .collect()
}

/// The newest `pgbench` beside the server's own programs.
fn binary() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let mut found: Vec<PathBuf> = installed
        .map(|version| version.path().join("bin/pgbench"))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from("pgbench"))
}
