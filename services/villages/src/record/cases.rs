//! Opens falsification cases.

use kit::{db::Tx, error::Result, id::Ids};
use proto::xiangtu::villages::v1::{FalsificationCase, FalsificationCaseChanged};
use uuid::Uuid;
use villages_core::guard;

use super::rules::{Rule, Rules};
use crate::{
    store::{
        case::{self, NewCase},
        measurement::{MeasurementRow, Subject},
        measurement_guard::{self, Beside},
    },
    wire::{self, case::Opening, measurement::value},
};

/// Opens a case and states it, unless the figure has one: then `None`.
pub(crate) async fn open(id: Uuid, tx: &mut Tx, opening: Opening<'_>) -> Result<Option<FalsificationCase>> {
    let (now, claim) = (tx.now(), opening.claim);
    let written = wire::case::opened(id, &opening, now);
    let row = NewCase {
        case_id: id,
        division_code: claim.division_code.clone(),
        indicator: claim.indicator.clone(),
        claim_date: claim.as_of_date,
        plan: opening.plan.clone(),
        content: prost::Message::encode_to_vec(&written),
        opened_at: now,
    };
    if !case::case_insert(tx, &row).await? {
        return Ok(None);
    }
    let case = wire::case::case(&row.content, Vec::new())?;
    emit(tx, "opened", &row.division_code, &case);
    Ok(Some(case))
}

/// States what became of a case.
pub(crate) fn emit(tx: &mut Tx, verb: &str, division: &str, case: &FalsificationCase) {
    let event = FalsificationCaseChanged {
        case: Some(case.clone()),
    };
    tx.emit(&format!("case.{verb}"), division, &case.name, &event);
}

/// Opens a case for each self-report that is belied by an inspection of its day or later, whichever of the two was recorded just
/// now.
pub(super) async fn open_belied(ids: &Ids, tx: &mut Tx, rows: &[MeasurementRow], rules: &Rules) -> Result<()> {
    for (source, beside) in [("INSPECTION", Beside::Claim), ("SELF_REPORT", Beside::Finding)] {
        let tolerant = |row: &&MeasurementRow| {
            let guard = rules
                .indicator(&row.subject())
                .and_then(|indicator| indicator.guard.as_ref());
            row.source == source && !row.unit_deducted && guard.is_some_and(|it| !it.inspection_tolerance.is_empty())
        };
        let fresh: Vec<&MeasurementRow> = rows.iter().filter(tolerant).collect();
        if fresh.is_empty() {
            continue;
        }
        let subjects: Vec<Subject> = fresh.iter().map(|row| row.subject()).collect();
        for other in measurement_guard::figures_beside(tx, &subjects, beside).await? {
            let Some(row) = usize::try_from(other.place).ok().and_then(|place| fresh.get(place)) else {
                continue;
            };
            let (claim, finding) = match beside {
                Beside::Claim => (&other.figure, *row),
                Beside::Finding => (*row, &other.figure),
            };
            if let Some(rule) = rules.rule(&row.subject()) {
                open_if_belied(ids, tx, rule, claim, finding).await?;
            }
        }
    }
    Ok(())
}

async fn open_if_belied(
    ids: &Ids,
    tx: &mut Tx,
    rule: &Rule,
    claim: &MeasurementRow,
    finding: &MeasurementRow,
) -> Result<()> {
    let indicators = &rule.document.indicators;
    let Some(indicator) = indicators.iter().find(|indicator| indicator.code == claim.indicator) else {
        return Ok(());
    };
    if !guard::overclaimed(indicator, &value(claim), &value(finding)) {
        return Ok(());
    }
    let tolerance = indicator
        .guard
        .as_ref()
        .map_or("", |guard| guard.inspection_tolerance.as_str());
    let reason = format!(
        "自报 {}（{}），核查 {}（{}），超出允许误差 {tolerance}",
        wire::measurement::text(claim),
        claim.as_of_date,
        wire::measurement::text(finding),
        finding.as_of_date,
    );
    let opening = Opening {
        claim,
        finding: Some(finding),
        plan: &rule.key,
        explanation_days: rule.document.policy.explanation_days,
        reason,
        evidence: Vec::new(),
        opener: String::new(),
    };
    open(ids.next(), tx, opening).await?;
    Ok(())
}
