//! Objections: checked on the way in, told on the way out.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{
    FileObjectionRequest, Objection as Wire, ObjectionDecided, ObjectionFiled, ObjectionGround, ObjectionState,
};
use time::Date;
use uuid::Uuid;

use super::{checks, names};
use crate::store::objection::Objection;

/// An objection as a caller states it, checked.
#[derive(Debug)]
pub struct Stated {
    pub ground: ObjectionGround,
    pub parcel_id: Option<String>,
    pub bill_id: Option<Uuid>,
    pub text: String,
    pub filed_on: Date,
}

/// Checks an objection.
pub fn stated(request: &FileObjectionRequest, today: Date) -> Result<Stated> {
    let ground = request.ground();
    if ground == ObjectionGround::Unspecified {
        return Err(Error::invalid(
            "ground",
            request.ground,
            "area, amount, identity or other",
        ));
    }
    let parcel_id = if ground == ObjectionGround::Area {
        Some(names::id("parcels", "parcel", &request.parcel)?.to_owned())
    } else {
        checks::unset("parcel", !request.parcel.is_empty(), "AREA")?;
        None
    };
    let bill_id = if ground == ObjectionGround::Amount {
        Some(names::uid("bills", "bill", &request.bill)?)
    } else {
        checks::unset("bill", !request.bill.is_empty(), "AMOUNT")?;
        None
    };
    let filed_on = dates::from_proto("file_date", request.file_date)?.unwrap_or(today);
    Ok(Stated {
        ground,
        parcel_id,
        bill_id,
        text: checks::text("text", &request.text, 1..=500)?,
        filed_on: checks::past("file_date", filed_on, today)?,
    })
}

/// How an objection is to end.
pub fn decision(state: ObjectionState) -> Result<ObjectionState> {
    match state {
        ObjectionState::Upheld | ObjectionState::Rejected | ObjectionState::Withdrawn => Ok(state),
        ObjectionState::Unspecified | ObjectionState::Open => Err(Error::invalid(
            "decision",
            state.as_str_name(),
            "upheld, rejected or withdrawn",
        )),
    }
}

/// An objection for the wire.
pub fn objection(row: &Objection) -> Wire {
    Wire {
        name: names::of("objections", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        ground: i32::from(row.ground),
        parcel: parcel(row),
        bill: bill(row),
        text: row.text.clone(),
        file_date: Some(dates::to_proto(row.filed_on)),
        filer: row.filed_by.clone(),
        create_time: Some(dates::timestamp(row.filed_at)),
        state: i32::from(row.state),
        decision_date: row.decided_on.map(dates::to_proto),
        reason: row.reason.clone().unwrap_or_default(),
        decider: row.decided_by.clone().unwrap_or_default(),
        resurvey_required: row.resurvey_required,
        resurvey: row
            .resurvey_id
            .map(|survey| names::of("surveys", survey))
            .unwrap_or_default(),
    }
}

/// That it was filed.
pub fn filed(row: &Objection) -> ObjectionFiled {
    ObjectionFiled {
        objection: names::of("objections", row.id),
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        ground: i32::from(row.ground),
        parcel: parcel(row),
        bill: bill(row),
        file_date: Some(dates::to_proto(row.filed_on)),
    }
}

/// That it was decided.
pub fn decided(row: &Objection) -> ObjectionDecided {
    ObjectionDecided {
        objection: names::of("objections", row.id),
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        ground: i32::from(row.ground),
        decision: i32::from(row.state),
        decision_date: row.decided_on.map(dates::to_proto),
        parcel: parcel(row),
        resurvey_required: row.resurvey_required,
    }
}

fn parcel(row: &Objection) -> String {
    let name = |id: &String| names::of("parcels", id);
    row.parcel_id.as_ref().map(name).unwrap_or_default()
}

fn bill(row: &Objection) -> String {
    row.bill_id.map(|id| names::of("bills", id)).unwrap_or_default()
}
