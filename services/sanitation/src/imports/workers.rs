//! Register `workers`: cleaners, supervisors, drivers and loaders.

use kit::{
    crypt::{Crypt, Pii},
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{
    checks,
    workers::{PHONE, WORKERS, phones_merge},
};

/// The register.
pub struct Workers {
    /// Seals phones.
    pub crypt: Crypt,
}

const COLUMNS: &[Column] = &[
    Column::required("worker_id", "id, 1–40 letters, digits, - or _"),
    Column::required(
        "division_code",
        "code of the county, township or village where the person works",
    ),
    Column::required("name", "name of the person"),
    Column::required("role", "cleaner, supervisor, driver or loader"),
    Column::optional("area", "what the person is responsible for; empty: the whole division"),
    Column::optional("crew_id", "id of the crew; empty if none"),
    Column::optional("phone", "phone, 5–20 digits").personal(),
    Column::required("since", "first day of work, YYYY-MM-DD"),
    Column::optional("until", "last day of work, YYYY-MM-DD; empty: still at work"),
];

#[tonic::async_trait]
impl Register for Workers {
    fn name(&self) -> &'static str {
        "workers"
    }

    fn permission(&self) -> &'static str {
        "sanitation.workers.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "worker_id",
            "division_code",
            "name",
            "role",
            "area",
            "crew_id",
            "phone",
            "phone_blind",
            "since",
            "until",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let [phone, blind] = self.phone(row)?;
        let area = row.optional("area").map(|_| cell::text(row, "area")).transpose()?;
        let until = row
            .optional("until")
            .map(|_| cell::days(row, "since", "until"))
            .transpose()?;
        Ok(vec![
            Some(cell::id(row, "worker_id")?),
            Some(row.division("division_code")?.into_code()),
            Some(cell::text(row, "name")?),
            Some(cell::choice(
                row,
                "role",
                &["cleaner", "supervisor", "driver", "loader"],
            )?),
            Some(area.unwrap_or_default()),
            cell::optional_id(row, "crew_id")?,
            phone,
            blind,
            Some(cell::day(row, "since")?),
            until.map(|(_, until)| until),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "worker_id").await?);
        found
            .outside(tx, ("division_code", "division_code"), import.division.code())
            .await?;
        let refused = checks::unknown(tx, "crew_id", ("crews", "crew_id"), "").await?;
        found.add(
            refused,
            "crew_id",
            "UNKNOWN_CREW",
            "a crew of the register `crews`",
            "班组名册中没有该班组",
        );
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        let outcome = WORKERS.run(tx, now).await?;
        phones_merge(tx, now).await?;
        Ok(outcome)
    }
}

impl Workers {
    /// The phone sealed, and its blind index.
    fn phone(&self, row: &Row<'_>) -> Result<[Option<String>; 2], RowError> {
        let Some(text) = row.optional("phone") else {
            return Ok([None, None]);
        };
        let phone: String = text.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        let digits = phone.strip_prefix('+').unwrap_or(&phone);
        if !(5..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let rule = "a phone number of 5 to 20 digits";
            return Err(row.error("phone", "BAD_PHONE", rule, "应为 5 至 20 位电话号码"));
        }
        let blind = self.crypt.blind(PHONE, &phone);
        let sealed = self.crypt.seal(PHONE, &Pii::new(phone));
        let unsealed = |_| row.error("phone", "NOT_SEALED", "a value that can be encrypted", "无法加密");
        Ok([Some(hex::encode(sealed.map_err(unsealed)?)), Some(hex::encode(blind))])
    }
}
