//! Installs the distribution's packages, without letting them start servers of their own.

use std::process::{Command, Stdio};

use crate::{Error, Result, account};

const SCRIPT: &str = include_str!("install.sh");

/// Installs `packages` as root, or through sudo where it asks for no password.
pub fn packages(packages: &[&str], note: &dyn Fn(&str)) -> Result<()> {
    let names = packages.join(" ");
    if !succeeds("apt-get", &["--version"]) {
        return Err(Error::new(format!(
            "not found: {names}; and there is no apt-get here: install PostgreSQL ≥ 15 and Redis ≥ 6.2"
        )));
    }
    let mut command = if account::is_root()? {
        Command::new("sh")
    } else if succeeds("sudo", &["-n", "true"]) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    } else {
        return Err(Error::new(format!(
            "not found: {names}; run once: sudo apt-get install --no-install-recommends {names}"
        )));
    };
    note(&format!("installing {names}"));
    let output = command
        .args(["-c", SCRIPT, "install"])
        .args(packages)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::new(format!("cannot run the installation: {error}")))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Error::program("apt-get install", &output))
    }
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success())
}
