//! Schema changes, as a step of their own before a rollout.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, migrate::Migrator};

use crate::error::{Error, Result};

static KIT: Migrator = sqlx::migrate!("./migrations");

/// Advisory lock key of migrations; any constant of ours.
const LOCK: i64 = 0x7869_616e_6774_7502;

/// Applies the kit's and then the service's migrations as the owning role. Safe to run by several at once.
///
/// The lock is tried, not waited for: a session blocked on an advisory lock would hold up `CREATE INDEX CONCURRENTLY`.
pub async fn run(owner_url: &str, service: &Migrator) -> Result<()> {
    let mut conn = PgConnection::connect(owner_url).await?;
    loop {
        let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut conn)
            .await?;
        if locked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    apply(&mut conn, &KIT, "kit_migrations").await?;
    apply(&mut conn, service, "service_migrations").await?;
    // Closing the session releases the lock.
    conn.close().await?;
    Ok(())
}

async fn apply(conn: &mut PgConnection, source: &Migrator, table: &'static str) -> Result<()> {
    let mut migrator = Migrator::with_migrations(source.iter().cloned().collect());
    migrator.set_locking(false);
    migrator.dangerous_set_table_name(table);
    migrator
        .run_direct(None, conn, false)
        .await
        .map_err(|error| Error::unavailable("the schema migration", error))
}

/// What the schema of a service is made of.
#[cfg(feature = "testing")]
pub(crate) fn checksums(service: &Migrator) -> Vec<Vec<u8>> {
    KIT.iter()
        .chain(service.iter())
        .map(|migration| migration.checksum.to_vec())
        .collect()
}
