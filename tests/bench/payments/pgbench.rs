//! The peer: `pgbench` with one prepared call of the service's own single-payment function a transaction.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use tests::{Suite, village};

use super::Figure;

/// Runs `pgbench` with as many clients as there are callers.
pub fn run(suite: &Suite, clients: usize, seconds: Duration, households: usize) -> Figure {
    let folder = suite.folder().join(format!("pgbench-{clients}"));
    fs::create_dir_all(&folder).expect("a folder");
    let script = folder.join("payment.sql");
    fs::write(
        &script,
        SCRIPT
            .replace("HOUSEHOLDS", &households.to_string())
            .replace("COUNTY", village::COUNTY),
    )
    .expect("a script");
    let mut command = Command::new(binary());
    command.args([
        "-n",
        "-M",
        "prepared",
        "-j",
        "2",
        "-l",
        "-c",
        &clients.to_string(),
        "-T",
        &seconds.as_secs().to_string(),
    ]);
    command
        .arg("-f")
        .arg(&script)
        .arg(suite.databases["homestead"].service_url())
        .current_dir(&folder);
    // All divisions, once for the session; the service sets the scope of each call.
    command.env("PGOPTIONS", "-c xiangtu.scope=");
    let output = command.output().expect("pgbench runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = said.lines().find(|line| line.starts_with("tps = ")).expect("a rate");
    let per_second = line
        .split_whitespace()
        .nth(2)
        .and_then(|rate| rate.parse().ok())
        .expect("a number");
    Figure {
        per_second,
        p99: p99(&folder),
    }
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

/// From the transaction logs: the third field is the latency in microseconds.
fn p99(folder: &PathBuf) -> Duration {
    let mut latencies: Vec<u64> = Vec::new();
    for entry in fs::read_dir(folder).expect("logs") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("pgbench_log") {
            let log = fs::read_to_string(path).expect("a log");
            latencies.extend(
                log.lines()
                    .filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok()),
            );
        }
    }
    latencies.sort_unstable();
    Duration::from_micros(latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default())
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
