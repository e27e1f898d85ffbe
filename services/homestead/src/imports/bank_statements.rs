//! The register `bank_statements`: lines of the villages' bank statements. A line is known by village and reference and never
//! changes; a file may be imported again at any time.

use homestead_core::money;
use kit::{
    crypt::{Crypt, Pii},
    dates,
    db::Tx,
    division::Level,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, row_error},
};

use super::hex;
use crate::wire::{
    ledger::HEAD_NAME,
    statement::{CONTENT, PAYER_NAME, REMARK, line_id},
};

/// The register.
pub struct BankStatements {
    pub crypt: Crypt,
}

const COLUMNS: &[Column] = &[
    Column::required("village_code", "Code of the village whose account it is, 12 digits"),
    Column::required(
        "bank_reference",
        "The bank's reference of the transaction, 1–64 characters",
    ),
    Column::required(
        "booked_on",
        "Day on which the bank booked it, YYYY-MM-DD, not after today",
    ),
    Column::required(
        "amount_yuan",
        "Amount with two decimals; positive is money that came in, negative money that left",
    ),
    Column::optional("payer_name", "Name of the payer, at most 100 characters").personal(),
    Column::optional("payer_account_tail", "Last digits of the payer's account, at most 8").personal(),
    Column::optional("remark", "Remark of the payer, at most 200 characters").personal(),
];

/// Longest reference, in characters: it is the document of the payment.
const LONGEST_REFERENCE: usize = 64;
const LONGEST_NAME: usize = 100;
const LONGEST_TAIL: usize = 8;
const LONGEST_REMARK: usize = 200;

#[tonic::async_trait]
impl Register for BankStatements {
    fn name(&self) -> &'static str {
        "bank_statements"
    }

    fn permission(&self) -> &'static str {
        "homestead.bank_statements.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "id",
            "division_code",
            "bank_reference",
            "booked_on",
            "amount_fen",
            "payer_name",
            "payer_name_index",
            "payer_account_tail",
            "remark",
            "content",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let village = row.division("village_code")?;
        if village.level() != Level::Village {
            return Err(row.error("village_code", "BAD_CODE", "a village, 12 digits", "应为 12 位村级代码"));
        }
        row.required("bank_reference")?;
        let reference = text(row, "bank_reference", LONGEST_REFERENCE)?.unwrap_or_default();
        row.required("booked_on")?;
        let booked_on = row.date("booked_on")?.map(|day| day.to_string()).unwrap_or_default();
        let amount = money::fen(row.required("amount_yuan")?).filter(|fen| *fen != 0);
        let amount = amount.ok_or_else(|| {
            let rule = "yuan with two decimals, not 0, for example 240.00";
            row.error(
                "amount_yuan",
                "BAD_AMOUNT",
                rule,
                "应为保留两位小数且不为零的金额，如 240.00",
            )
        })?;
        let payer = text(row, "payer_name", LONGEST_NAME)?;
        let tail = text(row, "payer_account_tail", LONGEST_TAIL)?.unwrap_or_default();
        let remark = text(row, "remark", LONGEST_REMARK)?;
        let seal = |label: &str, column: &str, value: Option<&str>| {
            let sealed = value.map(|value| self.crypt.seal(label, &Pii::new(value.to_owned())));
            let sealed = sealed.transpose().map(|sealed| sealed.map(|bytes| hex(&bytes)));
            sealed.map_err(|_| row.error(column, "NOT_SEALED", "encryption failed", "加密失败"))
        };
        let code = village.into_code();
        let amount = amount.to_string();
        let content = [
            booked_on.as_str(),
            &amount,
            payer.unwrap_or_default(),
            tail,
            remark.unwrap_or_default(),
        ];
        Ok(vec![
            Some(line_id(&code, reference).to_string()),
            Some(code),
            Some(reference.to_owned()),
            Some(booked_on.clone()),
            Some(amount.clone()),
            seal(PAYER_NAME, "payer_name", payer)?,
            payer.map(|name| hex(&self.crypt.blind(HEAD_NAME, name))),
            Some(tail.to_owned()),
            seal(REMARK, "remark", remark)?,
            Some(hex(&self.crypt.blind(CONTENT, &content.join("\u{1f}")))),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let errors = mistakes(tx, import).await?;
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let now = tx.now();
        let (inserted, rows): (i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO statement_line (id, division_code, bank_reference, booked_on, amount_fen, payer_name, payer_name_index,
                                             payer_account_tail, remark, content, created_at)
                 SELECT id::uuid, division_code, bank_reference, booked_on::date, amount_fen::bigint, decode(payer_name, 'hex'),
                        decode(payer_name_index, 'hex'), coalesce(payer_account_tail, ''), decode(remark, 'hex'), decode(content, 'hex'), $1
                 FROM staged ON CONFLICT DO NOTHING RETURNING id
             )
             SELECT (SELECT count(*) FROM merged), (SELECT count(*) FROM staged)",
        )
        .bind(now)
        .fetch_one(&mut **tx)
        .await?;
        Ok(super::outcome(rows, inserted, 0))
    }
}

/// Lines that contradict each other, the register or the calendar.
async fn mistakes(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let division = import.division.code();
    let today = dates::day_of(tx.now());
    let rows: Vec<(i64, String, String, i32)> = sqlx::query_as(
        "SELECT line, division_code, bank_reference, mistake FROM (
             SELECT s.line, s.division_code, s.bank_reference, CASE
                 WHEN NOT s.division_code ^@ $1 THEN 1
                 WHEN NOT EXISTS (SELECT FROM book b WHERE b.division_code = s.division_code) THEN 2
                 WHEN s.booked_on::date > $2 THEN 3
                 WHEN row_number() OVER (PARTITION BY s.id ORDER BY s.line) > 1 THEN 4
                 WHEN EXISTS (SELECT FROM statement_line l WHERE l.id = s.id::uuid AND l.content <> decode(s.content, 'hex')) THEN 5
             END AS mistake
             FROM staged s
         ) s WHERE mistake IS NOT NULL ORDER BY line LIMIT 200",
    )
    .bind(division)
    .bind(today)
    .fetch_all(&mut **tx)
    .await?;
    let error = |(line, village, reference, mistake): (i64, String, String, i32)| match mistake {
        1 => row_error(
            line,
            "village_code",
            &village,
            "OUTSIDE_DIVISION",
            &format!("inside {}", import.division),
            &format!("须在 {} 之内", import.division),
        ),
        2 => row_error(
            line,
            "village_code",
            &village,
            "UNKNOWN_VILLAGE",
            "a village with households in the register",
            "该村尚未登记农户",
        ),
        3 => row_error(
            line,
            "booked_on",
            "",
            "IN_FUTURE",
            &format!("not after {today}"),
            "不得晚于今天",
        ),
        4 => row_error(
            line,
            "bank_reference",
            &reference,
            "DUPLICATE",
            "stands in the file more than once",
            "在文件中重复出现",
        ),
        _ => row_error(
            line,
            "bank_reference",
            &reference,
            "LINE_DIFFERS",
            "known with another day, amount, payer or remark; lines of a bank never change",
            "该流水号已导入且内容不同，银行流水不得更改",
        ),
    };
    Ok(rows.into_iter().map(error).collect())
}

/// The text of a column that may be empty.
fn text<'a>(row: &Row<'a>, column: &str, most: usize) -> Result<Option<&'a str>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        return Ok(Some(text));
    }
    let rule = format!("at most {most} characters on one line");
    Err(row.error(column, "TOO_LONG", &rule, &format!("最多 {most} 个字，且不得换行")))
}
