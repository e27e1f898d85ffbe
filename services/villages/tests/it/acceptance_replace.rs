//! What inspections do when an inspector cannot come, or nobody opens the door.

use std::collections::BTreeSet;

use proto::xiangtu::villages::v1::{InspectionSheet, InspectionUnit, RecordInspectionRequest, ReplaceInspectorRequest};
use tonic::Code;

use crate::{
    acceptance_county::{applied, claiming, close, draw, finding, found, inspect, section, sheet},
    calls::{get_acceptance, replace_inspector},
    county::{LANKAO, fields, reason, request_id},
    township::{PILOT, TOWN},
};

fn inspector(unit: &InspectionUnit) -> &str {
    unit.inspector.as_ref().map_or("", |it| it.cadre.as_str())
}

fn units_of<'a>(sheet: &'a InspectionSheet, cadre: &str) -> Vec<&'a InspectionUnit> {
    sheet.units.iter().filter(|unit| inspector(unit) == cadre).collect()
}

#[tokio::test]
async fn what_an_inspector_leaves_goes_to_somebody_who_is_not_concerned() {
    let harness = claiming(section()).await;
    let name = applied(&harness, PILOT).await.name;
    let replace = |inspector: &str, candidates: &[&str]| ReplaceInspectorRequest {
        name: name.clone(),
        inspector: inspector.to_owned(),
        candidates: candidates.iter().map(|it| (*it).to_owned()).collect(),
        reason: "因病住院".to_owned(),
        request_id: request_id(&harness),
        ..ReplaceInspectorRequest::default()
    };
    let early = replace_inspector(&harness, LANKAO, replace("cadres/inspector-a", &[])).await;
    assert_eq!(reason(&early.expect_err("nothing was drawn")), "ACCEPTANCE_STATE");
    draw(&harness, LANKAO, &name).await.expect("drawn");
    let before = sheet(&harness, LANKAO, &name, "").await.expect("a sheet");
    let ill = inspector(&before.units[0]).to_owned();
    let people: BTreeSet<&str> = before.units.iter().map(inspector).collect();
    let theirs: Vec<i32> = units_of(&before, &ill).iter().map(|unit| unit.number).collect();
    let done = finding(&harness, &name, &before.units[0], true, 640);
    found(&harness, done.clone()).await.expect("recorded");

    let below = replace_inspector(&harness, TOWN, replace(&ill, &[])).await;
    assert_eq!(reason(&below.expect_err("the county replaces")), "PLAN_DIVISION");
    let concerned = replace_inspector(&harness, LANKAO, replace(&ill, &["cadres/stationed"])).await;
    assert_eq!(reason(&concerned.expect_err("concerned")), "NO_INSPECTOR");
    let other = people.iter().find(|it| **it != ill).expect("two inspect");
    let busy = replace_inspector(&harness, LANKAO, replace(&ill, &[other])).await;
    assert_eq!(reason(&busy.expect_err("inspects already")), "NO_INSPECTOR");
    let request = replace(&ill, &[]);
    let first = replace_inspector(&harness, LANKAO, request.clone())
        .await
        .expect("replaced");
    let again = replace_inspector(&harness, LANKAO, request).await.expect("replayed");
    assert_eq!(first, again);
    assert_eq!(
        first.entries.last().and_then(|it| it.replacement.clone()),
        None,
        "blind"
    );

    let after = sheet(&harness, LANKAO, &name, "").await.expect("a sheet");
    let moved: Vec<&InspectionUnit> = after.units.iter().filter(|it| theirs.contains(&it.number)).collect();
    assert_eq!(inspector(moved[0]), ill, "what was recorded stays");
    let successors: BTreeSet<&str> = moved[1..].iter().map(|unit| inspector(unit)).collect();
    let successor = *successors.first().expect("a successor");
    assert_eq!(successors.len(), 1);
    assert!(!people.contains(successor), "{successor}");
    let of_other = |sheet: &InspectionSheet| units_of(sheet, other).iter().map(|it| it.number).collect::<Vec<_>>();
    assert_eq!(of_other(&before), of_other(&after));
    let stale = RecordInspectionRequest {
        inspector: ill.clone(),
        ..finding(&harness, &name, moved[1], true, 640)
    };
    assert_eq!(
        reason(&found(&harness, stale).await.expect_err("no longer")),
        "NOT_ASSIGNED"
    );
    let correction = RecordInspectionRequest {
        correction: true,
        text: "看错门牌".to_owned(),
        request_id: request_id(&harness),
        ..done
    };
    found(&harness, correction).await.expect("theirs to correct");
    let nothing = replace_inspector(&harness, LANKAO, replace(&ill, &[])).await;
    assert_eq!(reason(&nothing.expect_err("nothing is left")), "NOT_ASSIGNED");

    inspect(&harness, &name, 12, 640).await;
    let closed = close(&harness, &name).await.expect("closed");
    let shown = closed
        .entries
        .iter()
        .find_map(|it| it.replacement.clone())
        .expect("shown");
    let of = |person: Option<proto::xiangtu::villages::v1::TaskPerson>| person.map(|it| it.cadre).unwrap_or_default();
    assert_eq!((of(shown.inspector), of(shown.successor).as_str()), (ill, successor));
    assert_eq!(shown.unit_numbers, theirs[1..]);
    harness.stop().await;
}

#[tokio::test]
async fn a_household_that_cannot_be_inspected_speaks_against_the_claim() {
    let harness = claiming(section()).await;
    let name = applied(&harness, PILOT).await.name;
    draw(&harness, LANKAO, &name).await.expect("drawn");
    let drawn = sheet(&harness, LANKAO, &name, "").await.expect("a sheet");
    let of = |unit: &InspectionUnit, text: &str| RecordInspectionRequest {
        unreachable: true,
        findings: Vec::new(),
        text: text.to_owned(),
        ..finding(&harness, &name, unit, true, 640)
    };
    let (household, whole) = (&drawn.units[0], drawn.units.last().expect("a unit"));
    let with_findings = RecordInspectionRequest {
        unreachable: true,
        text: "无人".to_owned(),
        ..finding(&harness, &name, household, true, 640)
    };
    for (request, field) in [
        (of(household, ""), "text"),
        (with_findings, "findings"),
        (of(whole, "无人"), "unreachable"),
    ] {
        let error = found(&harness, request).await.expect_err(field);
        assert_eq!(
            (error.code(), fields(&error)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let record = found(&harness, of(household, "举家外出")).await.expect("recorded");
    assert!(record.unreachable && record.findings.is_empty());
    inspect(&harness, &name, 12, 640).await;
    let closed = close(&harness, &name).await.expect("closed");
    let result = closed
        .entries
        .last()
        .and_then(|it| it.inspection.clone())
        .expect("a result");
    let toilets = &result.verdicts[0];
    assert_eq!(
        (
            toilets.sample_count,
            toilets.sample_met_count,
            toilets.unreachable_count
        ),
        (12, 11, 1)
    );
    assert!(
        toilets.statement.ends_with("; 1 of the sample could not be inspected"),
        "{}",
        toilets.statement
    );
    assert_eq!(result.verdicts[1].unreachable_count, 0);
    let read = proto::xiangtu::villages::v1::GetAcceptanceRequest {
        name,
        ..Default::default()
    };
    let read = get_acceptance(&harness, LANKAO, read).await.expect("there");
    assert_eq!(read.entries, closed.entries);
    harness.stop().await;
}
