//! Register `households`.

use kit::{
    crypt::Crypt,
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{codes, divisions::announce, names, personal, place, refusal, values};
use crate::{
    store::{bulletin_clock, household::households_merge, household_life::households_lock, import_check},
    words::{GRADES, STATUS, TOILETS},
};

/// Register `households`. Names, phones and ID numbers leave the row only sealed.
pub struct Households {
    /// Seals personal data.
    pub crypt: Crypt,
}

const COLUMNS: &[Column] = &[
    Column::required(
        "household_id",
        "number of the household, 1–64 characters of A–Z, a–z, 0–9, - and _",
    ),
    Column::required("village_code", "code of its village, 12 digits"),
    Column::optional(
        "group_code",
        "code of its group, 14 or 15 digits; begins with that of the village",
    ),
    Column::required("head_name", "name of the head, 1–50 characters").personal(),
    Column::optional("phone", "phone, 5–20 digits").personal(),
    Column::optional("id_number", "identity number of the head, 18 characters").personal(),
    Column::optional("address", "address, 1–200 characters").personal(),
    Column::optional("lng", "longitude in degrees"),
    Column::optional("lat", "latitude in degrees"),
    Column::optional("coord_system", "WGS-84 (default) or GCJ-02, which is converted"),
    Column::required("registered_persons", "persons on the register, 0–100"),
    Column::required("resident_persons", "persons who live there, 0–100"),
    Column::required("status", "resident, seasonal or vacant"),
    Column::required("low_income", "minimum living allowance: 1 or 0"),
    Column::optional("toilet", "none, dry_pit, double_urn, three_chamber or flush"),
    Column::required("sewage_connected", "branch sewer pipe connected: 1 or 0"),
    Column::optional("house_grade", "A, B, C or D"),
    Column::required("five_beauty", "five-beauty courtyard: 1 or 0"),
];

#[tonic::async_trait]
impl Register for Households {
    fn name(&self) -> &'static str {
        "households"
    }

    fn permission(&self) -> &'static str {
        "villages.households.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "household_id",
            "division_code",
            "group_code",
            "head_name",
            "head_name_blind",
            "phone",
            "phone_blind",
            "id_number",
            "id_number_blind",
            "address",
            "longitude",
            "latitude",
            "registered_person_count",
            "resident_person_count",
            "residence_status",
            "low_income",
            "toilet",
            "sewage_connected",
            "house_grade",
            "five_beauty_courtyard",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let id = names::id(row, "household_id")?;
        let village = codes::village(row, "village_code")?;
        let group = match row.optional("group_code") {
            Some(_) => Some(codes::group(row, "group_code")?),
            None => None,
        };
        if group.as_ref().is_some_and(|group| !village.contains(group)) {
            let (message, message_zh) = ("a group of the household's village", "村民组应属于该户所在村");
            return Err(row.error("group_code", "PARENT_MISMATCH", message, message_zh));
        }
        let head = names::name(row, "head_name", 50)?.to_owned();
        let [head_name, head_blind] =
            personal::seal(&self.crypt, row, "head_name", "households.head_name", Some(head))?;
        let [phone, phone_blind] = personal::seal(
            &self.crypt,
            row,
            "phone",
            "households.phone",
            personal::phone(row, "phone")?,
        )?;
        let [id_number, id_number_blind] = personal::seal(
            &self.crypt,
            row,
            "id_number",
            "households.id_number",
            personal::id_number(row, "id_number")?,
        )?;
        let address = match row.optional("address") {
            Some(_) => Some(names::name(row, "address", 200)?.to_owned()),
            None => None,
        };
        let (longitude, latitude) = place::position(row)?.unzip();
        let persons = |column| -> Result<Option<String>, RowError> {
            let count = values::given(row, column, row.integer(column, 0..=100)?)?;
            Ok(Some(i32::to_string(&count)))
        };
        let yes_no = |column| values::given(row, column, values::yes_no(row, column)?).map(Some);
        let word = |column, known| -> Result<Option<String>, RowError> {
            Ok(values::word(row, column, known)?.map(str::to_owned))
        };
        Ok(vec![
            Some(id.to_owned()),
            Some(village.into_code()),
            group.map(kit::division::Division::into_code),
            head_name,
            head_blind,
            phone,
            phone_blind,
            id_number,
            id_number_blind,
            address,
            longitude.map(|degrees| degrees.to_string()),
            latitude.map(|degrees| degrees.to_string()),
            persons("registered_persons")?,
            persons("resident_persons")?,
            Some(values::given(row, "status", word("status", STATUS)?)?),
            yes_no("low_income")?,
            word("toilet", TOILETS)?,
            yes_no("sewage_connected")?,
            word("house_grade", GRADES)?,
            yes_no("five_beauty")?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        households_lock(tx).await?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let mut errors = duplicates(tx, "household_id").await?;
        errors.extend(refusal::of_divisions(tx, "village_code", import).await?);
        let groups = import_check::groups_unknown(tx, import.effective_date).await?;
        errors.extend(refusal::unknown(groups, "group_code", import));
        errors.extend(refusal::of_households(tx, import).await?);
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let staged = import_check::staged_count(tx).await?;
        let merged = households_merge(tx, import.effective_date, now).await?;
        let outcome = refusal::outcome(merged, staged);
        announce(tx, "household.imported", self.name(), import, &outcome);
        Ok(outcome)
    }
}
