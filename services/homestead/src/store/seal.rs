//! The chain over the journal.

use homestead_core::chain::{BEGINNING, Block, Canonical};
use sqlx::{FromRow, PgConnection, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A block with its hash and signature.
#[derive(Debug, Clone)]
pub struct Seal {
    pub block: Block,
    pub hash: Vec<u8>,
    pub signature: Vec<u8>,
    pub public_key: Vec<u8>,
    pub sealed_at: OffsetDateTime,
}

/// An entry with everything that its digest covers.
#[derive(Debug, Clone, FromRow)]
pub struct Whole {
    pub id: Uuid,
    pub division_code: String,
    pub entry_number: i64,
    pub kind: i16,
    pub household_id: String,
    pub effective_on: Date,
    pub posted_at: OffsetDateTime,
    pub principal: String,
    pub request_sha256: Option<Vec<u8>>,
    pub amount_fen: i64,
    pub advance_fen: i64,
    pub receipt_number: Option<i64>,
    pub method: Option<i16>,
    pub collector: String,
    pub document: String,
    pub named_bill: Option<Uuid>,
    pub reverses: Option<Uuid>,
    /// Its transfers by line, each as `line debit debit_holder credit credit_holder amount bill`, set apart by U+001F.
    pub transfers: Vec<String>,
}

impl Whole {
    /// All fields in the order that the contract states for `SealedEntry`.
    pub fn canonical(&self) -> Canonical {
        let mut canonical = Canonical::default();
        for field in self.fields() {
            canonical.field(field);
        }
        canonical
    }

    /// The fields as text.
    pub fn fields(&self) -> Vec<String> {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let hex = |bytes: &Vec<u8>| {
            use std::fmt::Write as _;
            bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let mut fields = vec![
            self.division_code.clone(),
            self.entry_number.to_string(),
            self.id.to_string(),
            self.kind.to_string(),
            self.household_id.clone(),
            self.effective_on.to_string(),
            // Microseconds, as the database keeps them.
            (self.posted_at.unix_timestamp_nanos() / 1_000).to_string(),
            self.principal.clone(),
            or_empty(self.request_sha256.as_ref().map(hex)),
            self.amount_fen.to_string(),
            self.advance_fen.to_string(),
            or_empty(self.receipt_number.map(|number| number.to_string())),
            or_empty(self.method.map(|method| method.to_string())),
            self.collector.clone(),
            self.document.clone(),
            or_empty(self.named_bill.map(|bill| bill.to_string())),
            or_empty(self.reverses.map(|entry| entry.to_string())),
        ];
        fields.extend(self.transfers.iter().cloned());
        fields
    }
}

/// Where the chain of a book ends.
#[derive(Debug, FromRow)]
pub struct Unsealed {
    pub division_code: String,
    /// Number of the first entry that is not sealed.
    pub next: i64,
    /// Number of its last entry.
    pub entries: i64,
    pub previous: Option<Vec<u8>>,
}

/// Books after `after` with entries that are not sealed, by code, at most `limit`.
pub async fn unsealed(conn: &mut PgConnection, after: &str, limit: i64) -> Result<Vec<Unsealed>> {
    sqlx::query_as(
        "SELECT b.division_code, coalesce(s.until_number, 1) AS next, b.entries, s.hash AS previous
         FROM book b LEFT JOIN LATERAL (
             SELECT until_number, hash FROM seal s WHERE s.division_code = b.division_code ORDER BY from_number DESC LIMIT 1
         ) s ON true
         WHERE b.division_code > $1 AND b.entries >= coalesce(s.until_number, 1) ORDER BY b.division_code LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Entries of a book from number `from` on, at most `limit`, in order.
pub async fn entries_from(conn: &mut PgConnection, village: &str, from: i64, limit: i64) -> Result<Vec<Whole>> {
    sqlx::query_as(
        "SELECT e.id, e.division_code, e.entry_number, e.kind, e.household_id, e.effective_on, e.posted_at, e.principal,
                e.request_sha256, e.amount_fen, e.advance_fen, e.receipt_number, e.method, e.collector, e.document, e.named_bill,
                e.reverses, coalesce(t.transfers, '{}') AS transfers
         FROM journal_entry e CROSS JOIN LATERAL (
             SELECT array_agg(concat_ws(E'\\x1f', line, debit, debit_holder, credit, credit_holder, amount_fen, coalesce(bill_id::text, ''))
                              ORDER BY line) AS transfers
             FROM transfer t WHERE t.entry_id = e.id
         ) t
         WHERE e.division_code = $1 AND e.entry_number >= $2 ORDER BY e.entry_number LIMIT $3",
    )
    .bind(village)
    .bind(from)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Adds a block; false if somebody else has added it.
pub async fn insert(conn: &mut PgConnection, seal: &Seal) -> Result<bool> {
    let block = &seal.block;
    let done = sqlx::query(
        "INSERT INTO seal (division_code, from_number, until_number, previous, digests, hash, signature, public_key, sealed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(&block.division)
    .bind(block.from)
    .bind(block.from + block.len())
    .bind(block.previous.as_slice())
    .bind(&block.digests)
    .bind(&seal.hash)
    .bind(&seal.signature)
    .bind(&seal.public_key)
    .bind(seal.sealed_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Books of a division that have entries, blocks or heads of roots, by code.
pub async fn books(conn: &mut PgConnection, division: &str) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT division_code FROM book WHERE division_code >= $1 AND division_code < $2 AND entries > 0
         UNION SELECT division_code FROM seal WHERE division_code >= $1 AND division_code < $2
         UNION SELECT division_code FROM root_head WHERE division_code >= $1 AND division_code < $2 ORDER BY 1",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch_all(conn)
    .await
}

/// The blocks of a book, in order.
pub async fn of_book(conn: &mut PgConnection, village: &str) -> Result<Vec<Seal>> {
    #[derive(FromRow)]
    struct Row {
        division_code: String,
        from_number: i64,
        previous: Vec<u8>,
        digests: Vec<u8>,
        hash: Vec<u8>,
        signature: Vec<u8>,
        public_key: Vec<u8>,
        sealed_at: OffsetDateTime,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT division_code, from_number, previous, digests, hash, signature, public_key, sealed_at FROM seal
         WHERE division_code = $1 ORDER BY from_number",
    )
    .bind(village)
    .fetch_all(conn)
    .await?;
    let seal = |row: Row| Seal {
        block: Block {
            division: row.division_code,
            from: row.from_number,
            previous: <[u8; 32]>::try_from(row.previous.as_slice()).unwrap_or(BEGINNING),
            digests: row.digests,
        },
        hash: row.hash,
        signature: row.signature,
        public_key: row.public_key,
        sealed_at: row.sealed_at,
    };
    Ok(rows.into_iter().map(seal).collect())
}
