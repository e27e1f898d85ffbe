//! Complaints on their way: filed, and from state to state.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{Complaint, ComplaintFiled, FileComplaintRequest};
use sanitation_core::{
    complaint::{Action, State, deadline},
    stream::Stream,
};
use tonic::Response;

use crate::{
    api::Api,
    book::Book,
    charged::Work,
    store::{
        areas::area_get,
        complaints::{self, complaint_hold, complaint_insert, complaint_keep, step_insert},
        points::point_get,
        stops::{Stop, stop_get},
    },
    wire::{
        complaints::{self as wire, Filed},
        names,
    },
};

type Row = complaints::Complaint;

/// A step that is asked for.
pub struct Step<'a> {
    /// Name of the complaint.
    pub name: &'a str,
    /// Id of the call.
    pub request_id: &'a str,
    /// What is to be done.
    pub action: Action,
    /// Assignee, answer or reason.
    pub note: &'a str,
}

/// Files a complaint and starts its clock.
pub async fn file(api: &Api, call: &Call, request: &FileComplaintRequest) -> Result<Response<Complaint>> {
    if request.request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    let mut tx = match api.kit.db.write(call, &request.request_id, request).await? {
        Begun::Replay(first) => return Ok(Response::new(first)),
        Begun::Fresh(tx) => tx,
    };
    let given = request.complaint.as_ref().ok_or_else(|| Error::required("complaint"))?;
    let filed = wire::filed(&api.kit.crypt, given, api.kit.clock.today())?;
    if area_get(&mut tx, &filed.village).await?.is_none() {
        return Err(Error::not_found(names::division(&filed.village)));
    }
    let stop = stop(&mut tx, &filed).await?;
    let now = tx.now();
    let mut row = Row {
        complaint_id: api.kit.ids.next(),
        division_code: filed.village,
        point_id: filed.point,
        date: filed.date,
        channel: filed.channel,
        category: filed.category,
        text: filed.text,
        contact_name: filed.contact_name,
        contact_phone: filed.contact_phone,
        state: State::Filed.name().to_owned(),
        assignee: String::new(),
        stop_state: stop.as_ref().map(|stop| stop.state.clone()).unwrap_or_default(),
        stop_id: stop.map(|stop| stop.stop_id),
        answer: String::new(),
        clock_from: now,
        due_at: None,
        remind_at: None,
        reminded_at: None,
        overdue_at: None,
        reopen_count: 0,
        filed_at: now,
        updated_at: now,
    };
    wind(&mut tx, &mut row, State::Filed).await?;
    complaint_insert(&mut tx, &row).await?;
    let actor = tx.principal().to_owned();
    step_insert(&mut tx, &row, ("file", "", &actor)).await?;
    let name = wire::name(&row);
    let payload = ComplaintFiled {
        complaint: Some(wire::summary(&row)),
    };
    tx.emit("complaint.filed", &row.division_code, &name, &payload);
    let change = Change::new("file", &row.division_code, &name);
    let response = wire::complaint(&api.kit.crypt, &row)?;
    tx.finish(change, response).await
}

/// Brings a complaint to its next state.
pub async fn advance<M: prost::Message>(
    api: &Api,
    call: &Call,
    request: &M,
    step: &Step<'_>,
) -> Result<Response<Complaint>> {
    if step.request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    let mut tx = match api.kit.db.write(call, step.request_id, request).await? {
        Begun::Replay(first) => return Ok(Response::new(first)),
        Begun::Fresh(tx) => tx,
    };
    let id = names::existing_uuid(step.name, "complaints")?;
    let row = complaint_hold(&mut tx, id).await?;
    let mut row = row.ok_or_else(|| Error::not_found(step.name))?;
    let before = State::parse(&row.state).ok_or_else(|| Error::internal(format!("state {}", row.state)))?;
    let Some(after) = before.after(step.action) else {
        let message = format!("{} is not possible while it is {}", step.action.name(), row.state);
        let message_zh = format!("投诉当前状态为 {}，不能 {}", row.state, step.action.name());
        return Err(Error::rule("COMPLAINT_STATE", step.name, message, message_zh));
    };
    let now = tx.now();
    after.name().clone_into(&mut row.state);
    row.updated_at = now;
    match step.action {
        Action::Assign => {
            let work = Work {
                field: "assignee",
                village: &row.division_code,
                day: dates::day_of(now),
            };
            work.supervised(&mut api.kit.db.system("assign").await?, step.note)
                .await?;
            step.note.clone_into(&mut row.assignee);
        }
        Action::Answer => step.note.clone_into(&mut row.answer),
        Action::Reopen => (row.clock_from, row.reopen_count) = (now, row.reopen_count + 1),
        Action::Accept | Action::Close => {}
    }
    // Who gets it does not change until when it is due.
    if step.action != Action::Assign {
        wind(&mut tx, &mut row, after).await?;
    }
    complaint_keep(&mut tx, &row).await?;
    let actor = tx.principal().to_owned();
    step_insert(&mut tx, &row, (step.action.name(), step.note, &actor)).await?;
    let change = Change::new(step.action.name(), &row.division_code, step.name);
    let response = wire::complaint(&api.kit.crypt, &row)?;
    tx.finish(change, response).await
}

/// Sets the clock of a state by the norms in force when the complaint's clock began.
async fn wind(tx: &mut Tx, row: &mut Row, state: State) -> Result<()> {
    let book = Book::read(tx, &row.division_code, dates::day_of(row.clock_from)).await?;
    let found = deadline(state, row.clock_from, &book.norms(&row.division_code).complaints);
    row.due_at = found.map(|deadline| deadline.due);
    row.remind_at = found.map(|deadline| deadline.remind);
    (row.reminded_at, row.overdue_at) = (None, None);
    Ok(())
}

/// The stop that the point was owed on the day. The point has to be in the village.
async fn stop(tx: &mut Tx, filed: &Filed) -> Result<Option<Stop>> {
    let Some(point) = &filed.point else { return Ok(None) };
    let name = names::point(point);
    let known = point_get(tx, point).await?.ok_or_else(|| Error::not_found(&name))?;
    if known.division_code != filed.village {
        let rule = format!("a point of {}", names::division(&filed.village));
        return Err(Error::invalid("complaint.collection_point", name, rule));
    }
    match filed.date {
        Some(date) => {
            let rest = stop_get(tx, &format!("{date}/{point}")).await?;
            let kitchen = stop_get(tx, &format!("{date}/{}", Stream::Kitchen.call_id(point))).await?;
            // Who complains of a point that sorts more likely means the stop that was missed.
            let missed = |stop: &Stop| stop.state == "missed";
            let kitchen_alone = kitchen.as_ref().is_some_and(missed) && !rest.as_ref().is_some_and(missed);
            Ok(if kitchen_alone { kitchen } else { rest })
        }
        None => Ok(None),
    }
}
