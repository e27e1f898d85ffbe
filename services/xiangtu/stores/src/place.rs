//! Where the data lie: in the folder itself, or elsewhere if PostgreSQL's user cannot live there.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use crate::{Error, Result, account::Account, port, record::Record};

const KEY: &str = "place";

/// The data folder of the stores in `folder`, created if it is new.
///
/// A checkout may lie where a lesser user cannot enter (`/root`) or where permissions do not hold (some mounts); the
/// data then go to a folder named after the checkout's path, which the record keeps for `clean`.
pub fn settle(folder: &Path, account: Account, record: &mut Record) -> Result<PathBuf> {
    let inside = folder.join("data");
    if let Some(place) = record
        .get(KEY)
        .map(PathBuf::from)
        .or_else(|| inside.is_dir().then(|| inside.clone()))
    {
        if prepare(&place, account) {
            return Ok(place);
        }
        if place.exists() {
            let message = "was made by another user; remove it with `make clean` as that user";
            return Err(Error::new(format!("{} {message}", place.display())));
        }
    }
    let name = format!("xiangtu-{:016x}", port::digest(folder));
    let tried = [
        inside,
        Path::new("/var/lib").join(&name),
        Path::new("/var/tmp").join(&name),
    ];
    for place in tried {
        if prepare(&place, account) {
            if place.parent() != Some(folder) {
                record.set(KEY, place.to_string_lossy());
            }
            return Ok(place);
        }
        // Empty as yet; leave nothing behind where we do not stay.
        let _ = fs::remove_dir(&place);
    }
    Err(Error::new(
        "PostgreSQL's user can write neither in the checkout nor in /var/lib nor in /var/tmp",
    ))
}

/// Where the data of `folder` lie, if outside of it.
pub fn outside(record: &Record) -> Option<PathBuf> {
    record.get(KEY).map(PathBuf::from)
}

/// Creates `place` for the account alone, and checks that the account can live there.
fn prepare(place: &Path, account: Account) -> bool {
    let made = fs::create_dir(place).is_ok();
    let Ok(found) = fs::symlink_metadata(place) else {
        return false;
    };
    if !found.is_dir() {
        return false;
    }
    if made {
        let owned = account
            .lesser()
            .is_none_or(|lesser| chown(place, Some(lesser.uid), Some(lesser.gid)).is_ok());
        let closed = fs::set_permissions(place, fs::Permissions::from_mode(0o700)).is_ok();
        if !owned || !closed {
            return false;
        }
    }
    let Ok(found) = fs::symlink_metadata(place) else {
        return false;
    };
    let owned = account.lesser().is_none_or(|lesser| found.uid() == lesser.uid);
    owned && found.mode() & 0o777 == 0o700 && can_write(place, account)
}

fn can_write(place: &Path, account: Account) -> bool {
    let mut probe = account.command(Path::new("/bin/sh"), Path::new("/"));
    probe.args(["-c", "cd \"$0\" && : > .probe && rm .probe"]).arg(place);
    probe.output().is_ok_and(|output| output.status.success())
}
