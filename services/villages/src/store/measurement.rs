//! Measurements.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// One figure.
#[derive(Debug, Clone, FromRow)]
pub struct MeasurementRow {
    pub measurement_id: Uuid,
    pub division_code: String,
    pub indicator: String,
    pub as_of_date: Date,
    pub source: String,
    pub revision: i32,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub deductible: i64,
    pub evidence: Vec<String>,
    pub reporter: String,
    pub supersedes: Option<Uuid>,
    pub recorded_at: OffsetDateTime,
    pub unit_deducted: bool,
    /// As the contract states it; empty without one.
    pub checklist: Vec<u8>,
    /// Why it is doubted.
    pub flags: Vec<String>,
    /// Doubted without evidence: it does not count.
    pub held: bool,
}

/// What a figure is about: corrections of a figure share it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    pub division_code: String,
    pub indicator: String,
    pub as_of_date: Date,
    pub source: String,
}

impl MeasurementRow {
    /// What the figure is about.
    pub fn subject(&self) -> Subject {
        Subject {
            division_code: self.division_code.clone(),
            indicator: self.indicator.clone(),
            as_of_date: self.as_of_date,
            source: self.source.clone(),
        }
    }
}

/// Which figures to list.
#[derive(Debug)]
pub struct MeasurementQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// Only the latest figure of each village, indicator and source up to this date.
    pub as_of: Option<Date>,
    /// What was known then; `None` for now.
    pub known_at: Option<OffsetDateTime>,
    /// Superseded figures too.
    pub superseded: bool,
    /// Last figure of the page before.
    pub after: Option<Uuid>,
    /// Most figures.
    pub limit: i64,
}

/// Columns of [`MeasurementRow`], of a table called `m`.
pub(super) const COLUMNS: &str = "m.measurement_id, m.division_code, m.indicator, m.as_of_date, m.source, m.revision, m.numerator,
    m.denominator, m.deductible, m.evidence, m.reporter, m.supersedes, m.recorded_at, m.unit_deducted, m.checklist, m.flags,
    m.held";

/// The figure with this id.
pub async fn measurement_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<MeasurementRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM measurements m WHERE m.measurement_id = ")
        .push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Those of the figures with these ids that exist.
pub async fn measurements_get(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MeasurementRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM measurements m WHERE m.measurement_id = ANY(")
        .push_bind(ids)
        .push(")");
    query.build_query_as().fetch_all(conn).await
}

/// Makes recordings about `villages` wait for one another until the end of the transaction.
pub async fn measurements_lock(conn: &mut PgConnection, villages: &[&str]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('villages.measurements ' || code, 0))
         FROM (SELECT DISTINCT code FROM unnest($1::text[]) code ORDER BY code) ordered",
    )
    .bind(villages)
    .execute(conn)
    .await?;
    Ok(())
}

/// Figures by village, indicator, date, source and revision.
pub async fn measurements_list(
    conn: &mut PgConnection,
    list: &MeasurementQuery<'_>,
    filter: &Filter,
) -> Result<Vec<MeasurementRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(" FROM (SELECT ");
    // Revisions ascend with the time of recording, so that the highest known one is the one in force.
    query.push(match (list.as_of, list.superseded) {
        (Some(_), _) => "DISTINCT ON (k.division_code, k.indicator, k.source) k.*",
        (None, false) => "DISTINCT ON (k.division_code, k.indicator, k.as_of_date, k.source) k.*",
        (None, true) => "k.*",
    });
    query
        .push(" FROM measurements k WHERE k.division_code ^@ ")
        .push_bind(list.division);
    if let Some(known_at) = list.known_at {
        query.push(" AND k.recorded_at <= ").push_bind(known_at);
    }
    if let Some(as_of) = list.as_of {
        query.push(" AND k.as_of_date <= ").push_bind(as_of);
    }
    query.push(match (list.as_of, list.superseded) {
        (Some(_), _) => " ORDER BY k.division_code, k.indicator, k.source, k.as_of_date DESC, k.revision DESC",
        (None, false) => " ORDER BY k.division_code, k.indicator, k.as_of_date, k.source, k.revision DESC",
        (None, true) => "",
    });
    query.push(") m WHERE true");
    if let Some(after) = list.after {
        query.push(
            " AND (m.division_code, m.indicator, m.as_of_date, m.source, m.revision) > (
                 SELECT a.division_code, a.indicator, a.as_of_date, a.source, a.revision
                 FROM measurements a WHERE a.measurement_id = ",
        );
        query.push_bind(after).push(")");
    }
    filter.push(&mut query);
    query.push(" ORDER BY m.division_code, m.indicator, m.as_of_date, m.source, m.revision LIMIT ");
    query.push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// The latest revision of each of `subjects` that has one.
