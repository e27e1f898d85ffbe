//! `SurveyService`.

use homestead_core::{
    entry::{Account, Kind},
    plot::{self, State},
};
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
    GetSurveyRequest, ListSurveysRequest, ListSurveysResponse, ListVacatingsRequest, ListVacatingsResponse,
    RecordSurveyRequest, RecordVacatingRequest, Survey, Vacating, survey_service_server::SurveyService,
};
use time::{Date, Duration};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    bookkeeping::{
        correcting::{Cause, check_jump, correct_bills},
        posting::{self, Draft, moved},
    },
    store::{
        household::Household,
        objection,
        occupation::{self, Place},
        parcel::{self, Parcel},
        reassessment, survey,
    },
    wire::{self, names, payment::request_id},
};

/// Records and reads surveys and vacating.
pub struct SurveyApi {
    pub kit: Kit,
}

/// Days to pay a further bill where the request says nothing.
const DAYS_TO_PAY: Duration = Duration::days(30);

const SURVEY_FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("parcel", "parcel_id"),
    Field::date("survey_date", "surveyed_on"),
];
const VACATING_FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("parcel", "parcel_id"),
    Field::date("vacate_date", "vacated_on"),
];

#[tonic::async_trait]
impl SurveyService for SurveyApi {
    async fn record_survey(&self, request: Request<RecordSurveyRequest>) -> Result<Response<Survey>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let id = request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let measured = wire::survey::measured(request.survey.as_ref(), today)?;
        let due_on = due("due_date", request.due_date, today)?;
        let stated = request.survey.as_ref().ok_or_else(|| Error::required("survey"))?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (plot, household) = hold(&mut tx, measured.parcel_id, &stated.parcel).await?;
        check_jump(
            &stated.parcel,
            plot.area_dm2.unwrap_or(0),
            stated.area_dm2,
            request.confirm_jump,
        )?;
        let place = place(&plot, &household);
        let known = occupation::states(&mut tx, place).await.map_err(Error::from)?;
        let over_dm2 = stated.over_occupied_dm2;
        let states = plot::measure(&known, measured.effective_on, measured.surveyed_on, over_dm2)
            .map_err(|why| wire::survey::survey_refused(&measured, over_dm2, why))?;
        let row = survey::Survey {
            id,
            parcel_id: plot.parcel_id.clone(),
            household_id: plot.household_id.clone(),
            division_code: household.division_code.clone(),
            surveyed_on: measured.surveyed_on,
            effective_on: measured.effective_on,
            area_dm2: stated.area_dm2,
            over_dm2: stated.over_occupied_dm2,
            surveyor: stated.surveyor.trim().to_owned(),
            evidence: stated.evidence.clone(),
            reason: stated.reason.trim().to_owned(),
            area_before_dm2: plot.area_dm2,
            over_before_dm2: plot.over_dm2,
            recorded_at: tx.now(),
        };
        if !survey::survey_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(reused(id).into());
        }
        let mut answer = wire::survey::survey(&row);
        let cause = Cause {
            name: &answer.name,
            id,
            day: today,
            due_on,
        };
        occupation::occupy(
            &mut tx,
            place,
            row.over_dm2,
            row.effective_on,
            row.surveyed_on,
            row.recorded_at,
        )
        .await
        .map_err(Error::from)?;
        let holds = plot::measured_last(&states) == Some(row.effective_on);
        let area_dm2 = holds.then(|| row.area_dm2 - row.over_dm2 + over_last(&states));
        keep(&mut tx, place, row.effective_on, &states, area_dm2).await?;
        answer.corrections = correct_bills(&mut tx, &self.kit.ids, &household, &cause).await?;
        settle_objections(&mut tx, &row).await?;
        let change = Change::new("survey", &household.division_code, &answer.name).detail(&row.reason);
        Ok(tx.finish(change, answer).await?)
    }

    async fn get_survey(&self, request: Request<GetSurveyRequest>) -> Result<Response<Survey>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("surveys", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = survey::survey_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let corrections = reassessment::by_cause(&mut tx, name, &row.household_id)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(Survey {
            corrections: corrections.iter().map(wire::correction::correction).collect(),
            ..wire::survey::survey(&row)
        }))
    }

    async fn list_surveys(
        &self,
        request: Request<ListSurveysRequest>,
    ) -> Result<Response<ListSurveysResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, SURVEY_FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListSurveys", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = survey::survey_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListSurveysResponse {
            surveys: rows.iter().map(wire::survey::survey).collect(),
            next_page_token,
        }))
    }

    async fn record_vacating(&self, request: Request<RecordVacatingRequest>) -> Result<Response<Vacating>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let id = request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let (parcel_id, vacated_on) = wire::survey::vacated(request.vacating.as_ref(), today)?;
        let stated = request.vacating.as_ref().ok_or_else(|| Error::required("vacating"))?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (plot, household) = hold(&mut tx, parcel_id, &stated.parcel).await?;
        let place = place(&plot, &household);
        let known = occupation::states(&mut tx, place).await.map_err(Error::from)?;
        let states = plot::vacate(&known, vacated_on, stated.vacated_dm2)
            .map_err(|why| wire::survey::vacating_refused(vacated_on, stated.vacated_dm2, why))?;
        let over_dm2 = plot::over_on(&known, vacated_on);
        let row = survey::Vacating {
            id,
            parcel_id: plot.parcel_id.clone(),
            household_id: plot.household_id.clone(),
            division_code: household.division_code.clone(),
            vacated_on,
            vacated_dm2: stated.vacated_dm2,
            over_before_dm2: over_dm2,
            over_dm2: over_dm2 - stated.vacated_dm2,
            reward_fen: stated.reward_fen,
            resolution: stated.resolution.trim().to_owned(),
            evidence: stated.evidence.clone(),
            recorded_at: tx.now(),
        };
        if !survey::vacating_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(reused(id).into());
        }
        let mut answer = wire::survey::vacating(&row);
        let cause = Cause {
            name: &answer.name,
            id,
            day: today,
            due_on: today + DAYS_TO_PAY,
        };
        // Where the plot was measured since, the register says already what is left.
        let lowered = over_last(&states) - over_last(&known);
        let area_dm2 = plot.area_dm2.filter(|_| lowered < 0).map(|area| area + lowered);
        keep(&mut tx, place, vacated_on, &states, area_dm2).await?;
        answer.corrections = correct_bills(&mut tx, &self.kit.ids, &household, &cause).await?;
        if row.reward_fen > 0 {
            let moves = [moved(Account::Reward, Account::Payable, row.reward_fen, None)];
            let draft = Draft::of(Kind::Reward, &household, today, &row.resolution, &moves);
            let entry = self.kit.ids.next();
            posting::post(&mut tx, entry, request, &draft).await?;
            posting::announce(&mut tx, &[entry]).await?;
        }
        let change = Change::new("vacate", &household.division_code, &answer.name).detail(&row.resolution);
        Ok(tx.finish(change, answer).await?)
    }

    async fn list_vacatings(
        &self,
        request: Request<ListVacatingsRequest>,
    ) -> Result<Response<ListVacatingsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, VACATING_FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListVacatings", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = survey::vacating_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListVacatingsResponse {
            vacatings: rows.iter().map(wire::survey::vacating).collect(),
            next_page_token,
        }))
    }
}

