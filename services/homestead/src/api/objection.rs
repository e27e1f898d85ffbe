//! `ObjectionService`.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    DecideObjectionRequest, FileObjectionRequest, GetObjectionRequest, ListObjectionsRequest, ListObjectionsResponse,
    Objection as Wire, ObjectionGround, ObjectionState, objection_service_server::ObjectionService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{
        account,
        objection::{self, Objection},
        parcel,
    },
    wire::{self, checks, names, objection::Stated, payment::request_id},
};

/// Takes objections and decides them.
pub struct ObjectionApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("parcel", "parcel_id"),
    Field::date("file_date", "filed_on"),
];

#[tonic::async_trait]
impl ObjectionService for ObjectionApi {
    async fn file_objection(&self, request: Request<FileObjectionRequest>) -> Result<Response<Wire>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let stated = wire::objection::stated(&request, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let household = super::household(&mut tx, &request.household).await?;
        of_household(&mut tx, &request, &stated, &household.household_id).await?;
        let row = Objection {
            id: self.kit.ids.next(),
            household_id: household.household_id,
            division_code: household.division_code,
            ground: i16::try_from(i32::from(stated.ground)).map_err(Error::internal)?,
            parcel_id: stated.parcel_id,
            bill_id: stated.bill_id,
            text: stated.text,
            filed_on: stated.filed_on,
            filed_by: tx.principal().to_owned(),
            filed_at: tx.now(),
            state: 1,
            decided_on: None,
            reason: None,
            decided_by: None,
            decided_at: None,
            resurvey_required: false,
            awaits_survey: false,
            resurvey_id: None,
        };
        if let Some(parcel_id) = &row.parcel_id {
            objection::parcel_hold(&mut tx, parcel_id).await.map_err(Error::from)?;
        }
        if !objection::objection_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(Error::rule(
                "OBJECTION_OPEN",
                &request.household,
                "an objection about the same is open",
                "该户已有同一事项的异议尚未处理",
            )
            .into());
        }
        if let Some(parcel_id) = &row.parcel_id {
            objection::parcel_dispute(&mut tx, parcel_id, true, row.filed_on, row.filed_at)
                .await
                .map_err(Error::from)?;
        }
        let answer = wire::objection::objection(&row);
        tx.emit(
            "objection.filed",
            &row.division_code,
            &answer.name,
            &wire::objection::filed(&row),
        );
        let change = Change::new("file", &row.division_code, &answer.name);
        Ok(tx.finish(change.detail(stated.ground.as_str_name()), answer).await?)
    }

    async fn decide_objection(&self, request: Request<DecideObjectionRequest>) -> Result<Response<Wire>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let decision = wire::objection::decision(request.decision())?;
        let reason = super::reason(&request.reason)?.to_owned();
        let today = self.kit.clock.today();
        let decided_on = dates::from_proto("decision_date", request.decision_date)?.unwrap_or(today);
        let decided_on = checks::past("decision_date", decided_on, today)?;
        let id = names::found_uid("objections", &request.name)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = objection::objection_hold(&mut tx, id).await.map_err(Error::from)?;
        let mut row = row.ok_or_else(|| Error::not_found(&request.name))?;
        decidable(&request.name, &row, tx.principal())?;
        if decided_on < row.filed_on {
            return Err(Error::invalid(
                "decision_date",
                decided_on,
                format!("not before the objection, {}", row.filed_on),
            )
            .into());
        }
        row.state = i16::try_from(i32::from(decision)).map_err(Error::internal)?;
        row.resurvey_required =
            decision == ObjectionState::Upheld && i32::from(row.ground) == i32::from(ObjectionGround::Area);
        row.decided_on = Some(decided_on);
        row.reason = Some(reason);
        row.decided_by = Some(tx.principal().to_owned());
        row.decided_at = Some(tx.now());
        self.decide(&mut tx, &mut row).await?;
        let answer = wire::objection::objection(&row);
        tx.emit(
            "objection.decided",
            &row.division_code,
            &answer.name,
            &wire::objection::decided(&row),
        );
        let change = Change::new("decide", &row.division_code, &answer.name);
        Ok(tx.finish(change.detail(decision.as_str_name()), answer).await?)
    }

    async fn get_objection(&self, request: Request<GetObjectionRequest>) -> Result<Response<Wire>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("objections", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = objection::objection_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        Ok(Response::new(wire::objection::objection(&row)))
    }

    async fn list_objections(
        &self,
        request: Request<ListObjectionsRequest>,
    ) -> Result<Response<ListObjectionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let open = request.open_only.to_string();
        let query = [division.as_str(), &request.filter, &open];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListObjections", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = objection::objection_list(&mut tx, &division, &filter, request.open_only, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListObjectionsResponse {
            objections: rows.iter().map(wire::objection::objection).collect(),
            next_page_token,
        }))
    }
}

impl ObjectionApi {
    /// Keeps a decision; a plot is disputed no longer once no objection to it is open or waits for a survey.
    async fn decide(&self, tx: &mut Tx, row: &mut Objection) -> Result<()> {
        if let Some(parcel_id) = &row.parcel_id {
            // Held first, so that of two decisions at once, or a decision and a survey, one sees the other.
            objection::parcel_hold(tx, parcel_id).await?;
            if row.resurvey_required {
                row.resurvey_id = objection::surveyed_since(tx, parcel_id, row.filed_on).await?;
                row.awaits_survey = row.resurvey_id.is_none();
            }
        }
        objection::objection_decide(tx, row).await?;
        let Some(parcel_id) = &row.parcel_id else { return Ok(()) };
        if objection::parcel_objected(tx, parcel_id).await? {
            return Ok(());
        }
        let (day, now) = (row.decided_on.unwrap_or(row.filed_on), tx.now());
        objection::parcel_dispute(tx, parcel_id, false, day, now).await?;
        Ok(())
    }
}

/// The plot or bill that an objection names must be the household's own.
async fn of_household(tx: &mut Tx, request: &FileObjectionRequest, stated: &Stated, household: &str) -> Result<()> {
    if let Some(parcel_id) = &stated.parcel_id {
        let row = parcel::parcel_get(tx, parcel_id).await?;
        row.filter(|row| row.household_id == household)
            .ok_or_else(|| Error::not_found(&request.parcel))?;
    }
    if let Some(bill_id) = stated.bill_id {
        let row = account::bill_get(tx, bill_id).await?;
        row.filter(|row| row.household_id == household)
            .ok_or_else(|| Error::not_found(&request.bill))?;
    }
    Ok(())
}

/// Whether `principal` may decide an objection now.
fn decidable(name: &str, row: &Objection, principal: &str) -> Result<()> {
    if row.state != 1 {
        return Err(Error::rule(
            "OBJECTION_DECIDED",
            name,
            "it was decided before",
            "该异议已处理",
        ));
    }
    if row.filed_by == principal {
        return Err(Error::rule(
            "SELF_DECISION",
            name,
            "who filed an objection does not decide it",
            "登记异议的人员不得自行处理该异议",
        ));
    }
    Ok(())
}
