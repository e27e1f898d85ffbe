//! Appends to the chains of custody, many trips at once.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Makes the table `fresh`, which takes the records to append: `ordinal` is their order within a trip.
pub async fn prepare(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "CREATE TEMP TABLE fresh (
             line bigint NOT NULL, trip_id text COLLATE \"C\" NOT NULL, ordinal bigint NOT NULL, source_key text NOT NULL,
             kind text NOT NULL, giver text NOT NULL, taker text NOT NULL, at timestamptz NOT NULL,
             gross_kg bigint, tare_kg bigint, net_kg bigint, bin_count integer, device text NOT NULL
         ) ON COMMIT DROP",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records of `fresh` that are recorded otherwise: line and trip.
pub async fn contradicting(conn: &mut PgConnection) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT f.line, f.trip_id FROM fresh f JOIN hand_overs h USING (trip_id, source_key)
         WHERE (h.giver, h.taker, h.at, h.gross_kg, h.tare_kg, h.net_kg, h.bin_count, h.device)
            IS DISTINCT FROM (f.giver, f.taker, f.at, f.gross_kg, f.tare_kg, f.net_kg, f.bin_count, f.device)
         ORDER BY f.line LIMIT 200",
    )
    .fetch_all(conn)
    .await
}

/// Appends the records of `fresh` that are not recorded yet, each chain in order, and answers how many.
pub async fn append(conn: &mut PgConnection, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query("DELETE FROM fresh f USING hand_overs h WHERE h.trip_id = f.trip_id AND h.source_key = f.source_key")
        .execute(&mut *conn)
        .await?;
    sqlx::query("ANALYZE fresh").execute(&mut *conn).await?;
    // Whoever appends to the same trips waits here, so that two records never take one position.
    sqlx::query("SELECT trip_id FROM trips WHERE trip_id IN (SELECT trip_id FROM fresh) ORDER BY trip_id FOR UPDATE")
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query(
        r#"WITH RECURSIVE ordered AS (
             SELECT f.*, t.division_code, row_number() OVER (PARTITION BY f.trip_id ORDER BY f.ordinal, f.line) AS n
             FROM fresh f JOIN trips t USING (trip_id)
         ), head AS (
             SELECT DISTINCT ON (trip_id) trip_id, position, digest FROM hand_overs
             WHERE trip_id IN (SELECT trip_id FROM fresh) ORDER BY trip_id, position DESC
         ), chain AS (
             SELECT o.*, coalesce(h.position, 0) + 1 AS "position", coalesce(h.digest, ''::bytea) AS previous,
                    hand_over_digest(coalesce(h.digest, ''::bytea), o.trip_id, coalesce(h.position, 0) + 1, o.kind, o.giver,
                        o.taker, o.at, o.gross_kg, o.tare_kg, o.net_kg, o.bin_count, o.device, '', ''::bytea, '', ''::bytea) AS digest
             FROM ordered o LEFT JOIN head h USING (trip_id) WHERE o.n = 1
             UNION ALL
             SELECT o.*, c.position + 1, c.digest,
                    hand_over_digest(c.digest, o.trip_id, c.position + 1, o.kind, o.giver,
                        o.taker, o.at, o.gross_kg, o.tare_kg, o.net_kg, o.bin_count, o.device, '', ''::bytea, '', ''::bytea)
             FROM chain c JOIN ordered o ON o.trip_id = c.trip_id AND o.n = c.n + 1
         )
         INSERT INTO hand_overs (trip_id, position, source_key, kind, division_code, giver, taker, at, gross_kg, tare_kg,
                                 net_kg, bin_count, device, digest, previous_digest, recorded_at)
         SELECT trip_id, "position", source_key, kind, division_code, giver, taker, at, gross_kg, tare_kg,
                net_kg, bin_count, device, digest, previous, $1
         FROM chain"#,
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
