//! Registers out: CSV in the columns that the import of the same register reads, page by page from one state of the database.

mod api;
mod sheet;

use sqlx::PgConnection;
use time::Date;

use crate::{division::Division, error::Result};

pub(crate) use api::Api;

/// Most rows of a page.
pub const PAGE: i64 = 1_000;

/// A register that files are made of.
#[tonic::async_trait]
pub trait Extract: Send + Sync + 'static {
    /// What its files look like, and who may have them.
    fn layout(&self) -> &'static Layout;

    /// The next rows after the key `after`, at most [`PAGE`], keys in byte order; none at the end. Personal data is masked
    /// unless it is to be disclosed.
    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>>;
}

/// What the files of a register look like, and who may have them.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Name of the register, for example `households`.
    pub name: &'static str,
    /// Permission needed beside `exports.read`, for example `villages.households.read`.
    pub permission: &'static str,
    /// Permission to see personal data in full; `None` where the register has none.
    pub disclosure: Option<&'static str>,
    /// Columns of the file. The first one is the key.
    pub columns: &'static [Column],
}

/// A column of a file.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    personal: bool,
}

impl Column {
    /// A column.
    pub const fn plain(name: &'static str) -> Self {
        Self { name, personal: false }
    }

    /// A column of personal data; where it is masked its name says so, and no import takes it for the real thing.
    pub const fn personal(name: &'static str) -> Self {
        Self { name, personal: true }
    }

    fn header(self, disclosed: bool) -> String {
        if self.personal && !disclosed {
            format!("{}_masked", self.name)
        } else {
            self.name.to_owned()
        }
    }
}

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct Export {
    /// Division whose rows are meant, with all below it.
    pub division: Division,
    /// Day on which the rows hold.
    pub as_of: Date,
    /// Personal data in full.
    pub disclosed: bool,
}