/// Keeps what is known of a plot from a day on, and in the register what it is by that, if `area_dm2` changes.
async fn keep(tx: &mut Tx, place: Place<'_>, from_on: Date, states: &[State], area_dm2: Option<i64>) -> Result<()> {
    let now = tx.now();
    occupation::restate(tx, place, from_on, states, now).await?;
    if let Some((area_dm2, last)) = area_dm2.zip(states.last()) {
        survey::parcel_measure(tx, place.parcel_id, area_dm2, last.over_dm2, last.from_on, now).await?;
    }
    Ok(())
}

fn place<'a>(plot: &'a Parcel, household: &'a Household) -> Place<'a> {
    Place {
        parcel_id: &plot.parcel_id,
        household_id: &plot.household_id,
        village: &household.division_code,
    }
}

fn over_last(states: &[State]) -> i64 {
    states.last().map_or(0, |state| state.over_dm2)
}

/// The survey that upheld objections asked for has been made: the plot is disputed no longer, unless another objection is open.
async fn settle_objections(tx: &mut Tx, row: &survey::Survey) -> Result<()> {
    objection::parcel_hold(tx, &row.parcel_id).await?;
    if objection::resurveyed(tx, &row.parcel_id, row.id, row.surveyed_on).await?
        && !objection::parcel_objected(tx, &row.parcel_id).await?
    {
        let now = tx.now();
        objection::parcel_dispute(tx, &row.parcel_id, false, row.surveyed_on, now).await?;
    }
    Ok(())
}

/// The plot and its household, with the book of its village held.
async fn hold(tx: &mut Tx, parcel_id: &str, name: &str) -> Result<(Parcel, Household)> {
    let plot = parcel::parcel_get(tx, parcel_id)
        .await?
        .ok_or_else(|| Error::not_found(name))?;
    let household = posting::hold(tx, &names::of("households", &plot.household_id)).await?;
    // Again, now that nobody else can change it.
    let plot = parcel::parcel_get(tx, parcel_id)
        .await?
        .ok_or_else(|| Error::not_found(name))?;
    Ok((plot, household))
}

fn due(field: &str, date: Option<proto::google::r#type::Date>, today: Date) -> Result<Date> {
    let due_on = dates::from_proto(field, date)?.unwrap_or(today + DAYS_TO_PAY);
    if due_on <= today {
        return Err(Error::invalid(field, due_on, format!("after today, {today}")));
    }
    Ok(due_on)
}

fn reused(id: Uuid) -> Error {
    Error::invalid_because(
        "REQUEST_ID_REUSED",
        "request_id",
        id,
        "not used before with another request body",
    )
}
