//! Cash in the hands of cadres.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::Date;

/// Cash of a village in one hand.
#[derive(Debug, Clone, FromRow)]
pub struct Position {
    pub division_code: String,
    pub cadre_id: String,
    /// Payments, without those undone.
    pub received_fen: i64,
    /// Everything that has left the hand other than by undoing a payment.
    pub remitted_fen: i64,
    /// Payment date of the first payment of which something is left.
    pub oldest_on: Option<Date>,
}

impl Position {
    /// What is in the hand; negative where a payment was undone after its cash was handed on.
    pub fn in_hand_fen(&self) -> i64 {
        self.received_fen - self.remitted_fen
    }
}

/// Which positions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Prefix of the villages' codes.
    pub division: &'a str,
    /// Only this cadre; empty for all.
    pub cadre: &'a str,
    /// Only where something is in hand.
    pub held: bool,
    /// After (village, cadre).
    pub after: Option<(&'a str, &'a str)>,
    pub limit: i64,
}

/// Positions by village and cadre. What came first leaves first, by payment date and number of the entry.
pub async fn positions(conn: &mut PgConnection, wanted: &Wanted<'_>) -> Result<Vec<Position>> {
    let mut query = QueryBuilder::new(
        "WITH receipt AS (
             SELECT division_code, collector AS cadre_id, effective_on, amount_fen,
                    sum(amount_fen) OVER (PARTITION BY division_code, collector ORDER BY effective_on, entry_number) AS upto
             FROM journal_entry e
             WHERE kind = 2 AND method = 1 AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)",
    );
    super::within(&mut query, wanted.division);
    if !wanted.cadre.is_empty() {
        query.push(" AND collector = ").push_bind(wanted.cadre.to_owned());
    }
    query.push(
        "), outflow AS (
             SELECT division_code, credit_holder AS cadre_id, sum(amount_fen)::bigint AS remitted_fen FROM transfer t
             WHERE credit = 4 AND EXISTS (SELECT FROM journal_entry e WHERE e.id = t.entry_id AND e.kind <> 3)",
    );
    super::within(&mut query, wanted.division);
    if !wanted.cadre.is_empty() {
        query.push(" AND credit_holder = ").push_bind(wanted.cadre.to_owned());
    }
    query.push(
        " GROUP BY 1, 2), position AS (
             SELECT division_code, cadre_id, coalesce(sum(r.amount_fen), 0)::bigint AS received_fen,
                    coalesce(max(o.remitted_fen), 0) AS remitted_fen,
                    min(r.effective_on) FILTER (WHERE r.upto > coalesce(o.remitted_fen, 0)) AS oldest_on
             FROM receipt r FULL JOIN outflow o USING (division_code, cadre_id) GROUP BY 1, 2
         ) SELECT * FROM position WHERE true",
    );
    if wanted.held {
        query.push(" AND received_fen > remitted_fen");
    }
    if let Some((village, cadre)) = wanted.after {
        query
            .push(" AND (division_code, cadre_id) > (")
            .push_bind(village.to_owned());
        query.push(", ").push_bind(cadre.to_owned()).push(")");
    }
    query
        .push(" ORDER BY division_code, cadre_id LIMIT ")
        .push_bind(wanted.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Notes that the cash of a village in these hands was stated to be overdue on a day. Answers of which hands it was not before.
pub async fn overdue_stated(conn: &mut PgConnection, village: &str, cadres: &[&str], day: Date) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "INSERT INTO cash_overdue_stated (division_code, cadre_id, stated_on)
         SELECT $1, c, $3 FROM unnest($2::text[]) AS p (c)
         ON CONFLICT DO NOTHING RETURNING cadre_id",
    )
    .bind(village)
    .bind(cadres)
    .bind(day)
    .fetch_all(conn)
    .await
}
