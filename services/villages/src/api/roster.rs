//! Rosters of grids.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    ListDutyShiftsRequest, ListDutyShiftsResponse, ReplaceRosterRequest, ReplaceRosterResponse,
};
use time::Date;
use tonic::Response;
use villages_core::grid::roster::{LONGEST_PERIOD, Span, clash, cut};

use super::{
    division::{optional_code, require_id},
    grid::GridApi,
};
use crate::{
    store::{
        grid,
        roster::{self, ShiftQuery, ShiftRow},
    },
    wire,
};

const FIELDS: &[Field] = &[Field::text("grid", "s.grid_code"), Field::text("cadre", "s.cadre_id")];
const MOST: usize = 1_000;

impl GridApi {
    pub(super) async fn replace(
        &self,
        call: &Call,
        request: &ReplaceRosterRequest,
    ) -> Result<Response<ReplaceRosterResponse>> {
        require_id(&request.request_id)?;
        let code = wire::grid::code("grid", &request.grid)?;
        let period = period(request)?;
        let given = shifts(request, &period)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let cadres: Vec<&str> = given.iter().map(|(cadre, _)| cadre.as_str()).collect();
        roster::roster_lock(&mut tx, &code, &cadres).await?;
        let first = dates::day_of(period.start);
        let of_period = grid::grid_get(&mut tx, &code, (first, None)).await?;
        let mut division = of_period.map(|row| row.division_code);
        let days: Vec<Date> = given.iter().map(|(_, span)| dates::day_of(span.start)).collect();
        let known = roster::on_register(&mut tx, &code, &cadres, &days).await?;
        let mut added = Vec::with_capacity(given.len());
        for (((cadre, span), day), (name, of_day)) in given.iter().zip(days).zip(known) {
            let of_day = of_day.ok_or_else(|| Error::not_found(format!("{} on {day}", request.grid)))?;
            let name = name.ok_or_else(|| Error::not_found(format!("{} on {day}", wire::cadre::name(cadre))))?;
            added.push(ShiftRow {
                shift_id: self.kit.ids.next(),
                division_code: of_day.clone(),
                grid_code: code.clone(),
                cadre_id: cadre.clone(),
                display_name: name,
                starts_at: span.start,
                ends_at: span.end,
            });
            division = division.or(Some(of_day));
        }
        let division = division.ok_or_else(|| Error::not_found(format!("{} on {first}", request.grid)))?;
        if let Some((at, start, end)) = roster::elsewhere(&mut tx, &code, &added).await? {
            let cadre = wire::cadre::name(&added[at].cadre_id);
            return Err(Error::rule(
                "DUTY_ELSEWHERE",
                format!("shifts[{at}]"),
                format!("shifts[{at}]: {cadre} is on duty in another grid from {start} to {end}"),
                format!("shifts[{at}]：{cadre} 在此期间已在其他网格值班"),
            ));
        }
        let before = roster::shifts_within(&mut tx, &[&code], period.start, period.end).await?;
        let mut rows = added.clone();
        for shift in &before {
            rows.extend(cut(&(shift.starts_at..shift.ends_at), &period).map(|left| ShiftRow {
                shift_id: self.kit.ids.next(),
                starts_at: left.start,
                ends_at: left.end,
                ..shift.clone()
            }));
        }
        let (principal, now) = (tx.principal().to_owned(), tx.now());
        let closed: Vec<_> = before.iter().map(|shift| shift.shift_id).collect();
        roster::shifts_close(&mut tx, &closed, now).await?;
        roster::shifts_insert(&mut tx, &rows, &principal, now).await?;
        added.sort_by_key(|shift| shift.starts_at);
        let response = ReplaceRosterResponse {
            shifts: added.iter().map(wire::roster::duty_shift).collect(),
            replaced_count: i32::try_from(before.len()).unwrap_or(i32::MAX),
        };
        let detail = format!("{} shifts for {}", added.len(), before.len());
        let change = Change::new("replace_roster", &division, &request.grid).detail(detail);
        tx.finish(change, response).await
    }

    pub(super) async fn shifts(&self, call: &Call, request: &ListDutyShiftsRequest) -> Result<ListDutyShiftsResponse> {
        let division = optional_code("division", &request.division)?;
        let from = dates::from_timestamp("from_time", request.from_time)?;
        let until = dates::from_timestamp("until_time", request.until_time)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &format!("{from:?} {until:?}"), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDutyShifts", &query)?;
        let list = ShiftQuery {
            division: &division,
            from,
            until,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = roster::shifts_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.shift_id.to_string());
        Ok(ListDutyShiftsResponse {
            duty_shifts: rows.iter().map(wire::roster::duty_shift).collect(),
            next_page_token,
        })
    }
}

fn period(request: &ReplaceRosterRequest) -> Result<Span> {
    let start = wire::roster::instant("start_time", request.start_time)?;
    let end = wire::roster::instant("end_time", request.end_time)?;
    if start < end && end - start <= LONGEST_PERIOD {
        Ok(start..end)
    } else {
        Err(Error::invalid("end_time", end, "after the start, at most 366 days"))
    }
}

/// The cadres and times of the shifts, no two of which share an instant.
fn shifts(request: &ReplaceRosterRequest, period: &Span) -> Result<Vec<(String, Span)>> {
    wire::names::at_most("shifts", &request.shifts, MOST)?;
    let shifts = request.shifts.iter().enumerate();
    let shifts = shifts.map(|(at, shift)| wire::roster::shift(&format!("shifts[{at}]"), shift, period));
    let shifts: Vec<(String, Span)> = shifts.collect::<Result<_>>()?;
    let spans: Vec<Span> = shifts.iter().map(|(_, span)| span.clone()).collect();
    match clash(&spans) {
        None => Ok(shifts),
        Some((before, after)) => Err(Error::invalid(
            format!("shifts[{after}].start_time"),
            spans[after].start,
            format!("not before the end of shifts[{before}], {}", spans[before].end),
        )),
    }
}
