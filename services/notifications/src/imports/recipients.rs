//! The register `recipients`: one line a person.

use kit::{
    Kit,
    crypt::Pii,
    db::Tx,
    error::{Error, Result},
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};

use crate::wire::{
    audience::is_role,
    recipient::{self, LABEL},
    template::hex,
};

/// People who receive notices.
pub struct Recipients {
    /// What the service works with.
    pub kit: Kit,
}

const COLUMNS: &[Column] = &[
    Column::required(
        "person",
        "who it is elsewhere, for example cadres/C410225001-01L; the key of the register",
    ),
    Column::required("name", "name of the person, 1–64 characters"),
    Column::required("division_code", "division where the person works"),
    Column::required("roles", "roles separated by |, for example township_leader"),
    Column::optional("subject", "subject of the person's token, whose holder reads the inbox"),
    Column::optional("language", "BCP 47; zh-Hans if left out"),
    Column::optional("phone", "mobile number, 11 digits").personal(),
];

#[tonic::async_trait]
impl Register for Recipients {
    fn name(&self) -> &'static str {
        "recipients"
    }

    fn permission(&self) -> &'static str {
        "notifications.recipients.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "uid",
            "person",
            "name",
            "division_code",
            "roles",
            "subject",
            "language",
            "sealed",
            "blind",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let refused = |column: &str, error: &Error| {
            let rule = error
                .violations()
                .first()
                .map(|violation| violation.rule.clone())
                .unwrap_or_default();
            row.error(column, "BAD_VALUE", &rule, &format!("格式不正确：{rule}"))
        };
        let text = |column: &str, read: fn(&str, &str) -> Result<String>, value: &str| {
            read(column, value).map_err(|error| refused(column, &error))
        };
        let reference =
            |column: &str, value: &str| recipient::reference(column, value).map_err(|error| refused(column, &error));
        let roles: Vec<&str> = row.required("roles")?.split('|').map(str::trim).collect();
        if roles.len() > 20 || !roles.iter().all(|role| is_role(role)) {
            let rule = "at most 20 roles of 1–64 characters a–z, 0–9 and _, separated by |";
            return Err(row.error(
                "roles",
                "BAD_VALUE",
                rule,
                "职务代码应为小写字母、数字或下划线，以竖线分隔",
            ));
        }
        let (mut sealed, mut blind) = (None, None);
        if let Some(phone) = row.optional("phone") {
            if !recipient::is_mobile(phone) {
                let rule = "11 digits that begin with 1";
                return Err(row.error("phone", "BAD_VALUE", rule, "应为以 1 开头的 11 位手机号"));
            }
            let encrypted = self.kit.crypt.seal(LABEL, &Pii::new(phone.to_owned()));
            sealed = Some(hex(&encrypted.map_err(|error| refused("phone", &error))?));
            blind = Some(hex(&self.kit.crypt.blind(LABEL, phone)));
        }
        Ok(vec![
            Some(self.kit.ids.next().to_string()),
            reference("person", row.required("person")?)?,
            Some(text("name", recipient::display_name, row.required("name")?)?),
            Some(row.division("division_code")?.into_code()),
            Some(roles.join("|")),
            reference("subject", row.optional("subject").unwrap_or_default())?,
            Some(text(
                "language",
                recipient::language,
                row.optional("language").unwrap_or_default(),
            )?),
            sealed,
            blind,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "person").await?;
        let outside: Vec<(i64, String)> = sqlx::query_as(
            "SELECT line, division_code FROM staged WHERE NOT division_code ^@ $1 ORDER BY line LIMIT 200",
        )
        .bind(import.division.code())
        .fetch_all(&mut **tx)
        .await?;
        errors.extend(outside.into_iter().map(|(line, code)| {
            let (rule, zh) = ("inside the division of the import", "不在本次导入的行政区划内");
            row_error(line, "division_code", &code, "OUTSIDE_DIVISION", rule, zh)
        }));
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let now = tx.now();
        let (inserted, updated, unchanged, _): (i64, i64, i64, i64) = sqlx::query_as(include_str!("recipients.sql"))
            .bind(now)
            .fetch_one(&mut **tx)
            .await?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Outcome {
            inserted: count(inserted),
            updated: count(updated),
            unchanged: count(unchanged),
            ..Outcome::default()
        })
    }
}
