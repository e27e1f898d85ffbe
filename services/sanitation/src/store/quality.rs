//! What service is reckoned from, and what was told of it.

use sanitation_core::quality::Quality;
use serde::Serialize;
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use time::{Date, OffsetDateTime};

/// The stops of a point over some days.
#[derive(Debug, Clone, FromRow)]
pub struct Served {
    pub point_id: String,
    pub division_code: String,
    pub owed: i64,
    pub missed: i64,
    pub late: i64,
    pub kg: i64,
    pub collected_on: Vec<Date>,
}

/// What was weighed on board at a village, by the township whose station took it.
#[derive(Debug, Clone, FromRow)]
pub struct Weighed {
    pub village: String,
    pub township: String,
    pub kg: i64,
}

/// What a township's stations took in, and plants of that.
#[derive(Debug, Clone, FromRow)]
pub struct Passed {
    pub township: String,
    pub received_kg: i64,
    pub treated_kg: i64,
}

/// Figures of a village as they are told.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    #[serde(skip)]
    pub division_code: String,
    pub quality: Quality,
    /// Treated of weighed, kg.
    pub treated: Option<(i64, i64)>,
}

/// Every point of a division with its stops from `from` to `to`, and the days from `lead` on on which
/// what is not collected apart was.
pub async fn points_served(
    conn: &mut PgConnection,
    division: &str,
    lead: Date,
    (from, to): (Date, Date),
) -> Result<Vec<Served>, sqlx::Error> {
    sqlx::query_as(
        "SELECT p.point_id, p.division_code,
                count(s.stop_id) FILTER (WHERE s.date >= $3) AS owed,
                count(*) FILTER (WHERE s.date >= $3 AND s.state = 'missed') AS missed,
                count(*) FILTER (WHERE s.date >= $3 AND s.late) AS late,
                coalesce(sum(s.collected_kg) FILTER (WHERE s.date >= $3), 0)::bigint AS kg,
                coalesce(array_agg(s.date ORDER BY s.date) FILTER (WHERE s.state = 'collected' AND s.stream = ''), '{}') AS collected_on
         FROM collection_points p LEFT JOIN stops s ON s.point_id = p.point_id AND s.date BETWEEN $2 AND $4
         WHERE p.division_code ^@ $1
         GROUP BY p.point_id, p.division_code ORDER BY p.division_code, p.point_id",
    )
    .bind(division)
    .bind(lead)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}

/// What was weighed on board at the villages of a division.
pub async fn weighed_at(
    conn: &mut PgConnection,
    division: &str,
    (from, to): (Date, Date),
) -> Result<Vec<Weighed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT substr(h.giver, 11) AS village, t.division_code AS township, sum(h.net_kg)::bigint AS kg
         FROM current_hand_overs h JOIN trips t USING (trip_id)
         WHERE h.kind = 'collected' AND t.date BETWEEN $2 AND $3 AND h.giver ^@ ('divisions/' || $1) AND h.net_kg IS NOT NULL
         GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind(division)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}

/// What stations took in and plants kept, by township of the station.
pub async fn passed(conn: &mut PgConnection, (from, to): (Date, Date)) -> Result<Vec<Passed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT t.division_code AS township,
                coalesce(sum(h.net_kg) FILTER (WHERE h.kind = 'received'), 0)::bigint AS received_kg,
                (coalesce(sum(h.net_kg) FILTER (WHERE h.kind = 'delivered'), 0)
                 - coalesce(sum(h.net_kg) FILTER (WHERE h.kind = 'rejected' AND t.kind = 'haul'), 0))::bigint AS treated_kg
         FROM current_hand_overs h JOIN trips t USING (trip_id)
         WHERE t.date BETWEEN $1 AND $2 GROUP BY 1",
    )
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}

/// Keeps what is told of a period and answers the codes of the villages for which it is new.
pub async fn figures_keep(
    conn: &mut PgConnection,
    (period, from, to): (&str, Date, Date),
    figures: &[Figures],
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    let mut changed = Vec::new();
    for part in figures.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO quality_facts (division_code, period, from_date, to_date, figures, assessed_at) ",
        );
        query.push_values(part, |mut row, figures| {
            row.push_bind(&figures.division_code)
                .push_bind(period)
                .push_bind(from)
                .push_bind(to)
                .push_bind(Json(figures))
                .push_bind(now);
        });
        query.push(
            " ON CONFLICT (division_code, period, from_date) DO UPDATE SET
                to_date = excluded.to_date, figures = excluded.figures, assessed_at = excluded.assessed_at
              WHERE (quality_facts.to_date, quality_facts.figures) IS DISTINCT FROM (excluded.to_date, excluded.figures)
              RETURNING division_code",
        );
        changed.extend(query.build_query_scalar::<String>().fetch_all(&mut *conn).await?);
    }
    Ok(changed)
}
