//! Takes sightings: raises a hotspot, or adds to one that is there.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::{Division as Code, Level},
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{Duty, Hotspot, HotspotRaised, HotspotSource, ReportHotspotRequest};
use time::{Duration, OffsetDateTime};
use tonic::Response;
use villages_core::{document::Hotspots, grid::Point};

use super::{
    division::require_id,
    duty,
    hotspot::{HotspotApi, one},
    hotspot_count,
};
use crate::{
    store::{
        fixed_source::{self, FixedSourceRow},
        hotspot::{self, HotspotRow, Nearby, SightingRow},
        place,
    },
    wire,
};

const OLDEST: Duration = Duration::days(7);
const AHEAD: Duration = Duration::minutes(5);
/// Largest radius of a fixed source.
const WIDEST_M: i64 = 5_000;

/// What was seen.
struct Seen<'a> {
    place: Point,
    at: OffsetDateTime,
    source: &'static str,
    external_id: &'a str,
    note: &'a str,
}

impl HotspotApi {
    pub(super) async fn report(&self, call: &Call, request: &ReportHotspotRequest) -> Result<Response<Hotspot>> {
        require_id(&request.request_id)?;
        let division = Code::parse("division", &request.division)?;
        if division.level() < Level::County {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county or a division below",
            ));
        }
        let seen = self.seen(request)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let county = division.code().get(..6).unwrap_or_default().to_owned();
        hotspot::county_lock(&mut tx, &county).await?;
        let known = hotspot::external_get(&mut tx, &county, seen.source, seen.external_id).await?;
        if let Some(id) = known {
            let row = hotspot::hotspot_get(&mut tx, id).await?;
            let row = row.ok_or_else(|| Error::not_found(wire::hotspot::name(id)))?;
            let change = Change::new("report", &row.division_code, &wire::hotspot::name(id)).detail("known");
            let hotspot = one(&mut tx, row).await?;
            return tx.finish(change, hotspot).await;
        }
        let duty = duty::find(&mut tx, division.code(), seen.place, seen.at).await?;
        let row = match near(&mut tx, &county, &duty, &seen).await? {
            Some(row) => {
                let found = Duty::decode(row.duty.as_slice()).map_err(Error::internal)?;
                self.sighting(&mut tx, &row, &seen).await?;
                state(&mut tx, "hotspot.sighted", &row, &found, None).await?;
                row
            }
            None => self.raise(&mut tx, county, duty, &seen).await?,
        };
        let change = Change::new("report", &row.division_code, &wire::hotspot::name(row.hotspot_id));
        let hotspot = one(&mut tx, row).await?;
        let detail = format!("{} seen {} times", hotspot.name, hotspot.sighting_count);
        tx.finish(change.detail(detail), hotspot).await
    }

    fn seen<'a>(&self, request: &'a ReportHotspotRequest) -> Result<Seen<'a>> {
        let shifted = wire::shape::is_shifted("coordinate_system", request.coordinate_system)?;
        let now = self.kit.clock.now();
        let at = dates::from_timestamp("observe_time", request.observe_time)?.unwrap_or(now);
        if !(now - OLDEST..=now + AHEAD).contains(&at) {
            let rule = "an instant of the last 7 days, at most 5 minutes ahead";
            return Err(Error::invalid("observe_time", at, rule));
        }
        let numbered = matches!(request.source(), HotspotSource::Satellite | HotspotSource::Camera);
        let external_id = match (request.external_id.is_empty(), numbered) {
            (true, true) => return Err(Error::required("external_id")),
            (true, false) => "",
            _ => wire::names::text("external_id", &request.external_id, 100)?,
        };
        let note = match request.note.as_str() {
            "" => "",
            note => wire::names::lines("note", note, 500)?,
        };
        Ok(Seen {
            place: wire::shape::position("position", request.position.as_ref(), shifted)?,
            at,
            source: wire::hotspot::source("source", request.source)?,
            external_id,
            note,
        })
    }

    async fn raise(&self, tx: &mut Tx, county: String, duty: Duty, seen: &Seen<'_>) -> Result<HotspotRow> {
        let fixed = fixed(tx, &county, seen).await?;
        let (longitude, latitude) = wire::shape::columns(seen.place)?;
        let code = |name: &str| name.trim_start_matches("grids/").to_owned();
        let person = duty.person.clone().unwrap_or_default();
        let row = HotspotRow {
            hotspot_id: self.kit.ids.next(),
            division_code: duty.division.trim_start_matches("divisions/").to_owned(),
            county_code: county,
            grid_code: code(&duty.grid),
            large_grid_code: code(&duty.large_grid),
            cadre_id: person.cadre.trim_start_matches("cadres/").to_owned(),
            cadre_name: person.display_name,
            location_rule: wire::grid::location_name(&duty).to_owned(),
            duty: duty.encode_to_vec(),
            longitude,
            latitude,
            observed_at: seen.at,
            source: seen.source.to_owned(),
            external_id: seen.external_id.to_owned(),
            fixed_source_id: fixed.as_ref().map(|source| source.fixed_source_id),
            raised_at: tx.now(),
        };
        hotspot::hotspot_insert(tx, &row).await?;
        self.sighting(tx, &row, seen).await?;
        let event = if fixed.is_some() {
            "hotspot.suspected"
        } else {
            "hotspot.raised"
        };
        state(tx, event, &row, &duty, fixed).await?;
        Ok(row)
    }

    async fn sighting(&self, tx: &mut Tx, row: &HotspotRow, seen: &Seen<'_>) -> Result<()> {
        let (longitude, latitude) = wire::shape::columns(seen.place)?;
        let sighting = SightingRow {
            sighting_id: self.kit.ids.next(),
            hotspot_id: row.hotspot_id,
            division_code: row.division_code.clone(),
            county_code: row.county_code.clone(),
            source: seen.source.to_owned(),
            external_id: seen.external_id.to_owned(),
            longitude,
            latitude,
            observed_at: seen.at,
            note: seen.note.to_owned(),
            reporter: tx.principal().to_owned(),
            recorded_at: tx.now(),
        };
        if hotspot::sighting_insert(tx, &sighting).await? {
            Ok(())
        } else {
            // Known in the county, but not to this caller.
            Err(Error::not_found(format!("{} {}", seen.source, seen.external_id)))
        }
    }
}

