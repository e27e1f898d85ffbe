//! The life of private stores: kept data, crashes, and an end in every case.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use stores::{Options, Stores};

/// A folder of our own that is cleaned whatever happens.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        stores::clean(&folder).expect("nothing left of an earlier run");
        Self(folder)
    }

    fn start(&self) -> Stores {
        Stores::start(&Options {
            dir: &self.0.join("main"),
            ephemeral: false,
            note: &|_| (),
        })
        .expect("started")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = stores::clean(&self.0);
    }
}

fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args(["-XAtq", "-c", sql, url])
        .output()
        .expect("psql runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn redis(url: &str, command: &[&str]) -> String {
    let output = Command::new("redis-cli")
        .args(["--no-auth-warning", "-u", url])
        .args(command)
        .output();
    String::from_utf8_lossy(&output.expect("redis-cli runs").stdout)
        .trim()
        .to_owned()
}

#[test]
fn a_second_start_keeps_the_data() {
    let scratch = Scratch::new("keeps");
    let stores = scratch.start();
    let (owner, service, bus) = (
        stores.owner_url("villages"),
        stores.service_url("villages"),
        stores.redis_url(),
    );
    psql(
        &owner,
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7); GRANT SELECT ON kept TO xiangtu_service",
    );
    assert_eq!(redis(&bus, &["SET", "kept", "7"]), "OK");
    stores.stop().expect("stopped");
    let stores = scratch.start();
    assert_eq!(
        (stores.owner_url("villages"), stores.redis_url()),
        (owner, bus.clone()),
        "same ports and passwords"
    );
    assert_eq!(psql(&service, "SELECT n FROM kept"), "7");
    assert_eq!(redis(&bus, &["GET", "kept"]), "7");
    stores.stop().expect("stopped");
}

#[test]
fn crashed_servers_are_started_again() {
    let scratch = Scratch::new("crashes");
    let stores = scratch.start();
    psql(
        &stores.owner_url("homestead"),
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    let lock = find(&scratch.0, "postmaster.pid");
    let pid = fs::read_to_string(&lock)
        .expect("lock file")
        .lines()
        .next()
        .expect("its number")
        .to_owned();
    let killed = Command::new("kill").args(["-9", &pid]).status().expect("kill runs");
    assert!(killed.success());
    redis(&stores.redis_url(), &["SHUTDOWN", "NOSAVE"]);
    drop(stores);
    let stores = scratch.start();
    assert_eq!(psql(&stores.owner_url("homestead"), "SELECT n FROM kept"), "7");
    // A lock whose process number has since gone to another program.
    stores.stop().expect("stopped");
    fs::write(&lock, format!("{}\n/somewhere\n", std::process::id())).expect("stale lock");
    scratch.start().stop().expect("started in spite of it");
}

#[test]
fn running_stores_are_taken_over() {
    let scratch = Scratch::new("takes-over");
    let first = scratch.start();
    let url = first.superuser_url();
    let started = psql(&url, "SELECT pg_postmaster_start_time()");
    drop(first);
    let second = scratch.start();
    assert_eq!(psql(&url, "SELECT pg_postmaster_start_time()"), started);
    second.stop().expect("stopped");
}

#[test]
fn a_killed_run_stops_its_stores() {
    let scratch = Scratch::new("killed");
    let dir = scratch.0.join("run");
    let mut child = run(&dir, "echo $XIANGTU_TEST_DATABASE_URL; sleep 60");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("piped"))
        .read_line(&mut url)
        .expect("a line");
    assert_eq!(psql(url.trim(), "SELECT 1"), "1");
    child.kill().expect("killed");
    child.wait().expect("gone");
    let gone = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        !dir.join("stores.conf").exists()
    });
    assert!(gone, "the keeper removed the stores");
}

#[test]
fn a_run_passes_the_exit_status() {
    let scratch = Scratch::new("status");
    let status = run(&scratch.0.join("run"), "exit 7").wait().expect("ended");
    assert_eq!(status.code(), Some(7));
}

fn run(dir: &Path, script: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stores"))
        .args(["run", "--dir"])
        .arg(dir)
        .args(["--ephemeral", "--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("stores runs")
}

fn find(folder: &Path, name: &str) -> PathBuf {
    let inside = folder.join("main/data/postgres").join(name);
    if inside.exists() {
        return inside;
    }
    let record = fs::read_to_string(folder.join("main/stores.conf")).expect("record");
    let place = record
        .lines()
        .find_map(|line| line.strip_prefix("place="))
        .expect("data lie outside");
    Path::new(place).join("postgres").join(name)
}
