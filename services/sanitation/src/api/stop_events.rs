//! `StopEventService`.

mod take;

use kit::{
    audit::Change,
    call::Call,
    db::Begun,
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    GetStopRequest, ListStopEventsRequest, ListStopEventsResponse, ListStopsRequest, ListStopsResponse,
    ReportStopEventResult, ReportStopEventsRequest, ReportStopEventsResponse, Stop, report_stop_event_result::Outcome,
    stop_event_service_server::StopEventService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        stop_events::stop_event_list,
        stops::{stop_get, stop_list},
    },
    terminal::Terminal,
    wire::{names, stops as wire},
};

const LARGEST_BATCH: usize = 1_000;

const EVENT_FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::text("device", "device_id"),
    Field::text("vehicle", "vehicle_id"),
    Field::text("facility", "facility_id"),
    Field::text("stop", "stop_id"),
    Field::text("missed_reason", "missed_reason"),
];

const STOP_FIELDS: &[Field] = &[
    Field::date("date", "date"),
    Field::text("state", "state"),
    Field::text("vehicle", "vehicle_id"),
    Field::text("collection_point", "point_id"),
    Field::text("missed_reason", "missed_reason"),
    Field::bool("late", "late"),
    Field::text("stream", "stream"),
];

#[tonic::async_trait]
impl StopEventService for Api {
    async fn report_stop_events(
        &self,
        request: Request<ReportStopEventsRequest>,
    ) -> Result<Response<ReportStopEventsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let count = request.events.len();
        if !(1..=LARGEST_BATCH).contains(&count) {
            return Err(Error::invalid("events", count, "1 to 1,000 events").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let terminal = Terminal::of(&mut tx, &call, &request.device).await?;
        let clock = terminal.clock(&mut tx, request.send_time).await?;
        let outcomes = take::take(&mut tx, &self.kit.ids, &terminal, clock, &request.events).await?;
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let result = |outcome: Result<_>| ReportStopEventResult {
            outcome: Some(match outcome {
                Ok(row) => Outcome::StopEvent(wire::stop_event(&row)),
                Err(error) => Outcome::Error(error.into()),
            }),
        };
        let response = ReportStopEventsResponse {
            results: outcomes.into_iter().map(result).collect(),
        };
        let change = Change::new("report", &terminal.division_code, &names::device(&terminal.device_id));
        let detail = format!("{taken} of {count} events");
        Ok(tx.finish(change.detail(detail), response).await?)
    }

    async fn list_stop_events(
        &self,
        request: Request<ListStopEventsRequest>,
    ) -> Result<Response<ListStopEventsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListStopEvents",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, EVENT_FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = stop_event_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.record_id.to_string());
        Ok(Response::new(ListStopEventsResponse {
            stop_events: rows.iter().map(wire::stop_event).collect(),
            next_page_token,
        }))
    }

    async fn get_stop(&self, request: Request<GetStopRequest>) -> Result<Response<Stop>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = wire::existing(&name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = stop_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(wire::stop(row)))
    }

    async fn list_stops(&self, request: Request<ListStopsRequest>) -> Result<Response<ListStopsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListStops",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, STOP_FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = stop_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.stop_id.clone());
        Ok(Response::new(ListStopsResponse {
            stops: rows.into_iter().map(wire::stop).collect(),
            next_page_token,
        }))
    }
}
