//! What the catalogue of PostgreSQL says of the guards, and a database in which they are tried.

use kit::{clock::Clock, id::Ids, testing::Database};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::tables;

/// Every guard of the service's tables. NOT NULL is none of them: it says what a row is, not what may be done with money.
const GUARDS: &str = "
WITH t AS (
    SELECT oid, relname, relrowsecurity, relforcerowsecurity FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '_migrations$'
)
SELECT relname::text, conname::text, contype::text, format('ALTER TABLE %I DROP CONSTRAINT %I CASCADE', relname, conname)
FROM t JOIN pg_constraint ON conrelid = t.oid WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND convalidated
UNION ALL
SELECT t.relname::text, i.relname::text, 'u', format('DROP INDEX %I', i.relname)
FROM t JOIN pg_index ON indrelid = t.oid JOIN pg_class i ON i.oid = indexrelid
WHERE indisunique AND indisvalid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = t.oid)
UNION ALL
SELECT relname::text, tgname::text, 't', format('ALTER TABLE %I DISABLE TRIGGER %I', relname, tgname)
FROM t JOIN pg_trigger ON tgrelid = t.oid WHERE NOT tgisinternal AND tgenabled <> 'D'
UNION ALL
SELECT relname::text, polname::text, 'r', format('ALTER POLICY %I ON %I USING (true)', polname, relname)
FROM t JOIN pg_policy ON polrelid = t.oid WHERE relrowsecurity
UNION ALL
SELECT relname::text, 'forced', 'r', format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', relname)
FROM t WHERE relrowsecurity AND relforcerowsecurity
ORDER BY 1, 2";

/// A guard, and how it is switched off.
#[derive(Debug)]
pub struct Guard {
    pub table: String,
    pub name: String,
    /// `c` check, `f` reference, `p` and `u` keys, `x` exclusion, `t` trigger, `r` row policy.
    pub kind: String,
    pub off: String,
}

/// Why PostgreSQL did not do something.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE.
    pub state: String,
    /// Constraint, or the message where none is named.
    pub by: String,
}

/// A database in which every table has rows, and a connection that nothing but the guards holds back.
pub struct Bench {
    pub database: Database,
    pub conn: PgConnection,
}

impl Bench {
    pub async fn open() -> Self {
        let unique = Ids::random(Clock::system()).next();
        let database = Database::create(&homestead::service(), unique)
            .await
            .expect("a database");
        let conn = PgConnection::connect(&database.superuser_url())
            .await
            .expect("a connection");
        let mut bench = Self { database, conn };
        for table in tables::all() {
            let refused = run(&mut bench.conn, table.standing()).await;
            assert_eq!(refused, None, "{}", table.name);
        }
        bench
    }

    pub async fn guards(&mut self) -> Vec<Guard> {
        let rows: Vec<(String, String, String, String)> =
            sqlx::query_as(GUARDS).fetch_all(&mut self.conn).await.expect("guards");
        let guards = rows
            .into_iter()
            .map(|(table, name, kind, off)| Guard { table, name, kind, off });
        guards.collect()
    }

    /// What refuses `sql` after `before`, if anything does. Leaves nothing behind.
    pub async fn attempt(&mut self, before: &str, sql: &str) -> Option<Refusal> {
        let begun = run(&mut self.conn, format!("BEGIN; {before}")).await;
        assert_eq!(begun, None, "{before}");
        let refused = run(&mut self.conn, format!("{sql}; SET CONSTRAINTS ALL IMMEDIATE")).await;
        assert_eq!(run(&mut self.conn, "ROLLBACK".to_owned()).await, None);
        refused
    }

    pub async fn close(self) {
        self.conn.close().await.expect("closed");
        self.database.drop().await.expect("dropped");
    }
}

/// Runs statements and tells what refused them.
pub async fn run(conn: &mut PgConnection, sql: String) -> Option<Refusal> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await;
    done.err().map(|error| refusal(&error))
}

/// The refusal that an error is.
pub fn refusal(error: &sqlx::Error) -> Refusal {
    let told = error
        .as_database_error()
        .unwrap_or_else(|| panic!("no refusal: {error}"));
    Refusal {
        state: told.code().unwrap_or_default().into_owned(),
        by: told.constraint().unwrap_or_else(|| told.message()).to_owned(),
    }
}
