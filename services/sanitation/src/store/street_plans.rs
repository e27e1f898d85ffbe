//! Plans of sprinkling and sweeping.

use sanitation_core::street::{Step, Stretch, Totals};
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `street_work_plans`.
#[derive(Debug, Clone, FromRow)]
pub struct StreetWorkPlan {
    pub street_work_plan_id: Uuid,
    pub division_code: String,
    pub date: Date,
    pub work: String,
    /// The bits of an unsigned number.
    pub seed: i64,
    pub search_seconds: i32,
    pub norms_id: Option<Uuid>,
    pub totals: Json<Totals>,
    pub created_at: OffsetDateTime,
}

/// A row of `street_routes`.
#[derive(Debug, Clone, FromRow)]
pub struct StreetRoute {
    pub street_work_plan_id: Uuid,
    pub vehicle_id: String,
    pub division_code: String,
    pub depot_id: String,
    pub depart_s: i64,
    pub arrive_s: i64,
    pub worked_m: i64,
    pub deadhead_m: i64,
    pub load_l: i64,
    pub steps: Json<Vec<Step>>,
    pub lines: Json<Vec<Stretch>>,
}

/// A row of `uncovered_segments`.
#[derive(Debug, Clone, FromRow)]
pub struct Uncovered {
    pub street_work_plan_id: Uuid,
    pub ordinal: i32,
    pub edge_id: String,
    pub reason: String,
    pub passes: i32,
    pub length_m: i64,
    pub line: Json<Vec<[f64; 2]>>,
}

pub async fn street_plan_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<StreetWorkPlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM street_work_plans WHERE street_work_plan_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn street_plan_list(
    conn: &mut PgConnection,
    listing: &Listing<'_>,
) -> Result<Vec<StreetWorkPlan>, sqlx::Error> {
    let key = Key::Newest("street_work_plan_id");
    page("SELECT * FROM street_work_plans", key, listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

pub async fn street_plan_insert(conn: &mut PgConnection, plan: &StreetWorkPlan) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO street_work_plans (street_work_plan_id, division_code, date, work, seed, search_seconds, norms_id,
                                        totals, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(plan.street_work_plan_id)
    .bind(&plan.division_code)
    .bind(plan.date)
    .bind(&plan.work)
    .bind(plan.seed)
    .bind(plan.search_seconds)
    .bind(plan.norms_id)
    .bind(plan.totals)
    .bind(plan.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Routes of a plan after a vehicle.
pub async fn street_route_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: &str,
    limit: i64,
) -> Result<Vec<StreetRoute>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM street_routes WHERE street_work_plan_id = $1 AND vehicle_id > $2 ORDER BY vehicle_id LIMIT $3",
    )
    .bind(plan)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Roads with passes left out, after an ordinal.
pub async fn uncovered_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: i32,
    limit: i64,
) -> Result<Vec<Uncovered>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM uncovered_segments WHERE street_work_plan_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3",
    )
    .bind(plan)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

pub async fn street_routes_insert(conn: &mut PgConnection, routes: &[StreetRoute]) -> Result<(), sqlx::Error> {
    for part in routes.chunks(500) {
        let mut query = QueryBuilder::new(
            "INSERT INTO street_routes (street_work_plan_id, vehicle_id, division_code, depot_id, depart_s, arrive_s, worked_m,
                                        deadhead_m, load_l, steps, lines) ",
        );
        query.push_values(part, |mut row, route| {
            row.push_bind(route.street_work_plan_id)
                .push_bind(&route.vehicle_id)
                .push_bind(&route.division_code)
                .push_bind(&route.depot_id)
                .push_bind(route.depart_s)
                .push_bind(route.arrive_s)
                .push_bind(route.worked_m)
                .push_bind(route.deadhead_m)
                .push_bind(route.load_l)
                .push_bind(&route.steps)
                .push_bind(&route.lines);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Keeps the roads that a plan of a division leaves out.
pub async fn uncovered_insert(conn: &mut PgConnection, division: &str, rows: &[Uncovered]) -> Result<(), sqlx::Error> {
    for part in rows.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO uncovered_segments (street_work_plan_id, ordinal, division_code, edge_id, reason, passes, length_m,
                                             line) ",
        );
        query.push_values(part, |mut row, left| {
            row.push_bind(left.street_work_plan_id)
                .push_bind(left.ordinal)
                .push_bind(division.to_owned())
                .push_bind(&left.edge_id)
                .push_bind(&left.reason)
                .push_bind(left.passes)
                .push_bind(left.length_m)
                .push_bind(&left.line);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}
