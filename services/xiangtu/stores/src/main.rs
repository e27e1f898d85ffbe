//! Private PostgreSQL and Redis for one machine; see the README of the crate.

use std::{
    env,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitCode},
};

use stores::{Error, Keeper, Options, Result};

const USAGE: &str = "usage:
  stores run   --dir DIR [--ephemeral] -- COMMAND…   start stores, run COMMAND with their URLs, stop them
  stores keep  --dir DIR [--ephemeral]               start stores, print their URLs, stop them at end of input
  stores clean DIR                                   stop all stores below DIR and remove it";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("stores: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode> {
    let (mine, command) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    let words: Vec<&str> = mine.iter().map(String::as_str).collect();
    match (words.as_slice(), command) {
        (["run", "--dir", dir, flags @ ..], [program, rest @ ..]) => {
            run(Path::new(dir), ephemeral(flags)?, program, rest)
        }
        (["keep", "--dir", dir, flags @ ..], []) => {
            let note = |text: &str| eprintln!("stores: {text} …");
            stores::keep(&Options {
                dir: Path::new(dir),
                ephemeral: ephemeral(flags)?,
                note: &note,
            })?;
            Ok(ExitCode::SUCCESS)
        }
        (["clean", dir], []) => {
            stores::clean(Path::new(dir))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Error::usage(USAGE)),
    }
}

fn ephemeral(flags: &[&str]) -> Result<bool> {
    match flags {
        [] => Ok(false),
        ["--ephemeral"] => Ok(true),
        _ => Err(Error::usage(USAGE)),
    }
}

fn run(dir: &Path, ephemeral: bool, program: &str, args: &[String]) -> Result<ExitCode> {
    let keeper = Keeper::spawn(dir, ephemeral)?;
    let mut command = Command::new(program);
    // Where `cargo run` started this, it left the description of this package. A cargo below would take it for a changed
    // environment of some build scripts, and build again whatever depends on them.
    let of_cargo = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(of_cargo) {
            command.env_remove(name);
        }
    }
    let status = command
        .args(args)
        .env("XIANGTU_TEST_DATABASE_URL", &keeper.postgres_url)
        .env("XIANGTU_TEST_REDIS_URL", &keeper.redis_url)
        .status();
    keeper.end()?;
    let status = status.map_err(|error| Error::usage(&format!("cannot run {program}: {error}")))?;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
