//! What is remembered about the stores of a folder: ports, passwords and where the data lie.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

const FILE: &str = "stores.conf";

/// `key=value` lines that only their owner may read.
#[derive(Debug)]
pub struct Record {
    file: PathBuf,
    values: BTreeMap<String, String>,
}

impl Record {
    /// Reads the record of `folder`; empty if there is none.
    pub fn load(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            other => other.map_err(|error| Error::io("read", &file, &error))?,
        };
        let values = text.lines().filter_map(|line| line.split_once('='));
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Self { file, values })
    }

    /// True if `folder` holds stores.
    pub fn exists(folder: &Path) -> bool {
        folder.join(FILE).is_file()
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_owned(), value.into());
    }

    /// The secret `key`, made now if it is new.
    pub fn secret(&mut self, key: &str) -> Result<String> {
        if let Some(secret) = self.get(key) {
            return Ok(secret.to_owned());
        }
        let secret = random()?;
        self.set(key, secret.clone());
        Ok(secret)
    }

    /// Removes the record.
    pub fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &self.file, &error)),
            _ => Ok(()),
        }
    }

    /// Writes the record whole or not at all.
    pub fn save(&self) -> Result<()> {
        let part = self.file.with_extension("part");
        let text = self
            .values
            .iter()
            .fold(String::new(), |text, (key, value)| text + key + "=" + value + "\n");
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&part, &self.file))
            .map_err(|error| Error::io("write", &self.file, &error))
    }
}

/// 144 random bits as text that needs no quoting in URLs, SQL and configuration files.
fn random() -> Result<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 18];
    fs::File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| Error::io("read", source, &error))?;
    let mut text = String::with_capacity(36);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_set() {
        let folder = std::env::temp_dir().join(format!("xiangtu-record-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("scratch folder");
        let mut record = Record::load(&folder).expect("empty");
        let secret = record.secret("password").expect("urandom");
        assert_eq!(secret.len(), 36);
        record.set("port", "1");
        record.save().expect("saved");
        let mut again = Record::load(&folder).expect("read");
        assert_eq!(again.get("port"), Some("1"));
        assert_eq!(again.secret("password").expect("kept"), secret);
        fs::remove_dir_all(&folder).expect("removed");
    }
}
