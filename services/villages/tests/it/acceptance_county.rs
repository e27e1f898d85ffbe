//! Villages that hold a tier, their households, and people to inspect them: helpers of the files about acceptances.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, ApplyForAcceptanceRequest, CloseInspectionRequest, DecideAcceptanceRequest,
    DrawAcceptanceSampleRequest, GetInspectionSheetRequest, InspectionFinding, InspectionRecord, InspectionSheet,
    InspectionUnit, PlanAcceptance, PlanSection, PubliciseAcceptanceRequest, RecordInspectionRequest,
};
use time::Duration;
use tonic::Status;

use crate::{
    calls::{
        apply_for_acceptance, close_inspection, decide_acceptance, draw_acceptance_sample, get_inspection_sheet,
        publicise_acceptance, record_inspection,
    },
    county::{LANKAO, import, request_id},
    plan_section::plan,
    township::{PILOT, SECOND, division, figure, record, under},
};

const ON: (i32, i32, i32) = (2024, 3, 31);

const GROUPS: &str =
    "group_code,village_code,name\n410225101201001,410225101201,一组\n410225101201002,410225101201,二组\n";

/// Two who are free of everything, one of the county who gets a task in the township, one of the township itself.
const INSPECTORS: &str = "cadre_id,name,post,org_code\ninspector-a,甲,section_leader,410225\n\
    inspector-b,乙,section_leader,410225\ninspector-c,丙,section_leader,410225102\n\
    inspector-d,丁,section_leader,410225102\nstationed,戊,stationed_cadre,410225101201\n";

/// Toilets by household, of whom twelve are inspected; lanes and dangerous houses at the village as a whole.
pub fn section() -> PlanSection {
    PlanSection {
        acceptance: Some(PlanAcceptance {
            household_indicators: vec!["toilet".to_owned()],
            sample_household_count: 12,
            ..PlanAcceptance::default()
        }),
        ..plan()
    }
}

/// The county under a plan, with a pilot village of 24 households in two groups and four without one, of which it claims 22
/// toilets, and a second village of three.
pub async fn claiming(section: PlanSection) -> Harness {
    let harness = under(section).await;
    let mut households = "household_id,village_code,group_code,head_name,registered_persons,resident_persons,status,\
                          low_income,sewage_connected,five_beauty\n"
        .to_owned();
    let line = |number: usize, village: &str, group: &str| {
        format!("H{number:02},{village},{group},王礼孝,4,3,resident,0,1,0\n")
    };
    for number in 1..=24 {
        let group = match number {
            1..=12 => "410225101201001",
            13..=20 => "410225101201002",
            _ => "",
        };
        households += &line(number, PILOT, group);
    }
    for number in 31..=33 {
        households += &line(number, SECOND, "");
    }
    for (register, file) in [
        ("groups", GROUPS),
        ("cadres", INSPECTORS),
        ("households", households.as_str()),
    ] {
        let report = import(&harness, register, file.as_bytes()).await.expect(register);
        assert!(report.applied, "{report:?}");
    }
    let mut figures = Vec::new();
    for (village, toilets, households) in [(PILOT, 22, 24), (SECOND, 3, 3)] {
        figures.push(figure(village, "toilet", ON, toilets, Some(households)));
        figures.push(figure(village, "lane", ON, 640, Some(1_000)));
        figures.push(figure(village, "danger", ON, 1, None));
    }
    record(&harness, figures).await;
    harness
}

pub fn application(harness: &Harness, village: &str) -> ApplyForAcceptanceRequest {
    ApplyForAcceptanceRequest {
        division: division(village),
        tier: "compliant".to_owned(),
        request_id: request_id(harness),
        ..ApplyForAcceptanceRequest::default()
    }
}

/// The village applies.
pub async fn applied(harness: &Harness, village: &str) -> Acceptance {
    apply_for_acceptance(harness, village, application(harness, village))
        .await
        .expect("applied")
}

