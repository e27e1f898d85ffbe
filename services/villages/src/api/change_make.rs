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
        let sealed = |label: &str, text: Option<&String>| self.resealed(label, text);
        let corrected = Corrected {
            head: sealed(wire::household::HEAD_NAME, values.head_name.as_ref())?,
            phone: sealed(wire::household::PHONE, values.phone.as_ref())?,
            number: sealed(wire::household::ID_NUMBER, values.id_number.as_ref())?,
            values,
        };
        let number = corrected.number.as_ref().map(|number| number.blind.as_slice());
        require_own_number(tx, call, number, id, date).await?;
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
        let phone = self.resealed(wire::cadre::PHONE, values.phone.as_ref())?;
        let amended = corrected_cadre(&timeline, &values, phone.as_ref())?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let (replaced, rows) = timeline.rows(&amended);
        Ok(cadre::cadre_versions_replace(tx, &replaced, &rows, now).await?)
    }

    /// A proposed value as its own column keeps it; `None` where nothing is proposed or the value is taken away.
    fn resealed(&self, label: &str, text: Option<&String>) -> Result<Option<personal::Sealed>> {
        let text = text.filter(|text| !text.is_empty()).cloned();
        text.map(|text| personal::seal(&self.kit.crypt, label, text))
            .transpose()
    }
}

/// What is proposed for a household, which of it, and sealed.
struct Corrected {
    values: SensitiveValues,
    head: Option<personal::Sealed>,
    phone: Option<personal::Sealed>,
    number: Option<personal::Sealed>,
}

impl Corrected {
    fn household(&self, timeline: &Timeline<HouseholdRow>) -> Result<Amended<HouseholdRow>> {
        let mut aspects: Vec<Aspect<'_, HouseholdRow>> = Vec::new();
        let set_head = |row: &mut HouseholdRow| {
            if let Some(head) = self.head.clone() {
                (row.head_name, row.head_name_blind) = (head.value, head.blind);
            }
        };
        let set_phone = |row: &mut HouseholdRow| (row.phone, row.phone_blind) = parts(self.phone.clone());
        let set_number = |row: &mut HouseholdRow| (row.id_number, row.id_number_blind) = parts(self.number.clone());
        let set_income = |row: &mut HouseholdRow| row.low_income = self.values.low_income.unwrap_or_default();
        if self.head.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.head_name_blind == other.head_name_blind,
                set: &set_head,
            });
        }
        if self.values.phone.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.phone_blind == other.phone_blind,
                set: &set_phone,
            });
        }
        if self.values.id_number.is_some() {
            aspects.push(Aspect {
                same: |one, other| one.id_number_blind == other.id_number_blind,
                set: &set_number,
            });
        }
        if self.values.low_income.is_some() {
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
