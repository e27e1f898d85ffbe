//! The sources of Lankao county: real lists as files, bulk registers generated from them.

mod registers;

use std::{
    fmt::Write as _,
    fs::File,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use flate2::read::GzDecoder;
use seed::{County, Header, Lists, Plan, Village, Writer};

use crate::failure::{Failure, Result};

pub use registers::REGISTERS;

/// A county's folder of lists.
pub struct Source {
    folder: PathBuf,
    county: Arc<County>,
}

impl Source {
    /// Reads the lists in `folder`, for example `tests/data/lankao`.
    pub fn open(folder: &Path) -> Result<Self> {
        let list = |name: &str| list(folder, name);
        let county = County::read(Lists {
            villages: list("villages")?,
            groups: list("groups")?,
            indicators: list("village_indicators")?,
            points: list("collection_points")?,
            cadres: list("cadres")?,
            counts: list("register_counts")?,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            county: Arc::new(county),
        })
    }

    /// The file of a register, generated where it is no list.
    pub fn file(&self, name: &str) -> Result<Box<dyn Read + Send>> {
        let rows: fn(&Writer, &Village) -> String = match name {
            "households" => Writer::households,
            "homesteads" => Writer::homesteads,
            "bins" => Writer::bins,
            "hamlets" => Writer::hamlets,
            "recipients" => return Ok(Box::new(Cursor::new(recipients(&self.folder)?))),
            _ => return list(&self.folder, name),
        };
        let header = match name {
            "households" => Header::HOUSEHOLDS,
            "homesteads" => Header::HOMESTEADS,
            "hamlets" => Header::HAMLETS,
            _ => Header::BINS,
        };
        Ok(Box::new(Generated {
            county: Arc::clone(&self.county),
            next: 0,
            rows,
            text: Cursor::new(header.to_owned().into_bytes()),
        }))
    }
}

fn list(folder: &Path, name: &str) -> Result<Box<dyn Read + Send>> {
    let path = folder.join(format!("{name}.csv.gz"));
    let file = File::open(&path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Ok(Box::new(GzDecoder::new(file)))
}

/// The people whom notices reach: the county's cadres, with their post as role.
fn recipients(folder: &Path) -> Result<Vec<u8>> {
    let mut text = String::new();
    list(folder, "cadres")?.read_to_string(&mut text)?;
    let mut csv = String::from("person,name,division_code,roles,phone\n");
    for line in text.lines().skip(1) {
        if let [id, name, post, organisation, phone] = line.split(',').collect::<Vec<_>>()[..] {
            let _ = writeln!(csv, "cadres/{id},{name},{organisation},{post},{phone}");
        }
    }
    Ok(csv.into_bytes())
}

/// A register that is generated while it is read, one village after another.
struct Generated {
    county: Arc<County>,
    next: usize,
    rows: fn(&Writer, &Village) -> String,
    text: Cursor<Vec<u8>>,
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let length = self.text.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            let Some(village) = self.county.villages.get(self.next) else {
                return Ok(0);
            };
            self.next += 1;
            self.text = Cursor::new((self.rows)(&Writer(Plan::default()), village).into_bytes());
        }
    }
}
