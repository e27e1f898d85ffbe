//! `HotspotService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    AcknowledgeHotspotRequest, ArriveAtHotspotRequest, EndFixedSourceRequest, ExonerateHotspotRequest, FixedSource,
    FixedSourceEnded, GetHotspotRequest, Hotspot, ListFixedSourcesRequest, ListFixedSourcesResponse,
    ListGridStatisticsRequest, ListGridStatisticsResponse, ListHotspotsRequest, ListHotspotsResponse,
    ReportHotspotRequest, TriageHotspotRequest, hotspot_service_server::HotspotService,
};
use time::{Date, Duration, Month};
use tonic::{Request, Response, Status};

use super::division::{optional_code, require_id};
use crate::{
    store::{
        fixed_source::{self, FixedSourceQuery},
        hotspot::{self, HotspotQuery, HotspotRow},
        hotspot_entry::{self, StatisticQuery},
    },
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("state", "h.state"),
    Field::text("source", "h.source"),
    Field::text("grid", "h.grid_code"),
    Field::text("large_grid", "h.large_grid_code"),
    Field::text("cadre", "h.cadre_id"),
    Field::text("location_rule", "h.location_rule"),
];

/// Hotspots and what became of them.
pub struct HotspotApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl HotspotService for HotspotApi {
    async fn get_hotspot(&self, request: Request<GetHotspotRequest>) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_hotspots(
        &self,
        request: Request<ListHotspotsRequest>,
    ) -> Result<Response<ListHotspotsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn report_hotspot(&self, request: Request<ReportHotspotRequest>) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(self.report(&call, &request.into_inner()).await?)
    }

    async fn acknowledge_hotspot(
        &self,
        request: Request<AcknowledgeHotspotRequest>,
    ) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(self.acknowledge(&call, &request.into_inner()).await?)
    }

    async fn arrive_at_hotspot(&self, request: Request<ArriveAtHotspotRequest>) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(self.arrive(&call, &request.into_inner()).await?)
    }

    async fn triage_hotspot(&self, request: Request<TriageHotspotRequest>) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(self.triage(&call, &request.into_inner()).await?)
    }

    async fn exonerate_hotspot(&self, request: Request<ExonerateHotspotRequest>) -> Result<Response<Hotspot>, Status> {
        let call = Call::of(&request)?;
        Ok(self.exonerate(&call, &request.into_inner()).await?)
    }

    async fn list_grid_statistics(
        &self,
        request: Request<ListGridStatisticsRequest>,
    ) -> Result<Response<ListGridStatisticsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.statistics(&call, &request.into_inner()).await?))
    }

    async fn list_fixed_sources(
        &self,
        request: Request<ListFixedSourcesRequest>,
    ) -> Result<Response<ListFixedSourcesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.fixed_sources(&call, &request.into_inner()).await?))
    }

    async fn end_fixed_source(&self, request: Request<EndFixedSourceRequest>) -> Result<Response<FixedSource>, Status> {
        let call = Call::of(&request)?;
        Ok(self.end(&call, &request.into_inner()).await?)
    }
}

/// Hotspots with all that is known of them.
pub(super) async fn whole(tx: &mut Tx, rows: &[HotspotRow]) -> Result<Vec<Hotspot>> {
    let ids: Vec<_> = rows.iter().map(|row| row.hotspot_id).collect();
    let sightings = hotspot::sightings_of(tx, &ids).await?;
    let entries = hotspot_entry::entries_of(tx, &ids).await?;
    let first = hotspot::first_fires(tx, &ids).await?;
    let hotspot = |row: &HotspotRow| {
        let id = row.hotspot_id;
        let seen = sightings.iter().filter(|sighting| sighting.hotspot_id == id);
        let done = entries.iter().filter(|(of, _)| *of == id);
        let done = done.map(|(_, content)| wire::hotspot::entry(content));
        wire::hotspot::hotspot(
            row,
            seen.map(wire::hotspot::sighting).collect(),
            done.collect::<Result<_>>()?,
            first.contains(&id),
        )
    };
    rows.iter().map(hotspot).collect()
}

/// One hotspot with all that is known of it.
pub(super) async fn one(tx: &mut Tx, row: HotspotRow) -> Result<Hotspot> {
    let hotspot = whole(tx, &[row]).await?.pop();
    hotspot.ok_or_else(|| Error::internal("a hotspot without content"))
}

