//! The norms in force on a day: a township's own go before its county's, and the source plan's hold where there are none.

use kit::error::Result;
use sanitation_core::norms::Norms;
use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::store::plans::{Version, versions_in_force};

/// The norms of a division and of everything inside and above it.
pub struct Book {
    /// Deepest division first.
    versions: Vec<Version>,
    usual: Norms,
}

impl Book {
    /// Reads the norms in force on `day`; `division` may be empty for all.
    pub async fn read(conn: &mut PgConnection, division: &str, day: Date) -> Result<Self> {
        Ok(Self {
            versions: versions_in_force(conn, division, day).await?,
            usual: Norms::default(),
        })
    }

    /// The norms of a division.
    pub fn norms(&self, division: &str) -> &Norms {
        self.version(division).map_or(&self.usual, |version| &version.norms)
    }

    /// The version that they come from; `None`: the source plan.
    pub fn version(&self, division: &str) -> Option<&Version> {
        self.versions
            .iter()
            .find(|version| division.starts_with(&version.division_code))
    }

    /// The id of that version.
    pub fn version_id(&self, division: &str) -> Option<Uuid> {
        self.version(division).map(|version| version.plan_id)
    }
}
