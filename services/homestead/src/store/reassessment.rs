//! How bills were put right.

use futures::{Stream, StreamExt as _};
use homestead_core::{correction::Deed, occupation::Stretch, span::Span};
use kit::filter::Filter;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, QueryBuilder, Result, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A bill put right.
#[derive(Debug, Clone)]
pub struct Reassessment {
    pub id: Uuid,
    pub bill_id: Uuid,
    pub number: i16,
    pub household_id: String,
    pub division_code: String,
    pub cause: String,
    pub before: Vec<Stretch>,
    pub after: Vec<Stretch>,
    pub gross_fen: i64,
    pub relief_fen: i64,
    pub posted_fen: i64,
    pub entry_id: Option<Uuid>,
    pub supplement_id: Option<Uuid>,
    pub recorded_at: OffsetDateTime,
}

time::serde::format_description!(iso_day, Date, "[year]-[month]-[day]");

#[derive(Serialize, Deserialize)]
struct Days {
    #[serde(with = "iso_day")]
    from: Date,
    #[serde(with = "iso_day")]
    until: Date,
    over_dm2: i64,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    bill_id: Uuid,
    number: i16,
    household_id: String,
    division_code: String,
    cause: String,
    before: Json<Vec<Days>>,
    after: Json<Vec<Days>>,
    gross_fen: i64,
    relief_fen: i64,
    posted_fen: i64,
    entry_id: Option<Uuid>,
    supplement_id: Option<Uuid>,
    recorded_at: OffsetDateTime,
}

impl From<Row> for Reassessment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            bill_id: row.bill_id,
            number: row.number,
            household_id: row.household_id,
            division_code: row.division_code,
            cause: row.cause,
            before: read(row.before.0),
            after: read(row.after.0),
            gross_fen: row.gross_fen,
            relief_fen: row.relief_fen,
            posted_fen: row.posted_fen,
            entry_id: row.entry_id,
            supplement_id: row.supplement_id,
            recorded_at: row.recorded_at,
        }
    }
}

fn read(days: Vec<Days>) -> Vec<Stretch> {
    let stretch = |part: Days| {
        Some(Stretch {
            days: Span::new(part.from, part.until)?,
            over_dm2: part.over_dm2,
        })
    };
    days.into_iter().filter_map(stretch).collect()
}

fn write(stretches: &[Stretch]) -> Json<Vec<Days>> {
    let days = |stretch: &Stretch| Days {
        from: stretch.days.from(),
        until: stretch.days.until(),
        over_dm2: stretch.over_dm2,
    };
    Json(stretches.iter().map(days).collect())
}

const SELECT: &str =
    "SELECT id, bill_id, number, household_id, division_code, cause, before, after, gross_fen, relief_fen, posted_fen, entry_id,
    supplement_id, recorded_at FROM reassessment WHERE true";

/// The last row of every bill of a household.
pub async fn last_of(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Reassessment>> {
    let mut query = QueryBuilder::new("SELECT DISTINCT ON (bill_id) * FROM (");
    query.push(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.push(") r ORDER BY bill_id, number DESC");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(Reassessment::from).collect())
}

/// What the bills of a village charge, as they were issued or last put right: by household its stretches of each bill's days.
pub async fn charged_in(conn: &mut PgConnection, village: &str) -> Result<Vec<(String, Span, Vec<Stretch>)>> {
    #[derive(FromRow)]
    struct Row {
        household_id: String,
        from_on: Date,
        until_on: Date,
        over_dm2: i64,
        after: Option<Json<Vec<Days>>>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT b.household_id, b.from_on, b.until_on, b.over_dm2,
                (SELECT r.after FROM reassessment r WHERE r.bill_id = b.id ORDER BY r.number DESC LIMIT 1) AS after
         FROM bill b WHERE b.division_code = $1 AND b.corrects IS NULL ORDER BY b.household_id",
    )
    .bind(village)
    .fetch_all(conn)
    .await?;
    let charged = |row: Row| {
        let days = Span::new(row.from_on, row.until_on)?;
        let over_dm2 = row.over_dm2;
        let issued = || vec![Stretch { days, over_dm2 }];
        let charged = row.after.map_or_else(issued, |Json(after)| read(after));
        Some((row.household_id, days, charged))
    };
    Ok(rows.into_iter().filter_map(charged).collect())
}

/// Rows of a division after `after`, by id.
pub async fn list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Reassessment>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after);
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(Reassessment::from).collect())
}

