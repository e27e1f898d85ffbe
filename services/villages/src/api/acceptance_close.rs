//! Closes an inspection: judges every criterion, and records what was found at the village as a whole.

use kit::{
    call::Call,
    dates,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceClaim, AcceptanceEntry, CloseInspectionRequest, InspectionDraw,
    InspectionRecord, InspectionResult, InspectionVerdict,
};
use tonic::Response;
use villages_core::{
    acceptance::{self as core, Action, Found},
    document::{Comparison, Source},
    plan::Plan,
    rating::Figure as Claimed,
};

use super::{
    acceptance::AcceptanceApi,
    acceptance_process::{About, By, Opened, Start},
    plan_load,
};
use crate::{
    record::{self, Door},
    store::{
        acceptance_inspection as inspection,
        measurement::{MeasurementRow, Subject},
    },
    wire::{self, acceptance_inspection as sheets, measurement::Figure},
};

/// Units that a refusal names.
const MOST_NAMED: usize = 10;

impl AcceptanceApi {
    pub(super) async fn close(&self, call: &Call, request: &CloseInspectionRequest) -> Result<Response<Acceptance>> {
        let text = wire::acceptance::remark("text", &request.text)?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        // Whether it can be closed does not depend on how it ends.
        opened
            .process
            .clone()
            .act(Action::Close { passed: true }, opened.today())
            .map_err(|refused| wire::acceptance::refused(&request.name, refused))?;
        let draw = sheets::latest_draw(&opened.acceptance).map(|(draw, _)| draw);
        let draw = draw.ok_or_else(|| Error::internal("a round without a sample"))?;
        let records = inspection::records_of(&mut opened.tx, opened.row.acceptance_id, draw.round).await?;
        let records: Vec<InspectionRecord> = records.iter().map(|it| sheets::record(it)).collect::<Result<_>>()?;
        complete(&request.name, &draw, &records)?;
        let plan = plan_load::version(&mut opened.tx, &opened.plan).await?.plan;
        let mut result = InspectionResult {
            round: draw.round,
            ..InspectionResult::default()
        };
        for claim in &opened.acceptance.claims {
            let verdict = verdict(&plan, &opened.row.division_code, claim, &draw, &records)?;
            result.failure_count += i32::from(!verdict.passed);
            result.verdicts.push(verdict);
        }
        result.passed = result.failure_count <= plan.acceptance.tolerated_failure_count;
        result.measurements = self.measure(&mut opened, &draw, &records).await?;
        opened.act(Action::Close { passed: result.passed })?;
        opened
            .conclude(AcceptanceEntry {
                action: AcceptanceAction::Close.into(),
                text,
                inspection: Some(result),
                ..AcceptanceEntry::default()
            })
            .await
    }

    /// Records what was found at the village as a whole as figures of source INSPECTION. A sample is no figure of the village:
    /// what it says stands in the verdict.
    async fn measure(
        &self,
        opened: &mut Opened,
        draw: &InspectionDraw,
        records: &[InspectionRecord],
    ) -> Result<Vec<String>> {
        let village = opened.row.division_code.clone();
        let of_whole = |record: &&InspectionRecord| {
            let unit = draw.units.iter().find(|unit| unit.number == record.unit_number);
            unit.is_some_and(|unit| unit.household.is_empty())
        };
        let mut figures = Vec::new();
        for record in records.iter().filter(of_whole) {
            let day = dates::required("inspection_date", record.inspection_date).map_err(Error::internal)?;
            figures.extend(record.findings.iter().map(|finding| Figure {
                subject: Subject {
                    division_code: village.clone(),
                    indicator: finding.indicator.clone(),
                    as_of_date: day,
                    source: "INSPECTION".to_owned(),
                },
                numerator: finding.numerator,
                denominator: finding.denominator,
                deductible: 0,
                evidence: record.evidence.clone(),
                supersedes: None,
                unit_deducted: false,
                checklist: None,
            }));
        }
        let of = |figure: &Figure| format!("findings of {}", figure.subject.indicator);
        let figures = figures.into_iter().map(|figure| (of(&figure), Ok(figure)));
        // An inspection of the same day was corrected by this one.
        let recorded = record::record(&self.kit.ids, &mut opened.tx, figures.collect(), Door::Inspection).await?;
        recorded
            .outcomes
            .into_iter()
            .try_for_each(|outcome| outcome.map(drop))?;
        record::emit(&mut opened.tx, &recorded.rows);
        let name = |row: &MeasurementRow| wire::measurement::name(row.measurement_id);
        Ok(recorded.rows.iter().map(name).collect())
    }
}

