//! Enters households into the register, gives them other heads, moves and ends them.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    ChangeHouseholdHeadRequest, EndHouseholdRequest, Household, HouseholdChanged, HouseholdLineageEdge,
    MoveHouseholdRequest, RegisterHouseholdRequest,
};
use tonic::Response;
use villages_core::timeline::Aspect;

use super::{
    division::require_id,
    division_change::done,
    household::HouseholdApi,
    household_timeline::{begin, check, courtyards, keep, open, require_own_number, require_place, restate},
};
use crate::{
    store::{
        bulletin_clock, carer,
        household::HouseholdRow,
        household_life::{self as life, EdgeRow},
    },
    wire::{self, household_life as shape},
};

const LONGEST_BASIS: usize = 200;

impl HouseholdApi {
    pub(super) async fn register(
        &self,
        call: &Call,
        request: &RegisterHouseholdRequest,
    ) -> Result<Response<Household>> {
        require_id(&request.request_id)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let fresh = self.kit.ids.next().to_string();
        let new = shape::registration(&self.kit.crypt, request.registration.as_ref(), fresh, date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        require_place(&mut tx, &new.division_code, new.group_code.as_deref(), date).await?;
        require_own_number(&mut tx, call, new.id_number_blind.as_deref(), &new.household_id, date).await?;
        let villages = courtyards(&mut tx, call, &[&new.division_code], date).await?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let row = begin(&mut tx, &new, now).await?;
        restate(&self.kit.ids, &mut tx, &villages).await?;
        emit(&mut tx, "registered", &shape::changed(&row, date));
        let response = wire::household::masked(&self.kit.crypt, &row)?;
        let change = change("register", &row, basis);
        done(tx, request.validate_only, change, response).await
    }

    pub(super) async fn change_head(
        &self,
        call: &Call,
        request: &ChangeHouseholdHeadRequest,
    ) -> Result<Response<Household>> {
        require_id(&request.request_id)?;
        let id = wire::household::id("name", &request.name)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let head = shape::head(
            &self.kit.crypt,
            "",
            &request.head_name,
            &request.phone,
            &request.id_number,
        )?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        let timeline = open(&mut tx, call, &id, date).await?;
        check(&request.etag, timeline.standing()?)?;
        let number = head.id_number.as_ref().map(|number| number.blind.as_slice());
        require_own_number(&mut tx, call, number, &id, date).await?;
        let amended = timeline.amended(&[
            Aspect {
                same: |one, other| {
                    (&one.head_name_blind, &one.id_number_blind) == (&other.head_name_blind, &other.id_number_blind)
                },
                set: &|row| {
                    row.head_name.clone_from(&head.name.value);
                    row.head_name_blind.clone_from(&head.name.blind);
                    (row.id_number, row.id_number_blind) = shape::parts(head.id_number.clone());
                },
            },
            Aspect {
                same: |one, other| one.phone_blind == other.phone_blind,
                set: &|row| (row.phone, row.phone_blind) = shape::parts(head.phone.clone()),
            },
        ])?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let row = keep(&mut tx, &timeline, &amended, date, now).await?;
        emit(&mut tx, "head_changed", &shape::changed(&row, date));
        let response = wire::household::masked(&self.kit.crypt, &row)?;
        done(tx, request.validate_only, change("change_head", &row, basis), response).await
    }

    pub(super) async fn relocate(&self, call: &Call, request: &MoveHouseholdRequest) -> Result<Response<Household>> {
        require_id(&request.request_id)?;
        let id = wire::household::id("name", &request.name)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let position = request.position.as_ref();
        let to = shape::place("", &request.division, &request.group, &request.address, position)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        let timeline = open(&mut tx, call, &id, date).await?;
        check(&request.etag, timeline.standing()?)?;
        require_place(&mut tx, &to.division_code, to.group_code.as_deref(), date).await?;
        let before = timeline.standing()?;
        if place_of(before) == to {
            let rule = "another village, group, address or position than on that day";
            return Err(Error::invalid("division", &request.division, rule));
        }
        let (from, village) = (before.division_code.clone(), to.division_code.clone());
        let amended = timeline.amended(&[Aspect {
            same: |one, other| place_of(one) == place_of(other),
            set: &|row| {
                row.division_code.clone_from(&to.division_code);
                row.group_code.clone_from(&to.group_code);
                row.address.clone_from(&to.address);
                (row.longitude, row.latitude) = (to.longitude, to.latitude);
            },
        }])?;
        carer::carers_lock(&mut tx, std::slice::from_ref(&id)).await?;
        let villages = courtyards(&mut tx, call, &[&from, &village], date).await?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let row = keep(&mut tx, &timeline, &amended, date, now).await?;
        let time = (date, amended.spans.last().and_then(|span| span.until));
        carer::carer_follow(&mut tx, &id, Some(&village), time, now).await?;
        restate(&self.kit.ids, &mut tx, &villages).await?;
        let event = HouseholdChanged {
            previous_division: wire::division::name(&from),
            ..shape::changed(&row, date)
        };
        emit(&mut tx, "moved", &event);
        let response = wire::household::masked(&self.kit.crypt, &row)?;
        done(tx, request.validate_only, change("move", &row, basis), response).await
    }

    pub(super) async fn end(
        &self,
        call: &Call,
        request: &EndHouseholdRequest,
    ) -> Result<Response<HouseholdLineageEdge>> {
        require_id(&request.request_id)?;
        let id = wire::household::id("name", &request.name)?;
        let reason = shape::end_reason("end_reason", request.end_reason)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        let timeline = open(&mut tx, call, &id, date).await?;
        check(&request.etag, timeline.standing()?)?;
        let amended = timeline.ended()?;
        let before = timeline.standing()?.clone();
        carer::carers_lock(&mut tx, std::slice::from_ref(&id)).await?;
        let villages = courtyards(&mut tx, call, &[&before.division_code], date).await?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        keep(&mut tx, &timeline, &amended, date, now).await?;
        carer::carer_follow(&mut tx, &id, None, (date, None), now).await?;
        let edge = EdgeRow {
            id: self.kit.ids.next(),
            household_id: id,
            division_code: before.division_code.clone(),
            successor_id: None,
            successor_division: None,
            kind: "ENDED".to_owned(),
            effective_date: date,
            end_reason: Some(reason.to_owned()),
            basis: basis.to_owned(),
        };
        life::edges_insert(&mut tx, std::slice::from_ref(&edge), now).await?;
        restate(&self.kit.ids, &mut tx, &villages).await?;
        let response = shape::edge(&edge);
        let event = HouseholdChanged {
            edges: vec![response.clone()],
            ..shape::ended(&before, date)
        };
        emit(&mut tx, "ended", &event);
        done(tx, request.validate_only, change("end", &before, basis), response).await
    }
}

fn place_of(row: &HouseholdRow) -> shape::Place {
    shape::Place {
        division_code: row.division_code.clone(),
        group_code: row.group_code.clone(),
        address: row.address.clone(),
        longitude: row.longitude,
        latitude: row.latitude,
    }
}

/// The reference of the document that a change rests on.
pub(super) fn basis(text: &str) -> Result<&str> {
    wire::names::text("basis", text, LONGEST_BASIS)
}

/// What the audit trail keeps of a change.
pub(super) fn change(verb: &str, row: &HouseholdRow, basis: &str) -> Change {
    Change::new(verb, &row.division_code, &wire::household::name(&row.household_id)).detail(basis)
}

/// Tells the other services.
pub(super) fn emit(tx: &mut Tx, what: &str, event: &HouseholdChanged) {
    let division = event.division.trim_start_matches("divisions/");
    tx.emit(&format!("household.{what}"), division, &event.household, event);
}
