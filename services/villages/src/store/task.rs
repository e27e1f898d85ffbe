//! Tasks and who answers for them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{plan::PlanKey, rating::end, rating_facts::At};

/// What a task asks; it never changes.
#[derive(Debug, Clone, FromRow)]
pub struct TaskRow {
    pub task_id: Uuid,
    pub division_code: String,
    pub plan_division: String,
    pub plan_code: String,
    pub plan_version: i32,
    pub template: String,
    pub display_name: String,
    pub indicator: String,
    pub unit: String,
    pub goal: i64,
    pub start_date: Date,
    pub deadline: Date,
    pub key_work: bool,
    pub created_at: OffsetDateTime,
}

impl TaskRow {
    /// The plan version that it was made from.
    pub fn plan(&self) -> PlanKey {
        PlanKey {
            division_code: self.plan_division.clone(),
            plan_code: self.plan_code.clone(),
            version: self.plan_version,
        }
    }
}

/// A task with where it stands on a day.
#[derive(Debug, Clone, FromRow)]
pub struct TaskStanding {
    #[sqlx(flatten)]
    pub task: TaskRow,
    pub leader_id: String,
    pub leader_name: String,
    pub member_ids: Vec<String>,
    pub member_names: Vec<String>,
    /// Identity of the latest entry about who answers.
    pub last_tenure: i64,
    pub report_date: Option<Date>,
    pub cumulative: Option<i64>,
}

/// Which tasks to list.
#[derive(Debug)]
pub struct TaskQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// Day on which the leader holds office.
    pub today: Date,
    /// Last task of the page before.
    pub after: Option<Uuid>,
    /// Most tasks.
    pub limit: i64,
}

const STANDING: &str =
    "SELECT t.*, u.leader_id, u.leader_name, u.member_ids, u.member_names, p.report_date, p.cumulative,
        (SELECT max(l.tenure_id) FROM task_tenures l WHERE l.task_id = t.task_id) AS last_tenure
    FROM tasks t
    LEFT JOIN LATERAL (SELECT p.report_date, p.cumulative FROM task_progress p WHERE p.task_id = t.task_id
                       ORDER BY p.report_date DESC, p.revision DESC LIMIT 1) p ON true
    JOIN LATERAL (SELECT u.* FROM task_tenures u WHERE u.task_id = t.task_id
                  ORDER BY (CASE WHEN u.start_date <= ";
const IN_OFFICE: &str = " THEN u.tenure_id ELSE -u.tenure_id END) DESC LIMIT 1) u ON true WHERE ";

fn standing(today: Date) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(STANDING);
    query.push_bind(today).push(IN_OFFICE);
    query
}

/// One task.
pub async fn task_get(conn: &mut PgConnection, id: Uuid, today: Date) -> Result<Option<TaskStanding>, sqlx::Error> {
    let mut query = standing(today);
    query.push("t.task_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Tasks by village, then deadline.
pub async fn tasks_list(
    conn: &mut PgConnection,
    list: &TaskQuery<'_>,
    filter: &Filter,
) -> Result<Vec<TaskStanding>, sqlx::Error> {
    let mut query = standing(list.today);
    query.push("t.division_code >= ").push_bind(list.division);
    query.push(" AND t.division_code < ").push_bind(end(list.division));
    if let Some(after) = list.after {
        query.push(" AND (t.division_code, t.deadline, t.task_id) > (SELECT a.division_code, a.deadline, a.task_id ");
        query.push("FROM tasks a WHERE a.task_id = ").push_bind(after).push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY t.division_code, t.deadline, t.task_id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Those of the tasks with these ids that exist, after waiting for other changes of them to end.
pub async fn tasks_lock(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('villages.task ' || id, 0))
         FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) id ORDER BY id) ordered",
    )
    .bind(ids)
    .execute(&mut *conn)
    .await?;
    sqlx::query_as("SELECT * FROM tasks WHERE task_id = ANY($1)")
        .bind(ids)
        .fetch_all(conn)
        .await
}

/// Tasks of a division that were made by `known_at` and begin by `begun`, by village and id.
pub async fn tasks_begun(
    conn: &mut PgConnection,
    division: &str,
    begun: Date,
    known_at: OffsetDateTime,
) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM tasks
         WHERE division_code >= $1 AND division_code < $2 AND start_date <= $3 AND created_at <= $4
         ORDER BY division_code, task_id",
    )
    .bind(division)
    .bind(end(division))
    .bind(begun)
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// Village and template of the tasks that a plan, by its division and code, has in a division. A village that has another code
/// since stands by its present one, too.
pub async fn tasks_existing(
    conn: &mut PgConnection,
    (plan_division, plan_code): (&str, &str),
    division: &str,
    at: At,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, template FROM tasks
         WHERE division_code >= $1 AND division_code < $2 AND plan_division = $3 AND plan_code = $4
         UNION SELECT division_code, template FROM former_tasks($1, $5, $6, $3, $4)",
    )
    .bind(division)
    .bind(end(division))
    .bind(plan_division)
    .bind(plan_code)
    .bind(at.date)
    .bind(at.known_at)
    .fetch_all(conn)
    .await
}

/// Makes the making of a plan's tasks wait for one another until the end of the transaction.
pub async fn tasks_lock_plan(conn: &mut PgConnection, plan: &PlanKey) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.tasks ' || $1 || ' ' || $2, 0))")
        .bind(&plan.division_code)
        .bind(&plan.plan_code)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds tasks.
pub async fn tasks_insert(conn: &mut PgConnection, plan: &PlanKey, rows: &[TaskRow]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tasks (plan_division, plan_code, plan_version, task_id, division_code, template, display_name,
             indicator, unit, goal, start_date, deadline, key_work, created_at)
         SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::bigint[], $11::date[], $12::date[], $13::boolean[], $14::timestamptz[])",
    )
    .bind(&plan.division_code)
    .bind(&plan.plan_code)
    .bind(plan.version)
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.division_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.template.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.display_name.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.indicator.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.unit.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.goal).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.start_date).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.deadline).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.key_work).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.created_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
