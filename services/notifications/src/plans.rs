//! The sections in force, read once and kept: an applied version never changes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use kit::{
    division::Division,
    error::{Error, Result},
};
use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::{
    store,
    wire::{
        name::{Collection, TemplateName},
        plan::{self, Section},
        problem::Problems,
    },
};

/// An applied version, ready for use.
#[derive(Debug)]
pub struct Applied {
    /// Resource name, `plans/{uid}`.
    pub name: String,
    /// Division that it was applied for.
    pub division: Division,
    /// First day on which it holds.
    pub effective_date: Date,
    /// The section.
    pub section: Section,
    templates: BTreeMap<String, i32>,
}

impl Applied {
    /// Full name of the version of a template that this plan uses.
    pub fn template_name(&self, id: &str) -> String {
        let version = self.templates.get(id).copied().unwrap_or_default();
        TemplateName::of_version(self.division.code(), id, version)
    }
}

/// Applied versions by uid. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Plans(Arc<Mutex<HashMap<Uuid, Arc<Applied>>>>);

impl Plans {
    /// The version that holds for `division` on `day`, if any.
    pub async fn in_force(
        &self,
        conn: &mut PgConnection,
        division: &Division,
        day: Date,
    ) -> Result<Option<Arc<Applied>>> {
        match store::plan::plan_in_force(conn, division.code(), day).await? {
            Some(uid) => self.get(conn, uid).await.map(Some),
            None => Ok(None),
        }
    }

    /// Every version that holds on `day`.
    pub async fn all_in_force(&self, conn: &mut PgConnection, day: Date) -> Result<Vec<Arc<Applied>>> {
        let mut all = Vec::new();
        for uid in store::plan::plans_in_force(conn, day).await? {
            all.push(self.get(conn, uid).await?);
        }
        Ok(all)
    }

    async fn get(&self, conn: &mut PgConnection, uid: Uuid) -> Result<Arc<Applied>> {
        if let Some(known) = self.lock().get(&uid) {
            return Ok(Arc::clone(known));
        }
        let row = store::plan::plan_get(conn, uid).await?;
        let row = row.ok_or_else(|| Error::not_found(Collection::Plans.name(uid)))?;
        let section = plan::stored(&row)?;
        // It was checked when it was applied; a rule that has become stricter since does not undo it.
        let applied = Arc::new(Applied {
            name: Collection::Plans.name(uid),
            division: Division::parse("division", &row.division_code)?,
            effective_date: row.effective_date,
            section: plan::section(&section, &mut Problems::default()),
            templates: row.templates.0,
        });
        self.lock().insert(uid, Arc::clone(&applied));
        Ok(applied)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<Applied>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
