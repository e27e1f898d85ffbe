//! The user the stores run as: PostgreSQL refuses root, so root steps down to a lesser user.

use std::{fs, os::unix::process::CommandExt as _, path::Path, process::Command};

use crate::{Error, Result};

/// A lesser user that root steps down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesser {
    pub uid: u32,
    pub gid: u32,
}

/// The user the stores run as.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    lesser: Option<Lesser>,
}

impl Account {
    /// Ourselves, or for root `postgres` (the package's user) or else `nobody`.
    pub fn choose() -> Result<Self> {
        if !is_root()? {
            return Ok(Self { lesser: None });
        }
        let passwd =
            fs::read_to_string("/etc/passwd").map_err(|error| Error::io("read", Path::new("/etc/passwd"), &error))?;
        let lesser = ["postgres", "nobody"]
            .iter()
            .find_map(|name| entry(&passwd, name))
            .ok_or_else(|| {
                Error::new("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` here")
            })?;
        Ok(Self { lesser: Some(lesser) })
    }

    /// Whom root steps down to; none for an ordinary user.
    pub fn lesser(self) -> Option<Lesser> {
        self.lesser
    }

    /// A command that runs as this user, in `folder`, untouched by the caller's PostgreSQL settings.
    pub fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(&name);
            }
        }
        command.current_dir(folder).env("LC_ALL", "C").env("HOME", folder);
        if let Some(lesser) = self.lesser {
            command.gid(lesser.gid).uid(lesser.uid);
        }
        command
    }
}

pub fn is_root() -> Result<bool> {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .map_err(|error| Error::new(format!("cannot run id: {error}")))?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn entry(passwd: &str, name: &str) -> Option<Lesser> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Lesser {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_ids_of_a_user() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(entry(passwd, "postgres"), Some(Lesser { uid: 101, gid: 104 }));
        assert_eq!(entry(passwd, "nobody"), None);
        assert_eq!(entry("postgres:x:no\n", "postgres"), None);
    }
}