pub async fn draw(harness: &Harness, scope: &str, name: &str) -> Result<Acceptance, Status> {
    let request = DrawAcceptanceSampleRequest {
        name: name.to_owned(),
        request_id: request_id(harness),
        ..DrawAcceptanceSampleRequest::default()
    };
    draw_acceptance_sample(harness, scope, request).await
}

pub async fn sheet(harness: &Harness, scope: &str, name: &str, inspector: &str) -> Result<InspectionSheet, Status> {
    let request = GetInspectionSheetRequest {
        name: name.to_owned(),
        inspector: inspector.to_owned(),
    };
    get_inspection_sheet(harness, scope, request).await
}

/// What an inspector would record of a unit: the household counts or not, lanes as given, one dangerous house.
pub fn finding(
    harness: &Harness,
    name: &str,
    unit: &InspectionUnit,
    counts: bool,
    lanes: i64,
) -> RecordInspectionRequest {
    let findings = unit.indicators.iter().map(|indicator| {
        let (numerator, denominator) = match indicator.as_str() {
            "toilet" => (i64::from(counts), None),
            "lane" => (lanes, Some(1_000)),
            _ => (1, None),
        };
        InspectionFinding {
            indicator: indicator.clone(),
            numerator,
            denominator,
        }
    });
    RecordInspectionRequest {
        name: name.to_owned(),
        unit_number: unit.number,
        findings: findings.collect(),
        inspector: unit.inspector.clone().expect("an inspector").cadre,
        request_id: request_id(harness),
        ..RecordInspectionRequest::default()
    }
}

pub async fn found(harness: &Harness, request: RecordInspectionRequest) -> Result<InspectionRecord, Status> {
    record_inspection(harness, LANKAO, request).await
}

/// Records every unit that has no record yet; the first `met` households count.
pub async fn inspect(harness: &Harness, name: &str, met: usize, lanes: i64) {
    let sheet = sheet(harness, LANKAO, name, "").await.expect("a sheet");
    for (at, unit) in sheet.units.iter().enumerate() {
        if sheet.records.iter().all(|record| record.unit_number != unit.number) {
            found(harness, finding(harness, name, unit, at < met, lanes))
                .await
                .expect("recorded");
        }
    }
}

pub async fn close(harness: &Harness, name: &str) -> Result<Acceptance, Status> {
    let request = CloseInspectionRequest {
        name: name.to_owned(),
        request_id: request_id(harness),
        ..CloseInspectionRequest::default()
    };
    close_inspection(harness, LANKAO, request).await
}

pub async fn publicise(harness: &Harness, name: &str) -> Result<Acceptance, Status> {
    let request = PubliciseAcceptanceRequest {
        name: name.to_owned(),
        text: "县政府网站和村公示栏".to_owned(),
        request_id: request_id(harness),
        ..PubliciseAcceptanceRequest::default()
    };
    publicise_acceptance(harness, LANKAO, request).await
}

pub async fn decide(harness: &Harness, name: &str, decider: &str) -> Result<Acceptance, Status> {
    let request = DecideAcceptanceRequest {
        name: name.to_owned(),
        decision: AcceptanceAction::Certify.into(),
        decider: format!("cadres/{decider}"),
        reason: "经县考评领导小组研究".to_owned(),
        request_id: request_id(harness),
        ..DecideAcceptanceRequest::default()
    };
    decide_acceptance(harness, LANKAO, request).await
}

/// A village that has come through inspection and publicity.
pub async fn public(harness: &Harness, village: &str) -> String {
    let name = applied(harness, village).await.name;
    draw(harness, LANKAO, &name).await.expect("drawn");
    inspect(harness, &name, 12, 640).await;
    close(harness, &name).await.expect("closed");
    publicise(harness, &name).await.expect("public");
    name
}

/// Lets the publicity pass.
pub fn wait(harness: &Harness) {
    harness.kit.clock.advance(Duration::days(8));
}
