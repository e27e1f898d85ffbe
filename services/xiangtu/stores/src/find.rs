//! Finds the programs of PostgreSQL and Redis on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Result, install};

/// Oldest major version of PostgreSQL that the suite is written for.
const POSTGRES_MIN: u32 = 15;
/// Oldest Redis with `XTRIM MINID`.
const REDIS_MIN: (u32, u32) = (6, 2);

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Folder with `postgres`, `initdb`, `pg_ctl`.
    pub postgres: PathBuf,
    pub psql: PathBuf,
    pub redis: PathBuf,
}

impl Tools {
    /// Finds the programs and installs the distribution's packages where they are missing.
    pub fn find(note: &dyn Fn(&str)) -> Result<Self> {
        let missing: Vec<&str> = [
            ("postgresql", postgres().is_none()),
            ("redis-server", redis().is_none()),
        ]
        .into_iter()
        .filter_map(|(package, missing)| missing.then_some(package))
        .collect();
        if !missing.is_empty() {
            install::packages(&missing, note)?;
        }
        let postgres = postgres().ok_or_else(|| {
            Error::new(format!(
                "PostgreSQL ≥ {POSTGRES_MIN} was not found in /usr/lib/postgresql/*/bin nor on PATH; \
                 install it or set XIANGTU_POSTGRES_BIN to the folder of `initdb`"
            ))
        })?;
        let redis = redis().ok_or_else(|| {
            Error::new(format!(
                "redis-server ≥ {}.{} was not found on PATH; install it",
                REDIS_MIN.0, REDIS_MIN.1
            ))
        })?;
        let psql = Some(postgres.join("psql"))
            .filter(|path| path.is_file())
            .or_else(|| on_path("psql"))
            .ok_or_else(|| Error::new("psql was not found; install the PostgreSQL client"))?;
        Ok(Self { postgres, psql, redis })
    }
}

fn postgres() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("XIANGTU_POSTGRES_BIN") {
        return Some(PathBuf::from(folder)).filter(|folder| folder.join("initdb").is_file());
    }
    let mut folders = Vec::new();
    for (parent, tail) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/pgsql", ""),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path().join(tail)));
    }
    folders.extend(on_path("initdb").and_then(|path| path.canonicalize().ok()?.parent().map(Path::to_path_buf)));
    folders
        .into_iter()
        .filter(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
        .filter_map(|folder| Some((version(&folder.join("postgres"))?.0, folder)))
        .filter(|(major, _)| *major >= POSTGRES_MIN)
        .max()
        .map(|(_, folder)| folder)
}

fn redis() -> Option<PathBuf> {
    ["redis-server", "valkey-server"]
        .into_iter()
        .filter_map(on_path)
        .find(|path| version(path).is_some_and(|found| found >= REDIS_MIN))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in sbin, which an ordinary user's PATH lacks.
    let more = ["/usr/sbin", "/usr/local/bin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(more)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn version(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The first number with a dot (or, for betas, without one) in what a program says about its version.
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let word = said
        .split(|c: char| c.is_whitespace() || c == '=')
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn reads_what_the_programs_say() {
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some((15, 18))
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some((18, 0)));
        assert_eq!(
            parse_version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"),
            Some((7, 0))
        );
        assert_eq!(parse_version("no version"), None);
    }
}
