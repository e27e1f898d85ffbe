//! Posting what is rare: everything but bills and payments.

use homestead_core::{
    entry::{Account, Kind, Move, PaidBill},
    waterfall::Traits,
};
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An entry, worked out while its book was held.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// The request id.
    pub id: Uuid,
    /// Digest of the request; a repeat must have the same.
    pub sha256: &'a [u8],
    pub kind: Kind,
    pub division_code: &'a str,
    /// Holder of receivable, advance and payable; empty where no household is concerned.
    pub household_id: &'a str,
    /// Holder of cash; empty where none is moved.
    pub cadre_id: &'a str,
    pub effective_on: Date,
    /// Resolution, receipt or reason.
    pub document: &'a str,
    pub reverses: Option<Uuid>,
    pub principal: &'a str,
    pub moves: &'a [Move<Uuid>],
}

impl<'a> NewEntry<'a> {
    fn holder(&self, account: Account) -> &'a str {
        match account {
            Account::Receivable | Account::Advance | Account::Payable => self.household_id,
            Account::Cash => self.cadre_id,
            Account::Income | Account::Relief | Account::Bank | Account::WrittenOff | Account::Reward => "",
        }
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Entered {
    /// 0 posted, 1 posted before, 2 id used with another body.
    pub outcome: i16,
    pub posted_at: OffsetDateTime,
    /// The entry that set an advance of the household against its bills, where this one left both.
    pub settlement: Option<Uuid>,
}

/// SQLSTATE of what would take effect in a closed period.
const CLOSED: &str = "XT001";

/// True where a posting was refused because its day lies in a closed period.
pub fn is_closed(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    state.as_deref() == Some(CLOSED)
}

/// Keeps everybody else from writing in these villages' books until the transaction ends.
pub async fn books_hold(conn: &mut PgConnection, villages: &[&str]) -> Result<()> {
    sqlx::query("SELECT hold_books($1)")
        .bind(villages)
        .execute(conn)
        .await?;
    Ok(())
}

/// Posts an entry and carries bills, advances, rewards and the book along.
pub async fn post(conn: &mut PgConnection, entry: &NewEntry<'_>, now: OffsetDateTime) -> Result<Entered> {
    let column = |get: fn(&Move<Uuid>) -> Account| -> Vec<Account> { entry.moves.iter().map(get).collect() };
    let (debits, credits) = (column(|one| one.debit), column(|one| one.credit));
    let numbers = |accounts: &[Account]| accounts.iter().map(|account| *account as i16).collect::<Vec<_>>();
    let holders = |accounts: &[Account]| {
        accounts
            .iter()
            .map(|account| entry.holder(*account))
            .collect::<Vec<_>>()
    };
    sqlx::query_as(
        "SELECT outcome, posted_at, settlement FROM post_entry($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(entry.id)
    .bind(entry.sha256)
    .bind(entry.kind as i16)
    .bind(entry.division_code)
    .bind(entry.household_id)
    .bind(entry.effective_on)
    .bind(entry.document)
    .bind(entry.reverses)
    .bind(entry.principal)
    .bind(now)
    .bind(numbers(&debits))
    .bind(holders(&debits))
    .bind(numbers(&credits))
    .bind(holders(&credits))
    .bind(entry.moves.iter().map(|one| one.amount_fen).collect::<Vec<_>>())
    .bind(entry.moves.iter().map(|one| one.bill).collect::<Vec<_>>())
    .fetch_one(conn)
    .await
}

/// The bills of a household on which something was paid.
pub async fn bills_paid(conn: &mut PgConnection, household_id: &str) -> Result<Vec<PaidBill<Uuid>>> {
    let rows: Vec<(Uuid, Date, Date, bool, bool, i64)> = sqlx::query_as(
        "SELECT id, due_on, from_on, original_due_on IS NOT NULL, corrects IS NOT NULL, paid_fen
         FROM bill WHERE household_id = $1 AND paid_fen > 0",
    )
    .bind(household_id)
    .fetch_all(conn)
    .await?;
    let bill = |(id, due_on, from_on, agreed, adds, paid_fen)| PaidBill {
        id,
        traits: Traits {
            due_on,
            from_on,
            agreed,
            adds,
        },
        paid_fen,
    };
    Ok(rows.into_iter().map(bill).collect())
}

/// What advances of a household settled since an entry: bills and amounts, the latest first.
pub async fn settled_ahead(conn: &mut PgConnection, household_id: &str, since: Uuid) -> Result<Vec<(Uuid, i64)>> {
    sqlx::query_as(
        "SELECT t.bill_id, t.amount_fen FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
         WHERE e.household_id = $1 AND e.entry_number > (SELECT entry_number FROM journal_entry WHERE id = $2)
           AND t.debit = 6 AND t.credit = 1
         ORDER BY e.entry_number DESC, t.line DESC",
    )
    .bind(household_id)
    .bind(since)
    .fetch_all(conn)
    .await
}

/// What a household has paid ahead, and what it is owed of rewards, in fen.
pub async fn held(conn: &mut PgConnection, household_id: &str) -> Result<(i64, i64)> {
    sqlx::query_as(
        "SELECT coalesce((SELECT amount_fen FROM advance WHERE household_id = $1), 0),
                coalesce((SELECT amount_fen FROM payable WHERE household_id = $1), 0)",
    )
    .bind(household_id)
    .fetch_one(conn)
    .await
}

/// Whether an entry has been undone.
pub async fn undone(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM journal_entry WHERE reverses = $1)")
        .bind(id)
        .fetch_one(conn)
        .await
}

/// Cash of a village in the hands of a cadre, in fen.
pub async fn cash_in_hand(conn: &mut PgConnection, village: &str, cadre_id: &str) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM journal_entry e JOIN posting p ON p.entry_id = e.id
         WHERE e.division_code = $1 AND p.account = 4 AND p.holder = $2",
    )
    .bind(village)
    .bind(cadre_id)
    .fetch_one(conn)
    .await
}

/// The first effective date from which on there was never less than `amount_fen` at the end of a day in the account of a holder:
/// a household's advance or reward, or a cadre's cash of a village. None where less is there by now.
pub async fn covered_from(
    conn: &mut PgConnection,
    account: Account,
    holder: &str,
    village: &str,
    amount_fen: i64,
) -> Result<Option<Date>> {
    // What is owed to a household stands on the credit side.
    let (column, of, sign) = match account {
        Account::Cash => ("e.division_code = ", village, 1_i64),
        _ => ("e.household_id = ", holder, -1),
    };
    let mut query = QueryBuilder::new(
        "WITH moved AS (
             SELECT e.effective_on AS day, sum(p.amount_fen) AS fen FROM journal_entry e JOIN posting p ON p.entry_id = e.id WHERE ",
    );
    query.push(column).push_bind(of.to_owned());
    query.push(" AND p.account = ").push_bind(account as i16);
    query.push(" AND p.holder = ").push_bind(holder.to_owned());
    query
        .push(" GROUP BY 1), running AS (SELECT day, ")
        .push_bind(sign)
        .push(
            " * sum(fen) OVER (ORDER BY day) AS fen FROM moved)
         SELECT min(day) FROM running
         WHERE day > coalesce((SELECT max(day) FROM running WHERE fen < ",
        )
        .push_bind(amount_fen)
        .push("), '-infinity')");
    query.build_query_scalar().fetch_one(conn).await
}
