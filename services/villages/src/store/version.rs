//! Tables whose rows are versions, by valid time and by recorded time.

use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use villages_core::timeline::Span;

use super::{cadre::CadreRow, household::HouseholdRow};

/// A row that is a version.
pub trait Version: Clone {
    /// Key of the row.
    fn id(&self) -> i64;
    /// Code of the division that it lies in.
    fn division(&self) -> &str;
    /// The version with the time in which it holds.
    fn span(self) -> Span<Self>;
    /// The version of a time.
    fn of(span: &Span<Self>) -> Self;
}

macro_rules! version {
    ($($row:ident),+) => {$(
        impl Version for $row {
            fn id(&self) -> i64 {
                self.id
            }

            fn division(&self) -> &str {
                &self.division_code
            }

            fn span(self) -> Span<Self> {
                Span { from: self.valid_from, until: self.valid_until, value: self }
            }

            fn of(span: &Span<Self>) -> Self {
                Self { valid_from: span.from, valid_until: span.until, ..span.value.clone() }
            }
        }
    )+};
}

version!(CadreRow, HouseholdRow);

/// A table of versions: `key`, the value columns, and `valid_from`, `valid_until`, `known_from`, `known_until`.
pub struct Versions {
    /// Name of the table.
    pub table: &'static str,
    /// Column that names the thing.
    pub key: &'static str,
    /// Values; two versions are the same if these are equal.
    pub values: &'static [&'static str],
    /// Sealed values; they differ at each sealing and are compared through their blind index among `values`.
    pub sealed: &'static [&'static str],
}

/// Adds `table` as it is known now, or was at an instant, as a sub-select that the indexes of present and of superseded
/// versions serve.
pub fn push_known(query: &mut QueryBuilder<Postgres>, table: &'static str, known_at: Option<OffsetDateTime>) {
    query
        .push("(SELECT * FROM ")
        .push(table)
        .push(" WHERE known_until IS NULL");
    if let Some(known_at) = known_at {
        query.push(" AND known_from <= ").push_bind(known_at);
        query.push(" UNION ALL SELECT * FROM ").push(table);
        query.push(" WHERE known_until > ").push_bind(known_at);
        query.push(" AND known_from <= ").push_bind(known_at);
    }
    query.push(")");
}

/// What a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Things that were not there on the date.
    pub inserted: u64,
    /// Things that were there and differ from the date on.
    pub updated: u64,
}

impl Versions {
    /// Makes the rows of `source`, a query giving `key` and all values, hold from `date` on. Where a value is NULL what is
    /// known stays. Leaves the temporary table `delta`: the new values, `old_id` and `old_from`.
    ///
    /// A version that began before `date` is cut there, one that began on `date` is replaced, and a later one stays.
    pub async fn merge(
        &self,
        conn: &mut PgConnection,
        source: &'static str,
        date: Date,
        now: OffsetDateTime,
    ) -> Result<Merged, sqlx::Error> {
        let Self {
            table,
            key,
            values,
            sealed,
        } = self;
        let all = || values.iter().chain(*sealed);
        let list = |prefix: &str| {
            all()
                .map(|name| format!("{prefix}{name}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let known = all()
            .map(|name| format!("COALESCE(i.{name}, c.{name}) AS {name}"))
            .collect::<Vec<_>>()
            .join(", ");
        let proposed = values
            .iter()
            .map(|name| format!("COALESCE(i.{name}, c.{name})"))
            .collect::<Vec<_>>()
            .join(", ");
        let current = values
            .iter()
            .map(|name| format!("c.{name}"))
            .collect::<Vec<_>>()
            .join(", ");

        let sql = format!(
            "CREATE TEMP TABLE delta ON COMMIT DROP AS
             SELECT i.{key}, {known}, c.id AS old_id, c.valid_from AS old_from,
                    COALESCE(c.valid_until, n.next_from) AS next_from
             FROM ({source}) i
             LEFT JOIN {table} c ON c.{key} = i.{key} AND c.known_until IS NULL
                  AND c.valid_from <= '{date}' AND (c.valid_until IS NULL OR c.valid_until > '{date}')
             LEFT JOIN (SELECT {key}, min(valid_from) AS next_from FROM {table}
                        WHERE known_until IS NULL AND valid_from > '{date}' GROUP BY {key}) n ON n.{key} = i.{key}
             WHERE c.id IS NULL OR ({proposed}) IS DISTINCT FROM ({current})"
        );
        sqlx::query("DROP TABLE IF EXISTS pg_temp.delta")
            .execute(&mut *conn)
            .await?;
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *conn).await?;

        let sql = format!("UPDATE {table} v SET known_until = $1 FROM delta d WHERE v.id = d.old_id");
        let updated = sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .execute(&mut *conn)
            .await?
            .rows_affected();

        let (columns, of_version, of_delta) = (list(""), list("v."), list("d."));
        let sql = format!(
            "INSERT INTO {table} ({key}, {columns}, valid_from, valid_until, known_from)
             SELECT v.{key}, {of_version}, v.valid_from, $2, $1 FROM {table} v JOIN delta d ON v.id = d.old_id
             WHERE v.valid_from < $2"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .bind(date)
            .execute(&mut *conn)
            .await?;

        let sql = format!(
            "INSERT INTO {table} ({key}, {columns}, valid_from, valid_until, known_from)
             SELECT d.{key}, {of_delta}, $2, d.next_from, $1 FROM delta d"
        );
        let written = sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .bind(date)
            .execute(&mut *conn)
            .await?
            .rows_affected();
        Ok(Merged {
            inserted: written - updated,
            updated,
        })
    }
}
