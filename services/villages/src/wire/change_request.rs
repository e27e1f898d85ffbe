//! Change requests on the wire: masked, or in full.

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{ChangeRequest, ChangeRequestState, SensitiveValues};
use uuid::Uuid;

use super::{cadre, household, names, personal};
use crate::store::{cadre::CadreRow, change_request::ChangeRequestRow, household::HouseholdRow};

const HEAD_NAME: &str = "change_requests.head_name";
const PHONE: &str = "change_requests.phone";
const ID_NUMBER: &str = "change_requests.id_number";

/// What a change request is about, by id.
#[derive(Debug, Clone)]
pub enum Target {
    Household(String),
    Cadre(String),
}

/// The id of `changeRequests/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "changeRequests")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("changeRequests/{id}")
}

/// Reads a target.
pub fn target(field: &str, name: &str) -> Result<Target> {
    let household = household::id(field, name).map(Target::Household);
    household
        .or_else(|_| cadre::id(field, name).map(Target::Cadre))
        .map_err(|_| Error::invalid(field, name, "a resource name households/{uid} or cadres/{uid}"))
}

/// Checks proposed values and gives them as they are stored; an empty text takes a value away.
pub fn values(target: &Target, given: Option<&SensitiveValues>) -> Result<SensitiveValues> {
    let given = given.ok_or_else(|| Error::required("values"))?;
    let of_household = matches!(target, Target::Household(_));
    let misplaced = [
        ("values.head_name", given.head_name.is_some(), true),
        ("values.id_number", given.id_number.is_some(), true),
        ("values.low_income", given.low_income.is_some(), true),
        ("values.display_name", given.display_name.is_some(), false),
    ];
    for (field, is_given, fits_household) in misplaced {
        if is_given && fits_household != of_household {
            let rule = if fits_household {
                "only for a household"
            } else {
                "only for a cadre"
            };
            return Err(Error::invalid(field, "***", rule));
        }
    }
    let text = |field: &str, text: &Option<String>, check: fn(&str, &str) -> Result<String>| {
        text.as_deref().map(|text| check(field, text)).transpose()
    };
    let cleared = |checked: Result<Option<String>>| checked.map(Option::unwrap_or_default);
    let phone = given
        .phone
        .as_deref()
        .map(|text| cleared(personal::phone("values.phone", text)));
    let number = given.id_number.as_deref();
    let number = number.map(|text| cleared(personal::id_number("values.id_number", text)));
    let checked = SensitiveValues {
        head_name: text("values.head_name", &given.head_name, personal::name)?,
        phone: phone.transpose()?,
        id_number: number.transpose()?,
        low_income: given.low_income,
        display_name: text("values.display_name", &given.display_name, personal::name)?,
    };
    if checked == SensitiveValues::default() {
        return Err(Error::required("values"));
    }
    Ok(checked)
}

/// Seals personal data into `row`; the others stay in the content.
pub fn seal(crypt: &Crypt, values: &SensitiveValues, row: &mut ChangeRequestRow) -> Result<SensitiveValues> {
    let sealed = |label: &str, text: &Option<String>| -> Result<Option<Vec<u8>>> {
        let sealed = text.clone().map(|text| personal::seal(crypt, label, text));
        Ok(sealed.transpose()?.map(|sealed| sealed.value))
    };
    row.head_name = sealed(HEAD_NAME, &values.head_name)?;
    row.phone = sealed(PHONE, &values.phone)?;
    row.id_number = sealed(ID_NUMBER, &values.id_number)?;
    Ok(SensitiveValues {
        low_income: values.low_income,
        display_name: values.display_name.clone(),
        ..SensitiveValues::default()
    })
}

/// The proposed values in full.
pub fn opened(crypt: &Crypt, row: &ChangeRequestRow) -> Result<SensitiveValues> {
    let kept = ChangeRequest::decode(row.content.as_slice()).map_err(Error::internal)?;
    let open = |label: &str, sealed: &Option<Vec<u8>>| -> Result<Option<String>> {
        let opened = sealed.as_ref().map(|sealed| crypt.open(label, sealed));
        Ok(opened.transpose()?.map(|opened| opened.expose().clone()))
    };
    Ok(SensitiveValues {
        head_name: open(HEAD_NAME, &row.head_name)?,
        phone: open(PHONE, &row.phone)?,
        id_number: open(ID_NUMBER, &row.id_number)?,
        ..kept.values.unwrap_or_default()
    })
}

/// A change request with what became of it; personal data is masked.
pub fn change_request(crypt: &Crypt, row: &ChangeRequestRow) -> Result<ChangeRequest> {
    let mut shown = ChangeRequest::decode(row.content.as_slice()).map_err(Error::internal)?;
    if let Some(decision) = &row.decision {
        // What was decided stands in other fields than what was proposed.
        shown.merge(decision.as_slice()).map_err(Error::internal)?;
    }
    let values = opened(crypt, row)?;
    shown.values = Some(SensitiveValues {
        head_name: values.head_name.map(|text| mask::name(&text)),
        phone: values.phone.map(|text| mask::phone(&text)),
        id_number: values.id_number.map(|text| mask::id_number(&text)),
        ..values
    });
    shown.state = state(&row.state).into();
    shown.expire_date = Some(dates::to_proto(row.expire_date));
    shown.etag = etag::of(&[&shown.name, &row.state]);
    Ok(shown)
}

/// A state of the contract.
pub fn state(state: &str) -> ChangeRequestState {
    ChangeRequestState::from_str_name(&format!("CHANGE_REQUEST_STATE_{state}")).unwrap_or_default()
}

/// Of a household, the fields that `asked` gives, in full.
pub fn of_household(crypt: &Crypt, asked: &SensitiveValues, row: &HouseholdRow) -> Result<SensitiveValues> {
    let full = household::disclosed(crypt, row)?;
    Ok(SensitiveValues {
        head_name: asked.head_name.as_ref().map(|_| full.head_name),
        phone: asked.phone.as_ref().map(|_| full.phone),
        id_number: asked.id_number.as_ref().map(|_| full.id_number),
        low_income: asked.low_income.map(|_| row.low_income),
        display_name: None,
    })
}

/// Of a cadre, the fields that `asked` gives, in full.
pub fn of_cadre(crypt: &Crypt, asked: &SensitiveValues, row: &CadreRow) -> Result<SensitiveValues> {
    let phone = cadre::phone(crypt, row)?;
    Ok(SensitiveValues {
        phone: asked.phone.as_ref().map(|_| phone),
        display_name: asked.display_name.as_ref().map(|_| row.display_name.clone()),
        ..SensitiveValues::default()
    })
}
