//! A service as the kit runs it, and the subcommands of its binary.

mod built;
mod command;
mod configure;
mod run;

use sqlx::migrate::Migrator;

use crate::{
    clock::Clock, config::Env, crypt::Crypt, db::Db, error::Result, id::Ids, operation::Operations, page::Pages,
};

pub use built::Built;
pub use command::main;
pub use run::{Running, start};

/// A service: its name, its schema and how it is put together.
#[derive(Clone, Copy)]
pub struct Service {
    /// Name, which is also the source of its events and the name of its database: `villages`, `sanitation`, ….
    pub name: &'static str,
    /// Its own migrations; the kit's run before.
    pub migrations: &'static Migrator,
    /// Puts it together. Reads settings of its own from the environment; mistakes stay there.
    pub build: fn(&Kit, &mut Env) -> Built,
}

/// What a service works with. Cheap to clone.
#[derive(Clone)]
pub struct Kit {
    /// Its own database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// New identifiers.
    pub ids: Ids,
    /// Encryption of personal data.
    pub crypt: Crypt,
    /// Pages of lists.
    pub pages: Pages,
    /// Starts long-running operations.
    pub operations: Operations,
    /// Cancelled when the service stops: streams end then.
    pub stop: tokio_util::sync::CancellationToken,
}

impl Kit {
    /// Reads the day that a request means: the given one, or today.
    pub fn day(&self, field: &str, date: Option<proto::google::r#type::Date>) -> Result<time::Date> {
        Ok(crate::dates::from_proto(field, date)?.unwrap_or_else(|| self.clock.today()))
    }
}
