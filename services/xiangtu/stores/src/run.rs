//! Stores for as long as a command runs, whatever ends it.
//!
//! A keeper process in a process group of its own starts the stores and stops them when its standard input ends. The
//! other end of that pipe closes with the command's parent however that dies: by Ctrl-C, a signal or `kill -9`.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Error, Options, Result, Stores};

const POSTGRES: &str = "postgres ";
const REDIS: &str = "redis ";

/// Keeper of stores, seen from the process that needs them.
pub struct Keeper {
    child: Child,
    /// URL of the superuser's database.
    pub postgres_url: String,
    /// URL of the event bus.
    pub redis_url: String,
}

impl Keeper {
    /// Starts a keeper by running this program again as `<program> keep …`.
    pub fn spawn(dir: &Path, ephemeral: bool) -> Result<Self> {
        let program = env::current_exe().map_err(|error| Error::new(format!("cannot find this program: {error}")))?;
        let mut command = Command::new(program);
        command.arg("keep").arg("--dir").arg(dir);
        if ephemeral {
            command.arg("--ephemeral");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Error::new(format!("cannot start the keeper of the stores: {error}")))?;
        let mut lines = child
            .stdout
            .take()
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufReader::lines);
        let mut line = |prefix: &str| {
            let line = lines.next().and_then(io::Result::ok).unwrap_or_default();
            line.strip_prefix(prefix).map(str::to_owned)
        };
        match (line(POSTGRES), line(REDIS)) {
            (Some(postgres_url), Some(redis_url)) => Ok(Self {
                child,
                postgres_url,
                redis_url,
            }),
            _ => Err(Error::new("the stores did not start")),
        }
    }

    /// Ends the keeper and waits until the stores are stopped.
    pub fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::new(format!("the stores did not stop cleanly ({status})"))),
            Err(error) => Err(Error::new(format!("cannot wait for the keeper of the stores: {error}"))),
        }
    }
}

/// Keeps stores until standard input ends.
pub fn keep(options: &Options<'_>) -> Result<()> {
    let stores = Stores::start(options)?;
    let said = {
        let mut out = io::stdout().lock();
        let urls = writeln!(
            out,
            "{POSTGRES}{}\n{REDIS}{}",
            stores.superuser_url(),
            stores.redis_url()
        );
        urls.and_then(|()| out.flush())
    };
    if said.is_ok() {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    }
    if options.ephemeral {
        stores.stop_and_remove()
    } else {
        stores.stop()
    }
}
