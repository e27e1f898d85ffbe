//! `PositionService`.

mod take;

use kit::{
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    ListTrackPositionsRequest, ListTrackPositionsResponse, ListVehiclePositionsRequest, ListVehiclePositionsResponse,
    ListVehicleVisitsRequest, ListVehicleVisitsResponse, ReportPositionsRequest, ReportPositionsResponse,
    position_service_server::PositionService,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        positions::{current_list, track_list, visit_list},
        vehicles::vehicle_get,
    },
    terminal::Terminal,
    wire::{names, positions as wire},
};

const LARGEST_BATCH: usize = 1_000;

const FIELDS: &[Field] = &[
    Field::text("vehicle", "vehicle_id"),
    Field::int("speed_kmh", "speed_kmh"),
    Field::int("delay_s", "delay_s"),
    Field::int("passed_over_count", "passed_over"),
];

const VISIT_FIELDS: &[Field] = &[
    Field::text("vehicle", "vehicle_id"),
    Field::text("place", "place"),
    Field::date("date", "date"),
];

#[tonic::async_trait]
impl PositionService for Api {
    async fn report_positions(
        &self,
        request: Request<ReportPositionsRequest>,
    ) -> Result<Response<ReportPositionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let count = request.positions.len();
        if !(1..=LARGEST_BATCH).contains(&count) {
            return Err(Error::invalid("positions", count, "1 to 1,000 positions").into());
        }
        let mut tx = match self
            .kit
            .db
            .write::<_, ReportPositionsResponse>(&call, "", &request)
            .await?
        {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let terminal = Terminal::of(&mut tx, &call, &request.device).await?;
        let clock = terminal.clock(&mut tx, request.send_time).await?;
        let response = take::take(&mut tx, &self.kit.ids, &terminal, clock, &request.positions).await?;
        // The stream of positions is its own record; a row of the audit trail for each five seconds would drown the others.
        tx.commit_unaudited().await?;
        Ok(Response::new(response))
    }

    async fn list_vehicle_positions(
        &self,
        request: Request<ListVehiclePositionsRequest>,
    ) -> Result<Response<ListVehiclePositionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListVehiclePositions",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let (today, now) = (self.kit.clock.today(), self.kit.clock.now());
        let mut tx = self.kit.db.read(&call).await?;
        let rows = current_list(&mut tx, &query.listing(), today, now)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.vehicle_id.clone());
        Ok(Response::new(ListVehiclePositionsResponse {
            vehicle_positions: rows.into_iter().map(wire::current).collect(),
            next_page_token,
        }))
    }

    async fn list_track_positions(
        &self,
        request: Request<ListTrackPositionsRequest>,
    ) -> Result<Response<ListTrackPositionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing(&request.parent, "vehicles")?;
        let day = self.kit.day("date", request.date)?;
        let query = [request.parent.as_str(), &day.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListTrackPositions", &query)?;
        let bounds = dates::bounds(day);
        let after = page.after.as_deref().map(micros).transpose()?;
        // Positions are kept to the microsecond.
        let after = after.unwrap_or(bounds.start - time::Duration::MICROSECOND);
        let mut tx = self.kit.db.read(&call).await?;
        if vehicle_get(&mut tx, id).await.map_err(Error::from)?.is_none() {
            return Err(Error::not_found(&request.parent).into());
        }
        let rows = track_list(&mut tx, id, (after, bounds.end), page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| (row.at.unix_timestamp_nanos() / 1_000).to_string());
        Ok(Response::new(ListTrackPositionsResponse {
            track_positions: rows.iter().map(wire::track).collect(),
            next_page_token,
        }))
    }

    async fn list_vehicle_visits(
        &self,
        request: Request<ListVehicleVisitsRequest>,
    ) -> Result<Response<ListVehicleVisitsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListVehicleVisits",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, VISIT_FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = visit_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.visit_id.to_string());
        Ok(Response::new(ListVehicleVisitsResponse {
            vehicle_visits: rows.into_iter().map(wire::visit).collect(),
            next_page_token,
        }))
    }
}

/// The instant in a page token, which is ours.
fn micros(text: &str) -> Result<OffsetDateTime> {
    let micros: i128 = text.parse().map_err(Error::internal)?;
    OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).map_err(Error::internal)
}