/// Refuses to close while a unit has no record.
fn complete(name: &str, draw: &InspectionDraw, records: &[InspectionRecord]) -> Result<()> {
    let is_open = |number: &i32| !records.iter().any(|record| record.unit_number == *number);
    let open: Vec<i32> = draw.units.iter().map(|unit| unit.number).filter(is_open).collect();
    if open.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = open.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let (count, named) = (open.len(), named.join(", "));
    let message = format!("{count} units have no record, the first: {named}");
    let zh = format!("尚有 {count} 个检查单元没有记录，最先的是：{named}");
    Err(Error::rule("UNITS_OPEN", name, message, zh))
}

fn verdict(
    plan: &Plan,
    village: &str,
    claim: &AcceptanceClaim,
    draw: &InspectionDraw,
    records: &[InspectionRecord],
) -> Result<InspectionVerdict> {
    let lost = || Error::internal(format!("the plan has no {} for {}", claim.indicator, claim.tier));
    let tier = plan
        .tier(&claim.tier)
        .and_then(|at| plan.tiers.get(at))
        .ok_or_else(lost)?;
    let indicator = plan.indicator(&claim.indicator).ok_or_else(lost)?;
    let criterion = tier
        .criteria
        .iter()
        .find(|it| it.indicator == indicator)
        .ok_or_else(lost)?;
    let findings = records.iter().flat_map(|record| &record.findings);
    let findings: Vec<_> = findings
        .filter(|finding| finding.indicator == claim.indicator)
        .collect();
    let count = |number: i32| u32::try_from(number).map_err(Error::internal);
    let unreachable = records.iter().filter(|record| record.unreachable).count();
    let found_met = findings.iter().filter(|finding| finding.numerator == 1).count();
    // Where less is better, a household that counts is what speaks against the claim.
    let met = wire::rating::small(match criterion.comparison {
        Comparison::AtLeast => found_met,
        Comparison::AtMost => found_met + unreachable,
    });
    let found = if claim.by_household {
        Found::Sample {
            population: count(draw.household_count)?,
            sample: count(draw.sample_count)?,
            met: count(met)?,
        }
    } else {
        let finding = findings.first().ok_or_else(lost)?;
        Found::Whole {
            numerator: finding.numerator,
            denominator: finding.denominator,
        }
    };
    let claimed = Claimed {
        id: None,
        date: dates::required("measured_date", claim.measured_date).map_err(Error::internal)?,
        source: Source::SelfReport,
        numerator: claim.numerator,
        whole: claim.denominator,
        earlier: None,
    };
    let judged = core::judge(plan, criterion, village, &claimed, found);
    let mut verdict = InspectionVerdict {
        tier: claim.tier.clone(),
        indicator: claim.indicator.clone(),
        passed: judged.passed,
        statement: judged.statement.en,
        statement_zh: judged.statement.zh,
        ..InspectionVerdict::default()
    };
    if let Some((claimed, bound)) = judged.claimed {
        verdict.claimed_count = i64::from(claimed);
        verdict.household_count = i64::from(draw.household_count);
        verdict.sample_count = i64::from(draw.sample_count);
        verdict.sample_met_count = i64::from(met);
        verdict.bound_count = i64::from(bound);
        verdict.unreachable_count = i64::from(wire::rating::small(unreachable));
        if unreachable > 0 {
            verdict.statement = format!(
                "{}; {unreachable} of the sample could not be inspected",
                verdict.statement
            );
            verdict.statement_zh = format!("{}；样本中 {unreachable} 户无法入户", verdict.statement_zh);
        }
    }
    if let Found::Whole { numerator, denominator } = found {
        verdict.numerator = numerator;
        verdict.denominator = denominator;
    }
    Ok(verdict)
}
