//! The blind sheet of an inspection, and what inspectors found.

use kit::{
    audit::Change,
    call::Call,
    dates,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    AcceptanceState, GetInspectionSheetRequest, InspectionRecord, InspectionSheet, RecordInspectionRequest,
};
use tonic::Response;

use super::{
    acceptance::{AcceptanceApi, present, with_entries},
    acceptance_process::{About, By, Opened, Start, in_charge},
    plan_load,
};
use crate::{
    store::{
        acceptance,
        acceptance_inspection::{self as inspection, RecordRow},
    },
    wire::{self, acceptance_inspection as sheets},
};

impl AcceptanceApi {
    pub(super) async fn sheet(
        &self,
        call: &Call,
        request: &GetInspectionSheetRequest,
    ) -> Result<Response<InspectionSheet>> {
        let id = wire::acceptance::id("name", &request.name)?;
        if !request.inspector.is_empty() {
            wire::cadre::id("inspector", &request.inspector)?;
        }
        let mut tx = self.kit.db.read(call).await?;
        let at = present(&mut tx).await?;
        let row = acceptance::acceptance_get(&mut tx, id, at, None).await?;
        let rows = [row.ok_or_else(|| Error::not_found(&request.name))?];
        let found = with_entries(&mut tx, &rows, at, None).await?.pop();
        let found = found.ok_or_else(|| Error::internal("an acceptance without content"))?;
        let key = rows[0].plan.key();
        in_charge(call, &key)?;
        let plan = plan_load::version(&mut tx, &key).await?.plan;
        let mut sheet = InspectionSheet {
            acceptance: found.name.clone(),
            division: found.division.clone(),
            display_name: found.display_name.clone(),
            items: sheets::items(&plan, &found),
            ..InspectionSheet::default()
        };
        if let Some((draw, _)) = sheets::latest_draw(&found) {
            sheet.round = draw.round;
            let asked = |cadre: Option<&str>| request.inspector.is_empty() || cadre == Some(request.inspector.as_str());
            let units = draw.units.iter();
            sheet.units = units
                .filter(|unit| asked(unit.inspector.as_ref().map(|it| it.cadre.as_str())))
                .cloned()
                .collect();
            for content in inspection::records_of(&mut tx, id, draw.round).await? {
                let record = sheets::record(&content)?;
                if sheet.units.iter().any(|unit| unit.number == record.unit_number) {
                    sheet.records.push(record);
                }
            }
        }
        Ok(Response::new(sheet))
    }

    pub(super) async fn record(
        &self,
        call: &Call,
        request: &RecordInspectionRequest,
    ) -> Result<Response<InspectionRecord>> {
        wire::cadre::id("inspector", &request.inspector)?;
        wire::names::evidence("evidence", &request.evidence)?;
        let text = wire::acceptance::remark("text", &request.text)?;
        if (request.correction || request.unreachable) && text.is_empty() {
            return Err(Error::required("text"));
        }
        let asked = dates::from_proto("inspection_date", request.inspection_date)?;
        let about = About {
            name: &request.name,
            etag: "",
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        if opened.acceptance.state() != AcceptanceState::Sampled {
            let refused = villages_core::acceptance::Refused::State(opened.process.state());
            return Err(wire::acceptance::refused(&request.name, refused));
        }
        let drawn = sheets::latest_draw(&opened.acceptance);
        let (draw, drawn_on) = drawn.ok_or_else(|| Error::internal("a round without a sample"))?;
        let (round, today) = (draw.round, opened.today());
        let unit = draw.units.iter().find(|unit| unit.number == request.unit_number);
        let unit = unit.cloned().ok_or_else(|| {
            let rule = format!("1 to {}, a unit of round {round}", draw.units.len());
            Error::invalid("unit_number", request.unit_number, rule)
        })?;
        let day = asked.unwrap_or(today);
        let first = drawn_on.unwrap_or(today);
        if !(first..=today).contains(&day) {
            return Err(Error::invalid("inspection_date", day, format!("{first} to {today}")));
        }
        if unit.inspector.as_ref().is_none_or(|it| it.cadre != request.inspector) {
            let message = format!("unit {} is not for {} to inspect", unit.number, request.inspector);
            let zh = format!("第 {} 号检查单元未分派给 {}", unit.number, request.inspector);
            return Err(Error::rule("NOT_ASSIGNED", &request.inspector, message, zh));
        }
        let plan = plan_load::version(&mut opened.tx, &opened.plan).await?.plan;
        sheets::findings(&plan, &unit, &request.findings, request.unreachable)?;
        let id = opened.row.acceptance_id;
        let revision = inspection::revision_of(&mut opened.tx, id, round, unit.number).await?;
        match (request.correction, revision) {
            (false, 1..) => {
                let subject = format!("{}, unit {} of round {round}", request.name, unit.number);
                return Err(Error::exists(subject));
            }
            (true, 0) => {
                let message = format!("nothing was recorded of unit {} yet", unit.number);
                let zh = format!("第 {} 号检查单元尚无记录可更正", unit.number);
                return Err(Error::rule("NOT_RECORDED", &request.name, message, zh));
            }
            _ => {}
        }
        let now = opened.tx.now();
        let record = InspectionRecord {
            unit_number: unit.number,
            revision: revision + 1,
            findings: request.findings.clone(),
            inspection_date: Some(dates::to_proto(day)),
            inspector: unit.inspector,
            text,
            evidence: request.evidence.clone(),
            recorder: opened.tx.principal().to_owned(),
            record_time: Some(dates::timestamp(now)),
            unreachable: request.unreachable,
        };
        let row = RecordRow {
            acceptance_id: id,
            round,
            unit_number: record.unit_number,
            revision: record.revision,
            division_code: &opened.row.division_code,
            content: record.encode_to_vec(),
            recorded_at: now,
        };
        inspection::record_insert(&mut opened.tx, &row).await?;
        let detail = format!(
            "round {round}, unit {}, revision {}",
            record.unit_number, record.revision
        );
        let change = Change::new("inspect", &opened.row.division_code, &request.name).detail(detail);
        opened.tx.finish(change, record).await
    }
}
