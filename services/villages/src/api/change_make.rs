//! Makes an approved change of a household or cadre.

use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::SensitiveValues;
use time::Date;
use villages_core::timeline::{Amended, Aspect};

use super::{
    change_request::{ChangeRequestApi, effective_date},
    household_life::emit,
    household_timeline::{keep, open, require_own_number},
    timeline::Timeline,
};
use crate::{
    store::{
        bulletin_clock,
        cadre::{self, CadreRow},
        change_request::ChangeRequestRow,
        household::HouseholdRow,
    },
    wire::{
        self,
        change_request::Target,
        household_life::{changed, parts},
        personal,
    },
};

impl ChangeRequestApi {
    /// Makes the change.
    pub(super) async fn make(&self, tx: &mut Tx, call: &Call, row: &ChangeRequestRow) -> Result<()> {
        let date = effective_date(row)?;
        let values = wire::change_request::opened(&self.kit.crypt, row)?;
        match wire::change_request::target("target", &row.target)? {
            Target::Household(id) => self.correct_household(tx, call, row, (&id, date), values).await,
            Target::Cadre(id) => self.correct_cadre(tx, call, row, (&id, date), values).await,
        }
    }

    async fn correct_household(
        &self,
        tx: &mut Tx,
        call: &Call,
        row: &ChangeRequestRow,
        (id, date): (&str, Date),
        values: SensitiveValues,
    ) -> Result<()> {
        let timeline = open(tx, call, id, date).await?;
        unchanged(row, timeline.standing()?.id)?;
        let crypt = &self.kit.crypt;
        // An empty text takes the value away.
        let sealed = |label: &str, text: String| {
            let text = Some(text).filter(|text| !text.is_empty());
            text.map(|text| personal::seal(crypt, label, text)).transpose()
        };
        let given = |label: &str, text: Option<String>| text.map(|text| sealed(label, text)).transpose();
        let head = given(wire::household::HEAD_NAME, values.head_name)?.flatten();
        let phone = given(wire::household::PHONE, values.phone)?;
        let number = given(wire::household::ID_NUMBER, values.id_number)?;
        let blind = number.iter().flatten().map(|number| number.blind.as_slice()).next();
        require_own_number(tx, call, blind, id, date).await?;
        let corrected = Corrected {
            head,
            phone,
            number,
            low_income: values.low_income,
        };
        let amended = corrected.household(&timeline)?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let corrected = keep(tx, &timeline, &amended, date, now).await?;
        emit(tx, "corrected", &changed(&corrected, date));
        Ok(())
    }

    async fn correct_cadre(
        &self,
        tx: &mut Tx,
        call: &Call,
        row: &ChangeRequestRow,
        (id, date): (&str, Date),
        values: SensitiveValues,
    ) -> Result<()> {
        let versions = cadre::cadre_versions(tx, id).await?;
        let timeline = Timeline::open(wire::cadre::name(id), versions, call, date)?;
        unchanged(row, timeline.standing()?.id)?;
        let phone = match values.phone.as_deref() {
            None | Some("") => None,
            Some(text) => Some(personal::seal(&self.kit.crypt, wire::cadre::PHONE, text.to_owned())?),
        };
        let amended = corrected_cadre(&timeline, &values, phone.as_ref())?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let (replaced, rows) = timeline.rows(&amended);
        Ok(cadre::cadre_versions_replace(tx, &replaced, &rows, now).await?)
    }
}

/// What a household has instead; `None` where nothing was proposed, and inside where the value is taken away.
struct Corrected {
    head: Option<personal::Sealed>,
    phone: Option<Option<personal::Sealed>>,
    number: Option<Option<personal::Sealed>>,
    low_income: Option<bool>,
}

impl Corrected {
    fn household(&self, timeline: &Timeline<HouseholdRow>) -> Result<Amended<HouseholdRow>> {
        let mut aspects: Vec<Aspect<'_, HouseholdRow>> = Vec::new();
        let set_head = |row: &mut HouseholdRow| {
            if let Some(head) = self.head.clone() {
                (row.head_name, row.head_name_blind) = (head.value, head.blind);
            }
        };
        let set_phone = |row: &mut HouseholdRow| (row.phone, row.phone_blind) = parts(self.phone.clone().flatten());
        let set_number =
            |row: &mut HouseholdRow| (row.id_number, row.id_number_blind) = parts(self.number.clone().flatten());
        let set_income = |row: &mut HouseholdRow| row.low_income = self.low_income.unwrap_or_default();
        if self.head.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.head_name_blind == other.head_name_blind,
                set: &set_head,
            });
        }
        if self.phone.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.phone_blind == other.phone_blind,
                set: &set_phone,
            });
        }
        if self.number.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.id_number_blind == other.id_number_blind,
                set: &set_number,
            });
        }
        if self.low_income.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.low_income == other.low_income,
                set: &set_income,
            });
        }
        timeline.amended(&aspects)
    }
}

fn corrected_cadre(
    timeline: &Timeline<CadreRow>,
    values: &SensitiveValues,
    phone: Option<&personal::Sealed>,
) -> Result<Amended<CadreRow>> {
    let mut aspects: Vec<Aspect<'_, CadreRow>> = Vec::new();
    let set_name = |row: &mut CadreRow| row.display_name = values.display_name.clone().unwrap_or_default();
    let set_phone = |row: &mut CadreRow| (row.phone, row.phone_blind) = parts(phone.cloned());
    if values.display_name.is_some() {
        aspects.push(Aspect {
            same: |one, other| one.display_name == other.display_name,
            set: &set_name,
        });
    }
    if values.phone.is_some() {
        aspects.push(Aspect {
            same: |one, other| one.phone_blind == other.phone_blind,
            set: &set_phone,
        });
    }
    timeline.amended(&aspects)
}

/// Refuses if the register has moved on since the change was proposed.
fn unchanged(row: &ChangeRequestRow, version: i64) -> Result<()> {
    if row.target_version == version {
        return Ok(());
    }
    let message = format!(
        "{} was changed since the change was proposed; reject it and propose again",
        row.target
    );
    let zh = format!("{} 在提出申请后已有变更，请驳回并重新申请", row.target);
    Err(Error::rule("TARGET_CHANGED", &row.target, message, zh))
}
