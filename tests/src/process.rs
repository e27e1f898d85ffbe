//! A built binary of ours as a child process.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::port::Port;

/// A service as its own process. Killed when dropped.
pub struct Process {
    /// Name of the service and of its binary.
    pub name: &'static str,
    /// Its environment; it inherits nothing else but `PATH`.
    pub variables: BTreeMap<String, String>,
    port: Port,
    _admin: Port,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// Prepares a service with `variables` on ports of its own; `log` takes what it says.
    pub fn new(name: &'static str, mut variables: BTreeMap<String, String>, log: &Path) -> Self {
        let (port, admin) = (Port::reserve(), Port::reserve());
        variables.insert("XIANGTU_LISTEN".to_owned(), format!("127.0.0.1:{}", port.number));
        variables.insert("XIANGTU_ADMIN_LISTEN".to_owned(), format!("127.0.0.1:{}", admin.number));
        Self {
            name,
            variables,
            port,
            _admin: admin,
            log: log.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Runs a subcommand to its end.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn run(&self, subcommand: &str) {
        let output = self.outcome(subcommand);
        assert!(
            output.status.success(),
            "{} {subcommand}: {}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Runs a subcommand and answers how it ended and what it said.
    ///
    /// # Panics
    ///
    /// If the binary does not run.
    pub fn outcome(&self, subcommand: &str) -> Output {
        self.command(subcommand).output().expect("the binary runs")
    }

    /// Starts serving, without waiting for it.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn spawn(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("a log file");
        let child = self
            .command("serve")
            .stderr(Stdio::from(log))
            .stdout(Stdio::null())
            .spawn();
        self.child = Some(child.expect("the binary starts"));
    }

    /// Starts serving and answers how long it took until it said that it is ready.
    ///
    /// # Panics
    ///
    /// If it is not ready within 20 seconds.
    pub async fn start(&mut self) -> Duration {
        let started = Instant::now();
        self.spawn();
        while started.elapsed() < Duration::from_secs(20) {
            if self.is_ready().await {
                return started.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        panic!("{} is not ready:\n{said}", self.name);
    }

    /// `kill -9`.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// Address of the gRPC server, `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    /// A channel that connects when used and again after a restart.
    ///
    /// # Panics
    ///
    /// Never: the address is well formed.
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address()))
            .expect("a URL")
            .connect_lazy()
    }

    async fn is_ready(&self) -> bool {
        let request = HealthCheckRequest { service: String::new() };
        HealthClient::new(self.channel())
            .check(request)
            .await
            .is_ok_and(|answer| answer.into_inner().status == 1)
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(binary(self.name));
        command
            .arg(subcommand)
            .env_clear()
            .envs(&self.variables)
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The binary beside the running test: `target/{profile}/{name}`.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test");
    let profile = test.parent().and_then(|folder| {
        if folder.ends_with("deps") {
            folder.parent()
        } else {
            Some(folder)
        }
    });
    let path = profile.expect("target/{profile}").join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --workspace`",
        path.display()
    );
    path
}
