//! A backup of PostgreSQL and every word of its log since, from which it is brought back to a moment.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection};
use tests::OwnStores;

/// Where PostgreSQL's log stood, as PostgreSQL writes it.
pub type Moment = String;

/// A backup that is being kept up.
pub struct Backup {
    url: String,
    /// Folder of PostgreSQL's data, and beside it those of the backup and the log.
    data: PathBuf,
    receiver: Child,
}

impl Backup {
    /// Takes a backup, and receives the log from before it on.
    pub async fn begin(stores: &OwnStores) -> Self {
        let data = stores.postgres_data();
        let (url, tools) = (stores.at.postgres_url.clone(), tools(&data));
        let (base, log) = (data.with_file_name("base"), data.with_file_name("log"));
        fs::create_dir(&log).expect("a folder");
        let receiver = Command::new(tools.join("pg_receivewal"))
            .args(["--synchronous", "--no-loop", "--dbname", &url, "--directory"])
            .arg(&log)
            .spawn()
            .expect("the log is received");
        let backup = Self { url, data, receiver };
        backup
            .until("SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'")
            .await;
        let mut take = Command::new(tools.join("pg_basebackup"));
        take.args([
            "--checkpoint=fast",
            "--wal-method=none",
            "--no-sync",
            "--dbname",
            &backup.url,
            "--pgdata",
        ]);
        succeeds(take.arg(&base));
        backup
    }

    /// How far the log is on disk now.
    pub async fn moment(&self) -> Moment {
        let mut conn = PgConnection::connect(&self.url).await.expect("a connection");
        let flushed = sqlx::query_scalar("SELECT pg_current_wal_flush_lsn()::text");
        flushed.fetch_one(&mut conn).await.expect("a place in the log")
    }

    /// Waits until the log is received, and receives no more.
    pub async fn end(&mut self) {
        let end = self.moment().await;
        self.until(&format!(
            "SELECT bool_and(flush_lsn >= '{end}') FROM pg_stat_replication"
        ))
        .await;
        self.receiver.kill().expect("it runs");
        self.receiver.wait().expect("it ended");
    }

    /// Replaces what PostgreSQL has by what it had at `moment`.
    pub async fn restore(&self, stores: &mut OwnStores, moment: &Moment) {
        stores.kill_postgres();
        let lost = self.data.with_file_name("lost");
        let _ = fs::remove_dir_all(&lost);
        fs::rename(&self.data, &lost).expect("put aside");
        succeeds(
            Command::new("cp")
                .arg("-a")
                .arg(self.data.with_file_name("base"))
                .arg(&self.data),
        );
        let log = self.data.with_file_name("log");
        let log = log.display();
        let settings = format!(
            "restore_command = 'cp \"{log}/%f\" \"%p\" || cp \"{log}/%f.partial\" \"%p\"'\n\
             recovery_target_lsn = '{moment}'\nrecovery_target_timeline = 'current'\n\
             recovery_target_action = 'promote'\n"
        );
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.data.join("postgresql.auto.conf"))
            .expect("the settings");
        file.write_all(settings.as_bytes()).expect("written");
        fs::write(self.data.join("recovery.signal"), "").expect("written");
        // PostgreSQL does not run as whoever runs the tests.
        for folder in ["postgres", "log"] {
            let mut own = Command::new("chown");
            own.arg("-R").arg(format!("--reference={}", lost.display()));
            succeeds(own.arg(self.data.with_file_name(folder)));
        }
        stores.revive();
        self.until("SELECT NOT pg_is_in_recovery()").await;
    }

    async fn until(&self, sql: &str) {
        let mut conn = PgConnection::connect(&self.url).await.expect("a connection");
        for _ in 0..1_000 {
            let so: Option<bool> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
                .fetch_one(&mut conn)
                .await
                .expect("an answer");
            if so == Some(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never: {sql}");
    }
}

impl Drop for Backup {
    fn drop(&mut self) {
        let _ = self.receiver.kill();
        let _ = self.receiver.wait();
    }
}

/// The folder of the programs that made `data`.
fn tools(data: &Path) -> PathBuf {
    let started = fs::read_to_string(data.join("postmaster.opts")).expect("how PostgreSQL was started");
    let program = started.split_whitespace().next().expect("a program");
    Path::new(program).parent().expect("a folder").to_owned()
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {output:?}");
}