/// What caused something, in the order in which it was put right.
pub async fn by_cause(conn: &mut PgConnection, cause: &str, household_id: &str) -> Result<Vec<Reassessment>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.push(" AND cause = ").push_bind(cause.to_owned());
    query.push(" ORDER BY id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(Reassessment::from).collect())
}

/// Adds a row.
pub async fn insert(conn: &mut PgConnection, row: &Reassessment) -> Result<()> {
    sqlx::query(
        "INSERT INTO reassessment (id, bill_id, number, household_id, division_code, cause, before, after, gross_fen, relief_fen,
                                   posted_fen, entry_id, supplement_id, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(row.id)
    .bind(row.bill_id)
    .bind(row.number)
    .bind(&row.household_id)
    .bind(&row.division_code)
    .bind(&row.cause)
    .bind(write(&row.before))
    .bind(write(&row.after))
    .bind(row.gross_fen)
    .bind(row.relief_fen)
    .bind(row.posted_fen)
    .bind(row.entry_id)
    .bind(row.supplement_id)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// By bill that was issued first for its days, what was done to it and to those that add to it; in the order of the journal.
pub async fn deeds_of(conn: &mut PgConnection, household_id: &str) -> Result<Vec<(Uuid, Deed)>> {
    let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT first_id, granted_fen, given_up_fen, paid_fen FROM deed WHERE household_id = $1 ORDER BY entry_number",
    )
    .bind(household_id)
    .fetch_all(conn)
    .await?;
    let deed = |(first_id, granted_fen, given_up_fen, paid_fen)| {
        let deed = Deed {
            granted_fen,
            given_up_fen,
            paid_fen,
        };
        (first_id, deed)
    };
    Ok(rows.into_iter().map(deed).collect())
}

/// A row with what it is recounted from.
pub struct Checked {
    pub row: Reassessment,
    pub tariff_id: Uuid,
    pub relief_class: Option<i16>,
    /// Area of the bill as issued.
    pub issued_dm2: i64,
    /// What the entry and the further bill that it names took or added, in fen; 0 where there is none.
    pub moved_fen: i64,
    /// Of the last row of its bill: what the bill and those that add to it ask by now, and the relief granted on them one by one.
    pub asked_fen: Option<i64>,
    pub granted_fen: i64,
}

/// All rows of a division, by bill and number.
pub fn all<'a>(conn: &'a mut PgConnection, division: &'a str) -> impl Stream<Item = Result<Checked>> + 'a {
    #[derive(FromRow)]
    struct With {
        #[sqlx(flatten)]
        row: Row,
        tariff_id: Uuid,
        relief_class: Option<i16>,
        issued_dm2: i64,
        moved_fen: i64,
        asked_fen: Option<i64>,
        granted_fen: i64,
    }
    sqlx::query_as(
        "SELECT r.*, b.tariff_id, b.relief_class, b.over_dm2 AS issued_dm2,
                coalesce((SELECT gross_fen - relief_fen FROM bill s WHERE s.id = r.supplement_id), 0) + coalesce((
                    SELECT sum(CASE WHEN debit = 1 THEN amount_fen ELSE -amount_fen END)::bigint FROM transfer t
                    WHERE t.entry_id = r.entry_id AND NOT (debit IN (6, 7) OR credit IN (6, 7))), 0) AS moved_fen,
                CASE WHEN lead(r.id) OVER (PARTITION BY r.bill_id ORDER BY r.number) IS NULL THEN (
                    SELECT sum(gross_fen - credited_fen - relief_fen - remitted_fen)::bigint FROM bill s
                    WHERE s.household_id = r.household_id AND r.bill_id IN (s.id, s.corrects)) END AS asked_fen,
                coalesce((SELECT sum(d.granted_fen)::bigint FROM deed d
                          WHERE d.household_id = r.household_id AND d.first_id = r.bill_id), 0) AS granted_fen
         FROM reassessment r JOIN bill b ON b.id = r.bill_id
         WHERE r.division_code >= $1 AND r.division_code < $2 ORDER BY r.bill_id, r.number",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch(conn)
    .map(|row: Result<With>| {
        row.map(|with| Checked {
            row: with.row.into(),
            tariff_id: with.tariff_id,
            relief_class: with.relief_class,
            issued_dm2: with.issued_dm2,
            moved_fen: with.moved_fen,
            asked_fen: with.asked_fen,
            granted_fen: with.granted_fen,
        })
    })
    .boxed()
}
