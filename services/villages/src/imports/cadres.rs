//! Register `cadres`: people and the posts that they hold.

use kit::{
    crypt::Crypt,
    db::Tx,
    error::Result,
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{codes, divisions::announce, names, personal, refusal, values};
use crate::{
    store::{bulletin_clock, cadre::cadres_merge, cadre_post::posts_merge, import_check},
    words::POSTS,
};

/// Register `cadres`: one row a person with the principal post. Further posts are given through the API and stay.
pub struct Cadres {
    /// Seals phones.
    pub crypt: Crypt,
    /// Ids of posts.
    pub ids: Ids,
}

const COLUMNS: &[Column] = &[
    Column::required(
        "cadre_id",
        "number of the cadre, 1–64 characters of A–Z, a–z, 0–9, - and _",
    ),
    Column::required("name", "name, 1–50 characters"),
    Column::required(
        "post",
        "county_leader, township_leader, section_leader, stationed_cadre, village_secretary, village_committee_member or \
         grid_worker",
    ),
    Column::required("org_code", "code of the division that the cadre answers for"),
    Column::optional("phone", "phone, 5–20 digits").personal(),
];

#[tonic::async_trait]
impl Register for Cadres {
    fn name(&self) -> &'static str {
        "cadres"
    }

    fn permission(&self) -> &'static str {
        "villages.cadres.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "cadre_id",
            "division_code",
            "display_name",
            "post",
            "phone",
            "phone_blind",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let id = names::id(row, "cadre_id")?;
        let division = codes::division(row, "org_code")?;
        let name = names::name(row, "name", 50)?;
        let post = values::given(row, "post", values::word(row, "post", POSTS)?)?;
        let [phone, blind] = personal::seal(
            &self.crypt,
            row,
            "phone",
            "cadres.phone",
            personal::phone(row, "phone")?,
        )?;
        Ok(vec![
            Some(id.to_owned()),
            Some(division.into_code()),
            Some(name.to_owned()),
            Some(post.to_owned()),
            phone,
            blind,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "cadre_id").await?;
        errors.extend(refusal::of_divisions(tx, "org_code", import).await?);
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let staged = import_check::staged_count(tx).await?;
        let (date, now) = (import.effective_date, bulletin_clock::recorded_at(tx).await?);
        let mut merged = cadres_merge(tx, date, now).await?;
        let ids: Vec<_> = (0..staged).map(|_| self.ids.next()).collect();
        let moved = posts_merge(tx, &ids, date, now).await?;
        // A cadre whose post alone changed counts as updated.
        merged.updated = merged.updated.max(moved.saturating_sub(merged.inserted));
        let outcome = refusal::outcome(merged, staged);
        announce(tx, "cadre.imported", self.name(), import, &outcome);
        Ok(outcome)
    }
}