pub async fn measurements_latest(
    conn: &mut PgConnection,
    subjects: &[Subject],
) -> Result<Vec<MeasurementRow>, sqlx::Error> {
    let text = |of: fn(&Subject) -> &String| subjects.iter().map(|subject| of(subject).clone()).collect::<Vec<_>>();
    let mut query =
        QueryBuilder::<Postgres>::new("SELECT DISTINCT ON (m.division_code, m.indicator, m.as_of_date, m.source) ");
    query
        .push(COLUMNS)
        .push(" FROM measurements m JOIN unnest(")
        .push_bind(text(|subject| &subject.division_code));
    query
        .push("::text[], ")
        .push_bind(text(|subject| &subject.indicator))
        .push("::text[], ");
    query
        .push_bind(subjects.iter().map(|subject| subject.as_of_date).collect::<Vec<_>>())
        .push("::date[], ");
    query.push_bind(text(|subject| &subject.source));
    query.push(
        "::text[]) AS s (division_code, indicator, as_of_date, source)
             ON m.division_code = s.division_code AND m.indicator = s.indicator
                AND m.as_of_date = s.as_of_date AND m.source = s.source
         ORDER BY m.division_code, m.indicator, m.as_of_date, m.source, m.revision DESC",
    );
    query.build_query_as().fetch_all(conn).await
}

/// Adds figures.
pub async fn measurements_insert(conn: &mut PgConnection, rows: &[MeasurementRow]) -> Result<(), sqlx::Error> {
    // A statement takes 65,535 values.
    for rows in rows.chunks(3_000) {
        let mut query = QueryBuilder::<Postgres>::new(
            "INSERT INTO measurements (measurement_id, division_code, indicator, as_of_date, source, revision, numerator,
                 denominator, deductible, evidence, reporter, supersedes, recorded_at, unit_deducted, checklist, flags, held) ",
        );
        query.push_values(rows, |mut row, figure| {
            row.push_bind(figure.measurement_id)
                .push_bind(&figure.division_code)
                .push_bind(&figure.indicator)
                .push_bind(figure.as_of_date)
                .push_bind(&figure.source)
                .push_bind(figure.revision)
                .push_bind(figure.numerator)
                .push_bind(figure.denominator)
                .push_bind(figure.deductible)
                .push_bind(&figure.evidence)
                .push_bind(&figure.reporter)
                .push_bind(figure.supersedes)
                .push_bind(figure.recorded_at)
                .push_bind(figure.unit_deducted)
                .push_bind(&figure.checklist)
                .push_bind(&figure.flags)
                .push_bind(figure.held);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Those of `codes` that are villages or natural villages, with the first day on which they no longer exist.
pub async fn villages_ends(
    conn: &mut PgConnection,
    codes: &[&str],
) -> Result<Vec<(String, Option<Date>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, CASE WHEN bool_or(valid_until IS NULL) THEN NULL ELSE max(valid_until) END
         FROM divisions WHERE division_code = ANY($1) AND level IN ('VILLAGE', 'GROUP') AND known_until IS NULL
         GROUP BY division_code",
    )
    .bind(codes)
    .fetch_all(conn)
    .await
}
