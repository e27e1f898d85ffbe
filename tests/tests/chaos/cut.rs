//! What a kill of homestead cut off, as its database shows it, and claims of the dead.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::Suite;

/// What was at work when homestead was killed, over all kills.
#[derive(Default)]
pub struct Cut {
    pub runs: i64,
    /// Of them with a part of the bills issued.
    pub halves: i64,
    /// Kills that found the journal sealed in part and further than the kill before.
    pub seals: i64,
    sealed: i64,
}

impl Cut {
    /// Looks at what the dead left, and lets their claims run out at once instead of within seconds, so that every kill
    /// meets work.
    pub async fn look(&mut self, suite: &Suite) {
        let url = suite.databases["homestead"].superuser_url();
        let mut conn = PgConnection::connect(&url).await.expect("a connection");
        let sql = "SELECT (SELECT count(*) FROM kit.operation WHERE done_at IS NULL AND lease_until IS NOT NULL),
                          (SELECT count(*) FROM billing_run r WHERE finished_at IS NULL
                           AND EXISTS (SELECT FROM bill b WHERE b.run_id = r.id)),
                          (SELECT coalesce(sum(until_number - from_number), 0)::bigint FROM seal),
                          (SELECT sum(entries)::bigint FROM book)";
        let (runs, halves, sealed, entries): (i64, i64, i64, i64) =
            sqlx::query_as(sql).fetch_one(&mut conn).await.expect("counts");
        self.runs += runs;
        self.halves += halves;
        self.seals += i64::from(self.sealed < sealed && sealed < entries);
        self.sealed = sealed;
        let expire = "UPDATE kit.operation SET lease_until = NULL WHERE done_at IS NULL; DELETE FROM kit.lease";
        sqlx::raw_sql(AssertSqlSafe(expire.to_owned()))
            .execute(&mut conn)
            .await
            .expect("expired");
    }
}
