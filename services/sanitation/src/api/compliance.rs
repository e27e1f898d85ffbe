//! `ComplianceService`.

use std::collections::BTreeMap;

use kit::{audit::Change, call::Call, db::Begun, division::Division, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    AssessComplianceRequest, AssessComplianceResponse, ComplianceReport, GetComplianceReportRequest,
    ListComplianceReportsRequest, ListComplianceReportsResponse, ListStationReportsRequest, ListStationReportsResponse,
    SummarizeComplianceRequest, SummarizeComplianceResponse, compliance_service_server::ComplianceService,
};
use sanitation_core::compliance::{Report, Station, assess_station};
use time::{Date, Duration};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    assess::{Collections, Facts, township},
    book::Book,
    store::{
        areas::{Area, area_get, area_list, areas_of},
        demand::received_by_day,
        facilities::{Facility, facility_list},
        facts::{self, facts_keep},
    },
    wire::{compliance, names},
};

/// Days before the one asked for on which what comes into stations is looked at.
const STATION_DAYS: i64 = 30;
const KIND: &[Field] = &[Field::text("kind", "kind")];

#[tonic::async_trait]
impl ComplianceService for Api {
    async fn get_compliance_report(
        &self,
        request: Request<GetComplianceReportRequest>,
    ) -> Result<Response<ComplianceReport>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let code = names::existing(&request.name, "complianceReports")?;
        let as_of = self.kit.day("as_of", request.as_of)?;
        let collections = Collections::read(&self.kit, code, as_of).await?;
        let mut tx = self.kit.db.read(&call).await?;
        let area = area_get(&mut tx, code).await.map_err(Error::from)?;
        let areas = [area.ok_or_else(|| Error::not_found(&request.name))?];
        let book = Book::read(&mut tx, code, as_of).await?;
        let facts = Facts::read(&mut tx, &areas, collections).await?;
        let report = reports(&areas, &facts, &book, as_of).pop();
        Ok(Response::new(report.ok_or_else(|| Error::not_found(&request.name))?))
    }

    async fn list_compliance_reports(
        &self,
        request: Request<ListComplianceReportsRequest>,
    ) -> Result<Response<ListComplianceReportsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let as_of = self.kit.day("as_of", request.as_of)?;
        let common = list::Request {
            method: &format!("ListComplianceReports {as_of}"),
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
        };
        let query = list::Query::of(&self.kit, &common, &[])?;
        let collections = Collections::read(&self.kit, within(&call, query.division()), as_of).await?;
        let mut tx = self.kit.db.read(&call).await?;
        let areas = area_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (areas, next_page_token) = query.page.close(areas, |area| area.division_code.clone());
        let book = Book::read(&mut tx, query.division(), as_of).await?;
        let facts = Facts::read(&mut tx, &areas, collections).await?;
        Ok(Response::new(ListComplianceReportsResponse {
            compliance_reports: reports(&areas, &facts, &book, as_of),
            next_page_token,
        }))
    }

    async fn summarize_compliance(
        &self,
        request: Request<SummarizeComplianceRequest>,
    ) -> Result<Response<SummarizeComplianceResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let as_of = self.kit.day("as_of", request.as_of)?;
        let collections = Collections::read(&self.kit, division.code(), as_of).await?;
        let mut tx = self.kit.db.read(&call).await?;
        let areas = areas_of(&mut tx, division.code()).await.map_err(Error::from)?;
        if areas.is_empty() {
            return Err(Error::not_found(division.name()).into());
        }
        let book = Book::read(&mut tx, division.code(), as_of).await?;
        let facts = Facts::read(&mut tx, &areas, collections).await?;
        let (mut townships, mut total) = (BTreeMap::new(), compliance::nothing(division.code()));
        for (area, (report, _)) in areas.iter().zip(facts.reports(&areas, |code| book.norms(code))) {
            let code = township(&area.division_code);
            let sum = townships.entry(code).or_insert_with(|| compliance::nothing(code));
            compliance::add(sum, area, &report);
            compliance::add(&mut total, area, &report);
        }
        Ok(Response::new(SummarizeComplianceResponse {
            townships: townships.into_values().collect(),
            total: Some(total),
        }))
    }

    async fn list_station_reports(
        &self,
        request: Request<ListStationReportsRequest>,
    ) -> Result<Response<ListStationReportsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let as_of = self.kit.day("as_of", request.as_of)?;
        let common = list::Request {
            method: &format!("ListStationReports {as_of}"),
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
        };
        let mut query = list::Query::of(&self.kit, &common, &[])?;
        query.only("kind = transfer_station", KIND)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = facility_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.facility_id.clone());
        let book = Book::read(&mut tx, query.division(), as_of).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.facility_id.clone()).collect();
        let first = as_of - Duration::days(STATION_DAYS);
        let received = received_by_day(&mut tx, &ids, first, as_of)
            .await
            .map_err(Error::from)?;
        let report = |row: Facility| {
            let days = received.iter().filter(|(id, _)| *id == row.facility_id);
            let station = Station {
                capacity_kg: row.capacity_kg_per_day,
                days_kg: days.map(|(_, kg)| *kg).collect(),
            };
            let report = assess_station(&station, &book.norms(&row.division_code).stations);
            compliance::station(row, report)
        };
        Ok(Response::new(ListStationReportsResponse {
            station_reports: rows.into_iter().map(report).collect(),
            next_page_token,
        }))
    }

    async fn assess_compliance(
        &self,
        request: Request<AssessComplianceRequest>,
    ) -> Result<Response<AssessComplianceResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let as_of = self.kit.day("as_of", request.as_of)?;
        let collections = Collections::read(&self.kit, division.code(), as_of).await?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let areas = areas_of(&mut tx, division.code()).await.map_err(Error::from)?;
        let book = Book::read(&mut tx, division.code(), as_of).await?;
        let standing = Facts::read(&mut tx, &areas, collections).await?;
        let reports = standing.reports(&areas, |code| book.norms(code));
        let facts: Vec<_> = areas
            .iter()
            .zip(&reports)
            .map(|(area, (report, _))| fact(area, report))
            .collect();
        let now = tx.now();
        let changed = facts_keep(&mut tx, &facts, now).await.map_err(Error::from)?;
        for fact in facts.iter().filter(|fact| changed.contains(&fact.division_code)) {
            let subject = format!("complianceReports/{}", fact.division_code);
            let event = compliance::assessed(fact, as_of);
            tx.emit("bin_compliance.assessed", &fact.division_code, &subject, &event);
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let response = AssessComplianceResponse {
            village_count: count(facts.len()),
            compliant_count: count(facts.iter().filter(|fact| fact.compliant).count()),
            emitted_count: count(changed.len()),
            missing_bin_count: facts.iter().map(|fact| (fact.required_bins - fact.bins).max(0)).sum(),
        };
        let change = Change::new("assess", division.code(), "complianceReports").detail(format!(
            "{} of {} villages changed",
            changed.len(),
            facts.len()
        ));
        Ok(tx.finish(change, response).await?)
    }
}

/// The division asked for, or all that the caller may see.
fn within<'a>(call: &'a Call, division: &'a str) -> &'a str {
    if division.is_empty() {
        &call.caller.scope
    } else {
        division
    }
}

fn reports(areas: &[Area], facts: &Facts, book: &Book, as_of: Date) -> Vec<ComplianceReport> {
    let found = facts.reports(areas, |code| book.norms(code));
    let show = |(area, (report, points)): (&Area, (Report, i64))| {
        compliance::report(area, report, points, book.version_id(&area.division_code), as_of)
    };
    areas.iter().zip(found).map(show).collect()
}

fn fact(area: &Area, report: &Report) -> facts::Facts {
    facts::Facts {
        division_code: area.division_code.clone(),
        households: area.household_count,
        bins: report.bins,
        sealed_bins: report.sealed_bins,
        required_bins: report.required_bins,
        full_marks_bins: report.full_marks_bins,
        marks_permille: report.marks_permille,
        compliant: report.compliant,
    }
}
