//! A Redis instance of our own.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use crate::{Error, Result, account::Account, find::Tools};

/// A Redis instance in a folder.
#[derive(Debug)]
pub struct Redis<'a> {
    pub tools: &'a Tools,
    pub account: Account,
    pub place: &'a Path,
    pub password: &'a str,
}

impl Redis<'_> {
    /// Starts the server on `port` and waits until it has loaded its data.
    pub fn start(&self, port: u16, durable: bool) -> Result<()> {
        let data = self.place.join("redis");
        let log = self.place.join("redis.log");
        let append = if durable { "yes" } else { "no" };
        // The configuration goes through a pipe, for the password's sake.
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nrequirepass {}\ndir \"{}\"\nlogfile \"{}\"\ndaemonize yes\n\
             appendonly {append}\nappendfsync everysec\nsave \"\"\nmaxmemory-policy noeviction\n",
            self.password,
            data.display(),
            log.display(),
        );
        let mut server = self.account.command(Path::new("/bin/sh"), self.place);
        // The shell makes the folder as the right user and hands its input to the server.
        server
            .args(["-c", "mkdir -p \"$1\" && exec \"$0\" -"])
            .arg(&self.tools.redis)
            .arg(&data);
        let output = super::postgres::fed(server, "redis-server", &settings)?;
        if !output.status.success() {
            return Err(Error::program("redis-server", &output));
        }
        for _ in 0..600 {
            if self.answers(port) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let text = fs::read_to_string(&log).unwrap_or_default();
        let tail: Vec<&str> = text.lines().rev().take(4).collect();
        Err(Error::new(format!(
            "Redis did not start on port {port}; its log ends: {}",
            tail.join(" | ")
        )))
    }

    /// True if our server answers on `port`.
    pub fn answers(&self, port: u16) -> bool {
        self.ask(port, "PING").is_ok_and(|answer| answer.contains("+PONG"))
    }

    /// Stops the server after its log is on disk.
    pub fn stop(&self, port: u16) -> Result<()> {
        if !self.answers(port) {
            return Ok(());
        }
        // The answer to SHUTDOWN is the end of the connection.
        let _ = self.ask(port, "SHUTDOWN");
        for _ in 0..500 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Error::new(format!("Redis on port {port} did not stop")))
    }

    fn ask(&self, port: u16, command: &str) -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "AUTH {}\r\n{command}\r\nQUIT\r\n", self.password)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}
