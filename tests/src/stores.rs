//! Where PostgreSQL and Redis are: those of the whole run, or some of a test's own, which it may kill.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::process::binary;

/// Addresses of the stores.
#[derive(Debug, Clone)]
pub struct Stores {
    /// URL of PostgreSQL's superuser.
    pub postgres_url: String,
    /// URL of Redis.
    pub redis_url: String,
}

impl Stores {
    /// Those that `make test` starts for all tests.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn of_the_run() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}; run the tests with `make test`"))
        };
        Self {
            postgres_url: variable("XIANGTU_TEST_DATABASE_URL"),
            redis_url: variable("XIANGTU_TEST_REDIS_URL"),
        }
    }
}

/// Stores of one test, durable as in production. Stopped and removed when dropped.
pub struct OwnStores {
    /// Where they are, before and after a restart.
    pub at: Stores,
    folder: PathBuf,
    keeper: Child,
}

impl OwnStores {
    /// Starts stores in `folder`, which is removed first.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start(folder: &Path) -> Self {
        clean(folder);
        let (keeper, at) = keep(folder);
        Self {
            at,
            folder: folder.to_owned(),
            keeper,
        }
    }

    /// PostgreSQL's folder of data.
    ///
    /// # Panics
    ///
    /// If the stores never started.
    pub fn postgres_data(&self) -> PathBuf {
        self.place().join("postgres")
    }

    /// `kill -9` of PostgreSQL's first process, whose children end when they notice.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn kill_postgres(&self) {
        let lock = self.postgres_data().join("postmaster.pid");
        let text = fs::read_to_string(lock).expect("the lock file of PostgreSQL");
        kill(text.lines().next().expect("its process"));
    }

    /// `kill -9` of Redis.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub async fn kill_redis(&self) {
        let client = redis::Client::open(self.at.redis_url.as_str()).expect("a URL");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis");
        let said: String = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut connection)
            .await
            .expect("what Redis says of itself");
        let pid = said.lines().find_map(|line| line.strip_prefix("process_id:"));
        kill(pid.expect("its process").trim());
    }

    /// Removes what a dead Redis has on disk.
    ///
    /// # Panics
    ///
    /// If it cannot be removed.
    pub fn forget_redis(&self) {
        fs::remove_dir_all(self.place().join("redis")).expect("removed");
    }

    /// Starts again what has died. What runs goes on.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn revive(&mut self) {
        // A keeper that is killed stops nothing, and the next one takes over.
        self.keeper.kill().expect("the keeper runs");
        self.keeper.wait().expect("the keeper ended");
        let (keeper, at) = keep(&self.folder);
        self.keeper = keeper;
        assert_eq!(at.postgres_url, self.at.postgres_url, "the same address");
        assert_eq!(at.redis_url, self.at.redis_url, "the same address");
    }

    /// Where the data lie; elsewhere if PostgreSQL's user cannot live in the checkout.
    fn place(&self) -> PathBuf {
        let folder = self.folder.join("stores");
        let record = fs::read_to_string(folder.join("stores.conf")).expect("the record of the stores");
        let elsewhere = record.lines().find_map(|line| line.strip_prefix("place="));
        elsewhere.map_or_else(|| folder.join("data"), PathBuf::from)
    }
}

impl Drop for OwnStores {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        clean(&self.folder);
    }
}

fn keep(folder: &Path) -> (Child, Stores) {
    let mut keeper = Command::new(binary("stores"))
        .args(["keep", "--dir"])
        .arg(folder.join("stores"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the keeper starts");
    let mut said = BufReader::new(keeper.stdout.take().expect("piped"));
    let at = Stores {
        postgres_url: address(&mut said, "postgres "),
        redis_url: address(&mut said, "redis "),
    };
    (keeper, at)
}

fn address(said: &mut BufReader<ChildStdout>, prefix: &str) -> String {
    let mut line = String::new();
    said.read_line(&mut line).expect("a line of the keeper");
    let url = line.trim().strip_prefix(prefix.trim_end());
    url.unwrap_or_else(|| panic!("the stores did not start: {line:?}"))
        .trim()
        .to_owned()
}

fn clean(folder: &Path) {
    let cleaned = Command::new(binary("stores")).arg("clean").arg(folder).status();
    assert!(
        cleaned.is_ok_and(|status| status.success()),
        "{} is not removed",
        folder.display()
    );
}

fn kill(pid: &str) {
    let killed = Command::new("kill").args(["-9", pid]).status();
    assert!(
        killed.is_ok_and(|status| status.success()),
        "process {pid} is not killed"
    );
}
