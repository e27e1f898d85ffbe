//! Merging staged lists of divisions.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    division::{DIVISIONS, PROFILES},
    import_check::Refused,
    lineage::LineageRow,
    version::Merged,
};

/// Rows inside `division` whose parent is neither in the file nor in the register on `date`. The parent of `division`
/// itself lies outside and is not looked for.
pub async fn parents_unknown(conn: &mut PgConnection, division: &str, date: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, parent_code FROM staged s
         WHERE code ^@ $1 AND code <> $1 AND parent_code IS NOT NULL
           AND NOT EXISTS (SELECT FROM staged p WHERE p.code = s.parent_code)
           AND NOT EXISTS (SELECT FROM divisions d WHERE d.division_code = s.parent_code AND d.known_until IS NULL
                           AND d.valid_from <= $2 AND (d.valid_until IS NULL OR d.valid_until > $2))
         ORDER BY line LIMIT 200",
    )
    .bind(division)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Drops staged rows above `division`: they only say where it lies.
pub async fn drop_ancestors(conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM staged WHERE NOT code ^@ $1")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes the staged divisions hold from `date` on; `delta` holds what changed.
pub async fn divisions_merge(conn: &mut PgConnection, date: Date, now: OffsetDateTime) -> Result<Merged, sqlx::Error> {
    let source = "SELECT code AS division_code, parent_code, name AS display_name, level, kind FROM staged";
    DIVISIONS.merge(conn, source, date, now).await
}

/// Makes the staged profiles hold from `date` on.
pub async fn profiles_merge(conn: &mut PgConnection, date: Date, now: OffsetDateTime) -> Result<Merged, sqlx::Error> {
    let source = "SELECT division_code, longitude::double precision, latitude::double precision,
            registered_household_count::bigint, registered_person_count::bigint, resident_person_count::bigint,
            group_count::bigint, arable_dm2::bigint
        FROM staged";
    PROFILES.merge(conn, source, date, now).await
}

/// Adds an edge for each division that the merge before renamed, and gives them by code.
pub async fn renames_insert(
    conn: &mut PgConnection,
    ids: impl Fn() -> Uuid,
    date: Date,
    now: OffsetDateTime,
) -> Result<Vec<LineageRow>, sqlx::Error> {
    let renamed: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT d.division_code, old.display_name, d.display_name
         FROM delta d JOIN divisions old ON old.id = d.old_id
         WHERE d.old_from < $1 AND old.display_name <> d.display_name
         ORDER BY d.division_code",
    )
    .bind(date)
    .fetch_all(&mut *conn)
    .await?;
    let edges: Vec<LineageRow> = renamed
        .into_iter()
        .map(|(code, before, after)| LineageRow {
            id: ids(),
            division_code: code.clone(),
            successor_code: Some(code),
            kind: "RENAMED".to_owned(),
            effective_date: date,
            predecessor_display_name: before,
            successor_display_name: Some(after),
        })
        .collect();
    for some in edges.chunks(1_000) {
        super::lineage::lineage_insert(conn, some, now).await?;
    }
    Ok(edges)
}
