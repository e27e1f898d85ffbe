//! A PostgreSQL instance of our own.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use crate::{DATABASES, Error, Result, account::Account, find::Tools};

/// A PostgreSQL instance in a folder.
#[derive(Debug)]
pub struct Postgres<'a> {
    pub tools: &'a Tools,
    pub account: Account,
    /// The place of the stores; the cluster lies in `postgres` below it.
    pub place: &'a Path,
    pub password: &'a str,
}

impl Postgres<'_> {
    fn data(&self) -> PathBuf {
        self.place.join("postgres")
    }

    fn lock(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Creates the cluster if there is none. An interrupted creation is begun again.
    pub fn create(&self, durable: bool, note: &dyn Fn(&str)) -> Result<()> {
        let (data, part) = (self.data(), self.place.join("postgres.part"));
        if data.is_dir() {
            return Ok(());
        }
        note("creating a PostgreSQL cluster");
        if part.exists() {
            fs::remove_dir_all(&part).map_err(|error| Error::io("remove", &part, &error))?;
        }
        // The password passes through a file that only the right user can read; nobody sees it in the process list.
        let script = "umask 077 && cat >password && \"$0\" \"$@\"; status=$?; rm -f password; exit $status";
        let mut initdb = self.account.command(Path::new("/bin/sh"), self.place);
        initdb
            .args(["-c", script])
            .arg(self.tools.postgres.join("initdb"))
            .arg("--pgdata")
            .arg(&part);
        initdb.args([
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
        ]);
        initdb
            .args(["--pwfile=password", "--no-instructions"])
            .args((!durable).then_some("--no-sync"));
        let output = fed(initdb, "initdb", self.password)?;
        if !output.status.success() {
            return Err(Error::program("initdb", &output));
        }
        fs::rename(&part, &data).map_err(|error| Error::io("create", &data, &error))
    }

    /// Starts the server on `port` unless it runs there already.
    pub fn start(&self, port: u16, durable: bool) -> Result<()> {
        self.drop_stale_lock();
        let options = settings(port, durable);
        let log = self.place.join("postgres.log");
        let mut start = self.account.command(&self.tools.postgres.join("pg_ctl"), self.place);
        start
            .arg("--pgdata")
            .arg(self.data())
            .arg("--log")
            .arg(&log)
            .args(["--wait", "--timeout=120", "--silent"]);
        let output = start.arg("--options").arg(options).arg("start").output();
        let output = output.map_err(|error| Error::new(format!("cannot run pg_ctl: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let text = fs::read_to_string(&log).unwrap_or_default();
        let tail: Vec<&str> = text.lines().rev().take(6).collect();
        Err(Error::new(format!(
            "PostgreSQL did not start on port {port}; its log ends: {}",
            tail.join(" | ")
        )))
    }

    /// True if our server answers on `port`.
    pub fn answers(&self, port: u16) -> bool {
        self.psql(port, "SELECT 1").is_ok()
    }

    /// Creates the roles and databases that are missing.
    pub fn prepare(&self, port: u16, owner: &str, service: &str) -> Result<()> {
        let mut sql = String::new();
        for (role, password) in [("xiangtu_owner", owner), ("xiangtu_service", service)] {
            let _ = writeln!(
                sql,
                "SELECT 'CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD ''{password}''' \
                 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec"
            );
        }
        for database in DATABASES {
            let _ = writeln!(
                sql,
                "SELECT 'CREATE DATABASE {database} OWNER xiangtu_owner' \
                 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec"
            );
        }
        self.psql(port, &sql)
    }

    fn psql(&self, port: u16, sql: &str) -> Result<()> {
        let mut psql = self.account.command(&self.tools.psql, self.place);
        psql.env("PGPASSWORD", self.password).env("PGCONNECT_TIMEOUT", "5");
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-d",
            "postgres",
        ]);
        psql.args(["-p", &port.to_string(), "-f", "-"]);
        let output = fed(psql, "psql", sql)?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Error::program("psql", &output))
        }
    }

    /// Stops the server: sessions are ended, what was acknowledged is on disk.
    pub fn stop(&self) -> Result<()> {
        self.drop_stale_lock();
        if !self.runs() {
            return Ok(());
        }
        let mut stop = self.account.command(&self.tools.postgres.join("pg_ctl"), self.place);
        stop.arg("--pgdata")
            .arg(self.data())
            .args(["--mode=fast", "--wait", "--timeout=60", "--silent", "stop"]);
        let output = stop
            .output()
            .map_err(|error| Error::new(format!("cannot run pg_ctl: {error}")))?;
        if output.status.success() || !self.runs() {
            return Ok(());
        }
        Err(Error::program("pg_ctl stop", &output))
    }

    /// True unless there is no lock file or its process is gone.
    fn runs(&self) -> bool {
        self.process()
            .is_some_and(|process| process.exists() || !Path::new("/proc/self").exists())
    }

    /// The process that the lock file names, as `/proc` shows it.
    fn process(&self) -> Option<PathBuf> {
        let text = fs::read_to_string(self.lock()).ok()?;
        Some(Path::new("/proc").join(text.lines().next()?.trim()))
    }

    /// Removes the lock file of a server that died if its process number now belongs to something else, as happens when
    /// a container restarts. PostgreSQL clears the other cases itself: where the process is gone, its children may still
    /// hold the data, and only the lock file leads to them.
    fn drop_stale_lock(&self) {
        let Some(process) = self.process().filter(|process| process.exists()) else {
            return;
        };
        let command = fs::read(process.join("cmdline")).unwrap_or_default();
        let ours = String::from_utf8_lossy(&command).contains(&*self.data().to_string_lossy());
        if !ours {
            let _ = fs::remove_file(self.lock());
        }
    }
}

/// Settings of the server; everything else stays as `initdb` found fitting.
fn settings(port: u16, durable: bool) -> String {
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=400".to_owned(),
        "shared_buffers=256MB".to_owned(),
        "max_wal_size=2GB".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    if !durable {
        settings.extend(["fsync=off", "full_page_writes=off", "autovacuum=off"].map(str::to_owned));
    }
    settings.iter().fold(String::new(), |mut text, setting| {
        let _ = write!(text, "-c {setting} ");
        text
    })
}

/// Runs a command and gives it `input`.
pub fn fed(mut command: std::process::Command, name: &str, input: &str) -> Result<Output> {
    let failed = |error| Error::new(format!("cannot run {name}: {error}"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that failed early closes its end; its status tells more than the broken pipe.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output().map_err(failed)
}