impl HotspotApi {
    async fn get(&self, call: &Call, request: &GetHotspotRequest) -> Result<Hotspot> {
        let id = wire::hotspot::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = hotspot::hotspot_get(&mut tx, id).await?;
        one(&mut tx, row.ok_or_else(|| Error::not_found(&request.name))?).await
    }

    async fn list(&self, call: &Call, request: &ListHotspotsRequest) -> Result<ListHotspotsResponse> {
        let division = optional_code("division", &request.division)?;
        let from = dates::from_timestamp("from_time", request.from_time)?;
        let until = dates::from_timestamp("until_time", request.until_time)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &format!("{from:?} {until:?}"), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListHotspots", &query)?;
        let list = HotspotQuery {
            division: &division,
            from,
            until,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = hotspot::hotspots_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.hotspot_id.to_string());
        let mut hotspots = whole(&mut tx, &rows).await?;
        for hotspot in &mut hotspots {
            hotspot.sightings.clear();
            hotspot.entries.clear();
        }
        Ok(ListHotspotsResponse {
            hotspots,
            next_page_token,
        })
    }

    async fn statistics(&self, call: &Call, request: &ListGridStatisticsRequest) -> Result<ListGridStatisticsResponse> {
        let division = optional_code("division", &request.division)?;
        let today = self.kit.clock.today();
        let first = Date::from_calendar_date(today.year(), Month::January, 1).map_err(Error::internal)?;
        let from = dates::from_proto("from_date", request.from_date)?.unwrap_or(first);
        let until = dates::from_proto("until_date", request.until_date)?.unwrap_or(today.saturating_add(Duration::DAY));
        if until <= from {
            return Err(Error::invalid("until_date", until, format!("a day after {from}")));
        }
        let query = [division.as_str(), &format!("{from} {until}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListGridStatistics", &query)?;
        let list = StatisticQuery {
            division: &division,
            from: dates::start_of(from),
            until: dates::start_of(until),
            after: page.after.as_deref().and_then(|key| key.split_once(' ')),
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = hotspot_entry::statistics(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.grid_code, row.cadre_id));
        Ok(ListGridStatisticsResponse {
            statistics: rows.iter().map(wire::hotspot::statistic).collect(),
            next_page_token,
        })
    }

    async fn fixed_sources(&self, call: &Call, request: &ListFixedSourcesRequest) -> Result<ListFixedSourcesResponse> {
        let division = optional_code("division", &request.division)?;
        let date = dates::from_proto("as_of", request.as_of)?;
        let query = [division.as_str(), &format!("{date:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListFixedSources", &query)?;
        let list = FixedSourceQuery {
            division: &division,
            date,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = fixed_source::fixed_sources_list(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.fixed_source_id.to_string());
        Ok(ListFixedSourcesResponse {
            fixed_sources: rows.iter().map(wire::hotspot::fixed_source).collect(),
            next_page_token,
        })
    }

    async fn end(&self, call: &Call, request: &EndFixedSourceRequest) -> Result<Response<FixedSource>> {
        require_id(&request.request_id)?;
        let id = wire::hotspot::fixed_source_id("name", &request.name)?;
        let date = self.kit.day("end_date", request.end_date)?;
        let reason = wire::names::lines("reason", &request.reason, 2_000)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = fixed_source::fixed_source_get(&mut tx, id).await?;
        let mut row = row.ok_or_else(|| Error::not_found(&request.name))?;
        if date < row.valid_from {
            return Err(Error::invalid("end_date", date, format!("{} or later", row.valid_from)));
        }
        if !fixed_source::fixed_source_end(&mut tx, id, date).await? {
            let message = format!("{} has ended by {date}", request.name);
            return Err(Error::rule(
                "FIXED_SOURCE_ENDED",
                &request.name,
                message,
                "该固定热源已终止",
            ));
        }
        row.valid_until = Some(date);
        let answer = wire::hotspot::fixed_source(&row);
        let event = FixedSourceEnded {
            fixed_source: Some(answer.clone()),
        };
        tx.emit("fixed_source.ended", &row.division_code, &request.name, &event);
        let change = Change::new("end", &row.division_code, &request.name).detail(reason);
        tx.finish(change, answer).await
    }
}