/// The nearest hotspot that is open or burning and near enough by the plan, in place and time; of equals the first raised.
async fn near(tx: &mut Tx, county: &str, duty: &Duty, seen: &Seen<'_>) -> Result<Option<HotspotRow>> {
    let division = duty.division.trim_start_matches("divisions/");
    let plan = hotspot_count::plan(tx, division, dates::day_of(seen.at)).await?;
    let Hotspots {
        join_distance_m,
        join_time_s,
    } = plan.map(|plan| plan.hotspots).unwrap_or_default();
    let (metres, time) = (i64::from(join_distance_m), Duration::seconds(join_time_s.into()));
    let nearby = Nearby {
        county,
        bounds: wire::shape::box_row(seen.place.around(metres)),
        from: seen.at - time,
        until: seen.at + time,
    };
    let rows = hotspot::hotspots_near(tx, &nearby).await?;
    let away = rows
        .into_iter()
        .map(|row| (wire::hotspot::place(&row).distance_m(seen.place), row));
    let near = away.filter(|(away, _)| *away <= metres);
    Ok(near.min_by_key(|(away, _)| *away).map(|(_, row)| row))
}

/// The fixed source that a place lies in, the nearest of several.
async fn fixed(tx: &mut Tx, county: &str, seen: &Seen<'_>) -> Result<Option<FixedSourceRow>> {
    let bounds = wire::shape::box_row(seen.place.around(WIDEST_M));
    let rows = fixed_source::fixed_sources_near(tx, county, bounds, dates::day_of(seen.at)).await?;
    let away = rows.into_iter().map(|row| {
        let middle = wire::shape::place(row.longitude, row.latitude);
        (middle.distance_m(seen.place), row)
    });
    let within = away.filter(|(away, row)| *away <= i64::from(row.radius_m));
    Ok(within.min_by_key(|(away, _)| *away).map(|(_, row)| row))
}

/// States that a hotspot was raised or seen again, with the person who has to know.
async fn state(tx: &mut Tx, event: &str, row: &HotspotRow, duty: &Duty, fixed: Option<FixedSourceRow>) -> Result<()> {
    let day = dates::day_of(row.observed_at);
    let named = place::names_on(tx, &[&row.division_code], day).await?.pop();
    let person = duty.person.clone().unwrap_or_default();
    let name = wire::hotspot::name(row.hotspot_id);
    let raised = HotspotRaised {
        hotspot: name.clone(),
        division: duty.division.clone(),
        division_display_name: named.map(|(_, name)| name).unwrap_or_default(),
        grid_display_name: duty.grid_display_name.clone(),
        cadre: person.cadre,
        cadre_display_name: person.display_name,
        duty_rule: duty.duty_rule,
        observe_time: Some(dates::timestamp(row.observed_at)),
        source: HotspotSource::from_str_name(&format!("HOTSPOT_SOURCE_{}", row.source))
            .unwrap_or_default()
            .into(),
        place: wire::shape::text(wire::hotspot::place(row)),
        fixed_source_display_name: fixed.map(|source| source.display_name).unwrap_or_default(),
    };
    tx.emit(event, &row.division_code, &name, &raised);
    Ok(())
}
