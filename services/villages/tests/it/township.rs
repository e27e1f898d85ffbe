//! A made-up county of two townships and five villages, small enough to count by hand: helpers of the files about plans,
//! ratings, tasks and bulletins.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ApplyPlanRequest, BatchRecordMeasurementsRequest, Bulletin, GenerateTasksRequest, GenerateTasksResponse,
    GetTaskRequest, IssueBulletinRequest, ListTasksRequest, Measurement, MeasurementSource, Plan, PlanSection,
    Progress, ReportProgressRequest, Task, VerifyBulletinRequest, batch_record_result::Outcome,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Status;

use crate::{
    calls::{
        apply_plan, batch_record_measurements, generate_tasks, get_task, issue_bulletin, list_tasks, report_progress,
        verify_bulletin,
    },
    county::{LANKAO, day, empty, import, request_id},
};

/// The township in which tests work.
pub const TOWN: &str = "410225101";
/// The one beside it.
pub const BESIDE: &str = "410225102";
/// The pilot village, whose target is one star.
pub const PILOT: &str = "410225101201";
/// A village beside it.
pub const SECOND: &str = "410225101202";
/// A village without a secretary of its own.
pub const THIRD: &str = "410225101203";
/// A village in the hills of the township beside.
pub const HILL: &str = "410225102201";
/// Another one.
pub const FAR: &str = "410225102202";
/// All of them, by code.
pub const VILLAGES: [&str; 5] = [PILOT, SECOND, THIRD, HILL, FAR];

const DIVISIONS: &str = "code,name\n410225,兰考县\n410225101,堌阳镇\n410225101201,徐场村\n410225101202,范场村\n\
    410225101203,秦寨村\n410225102,南彰镇\n410225102201,李寨村\n410225102202,王庄村\n";

const CADRES: &str = "cadre_id,name,post,org_code\npilot-secretary,王礼孝,village_secretary,410225101201\n\
    pilot-grid,赵水志,grid_worker,410225101201\nsecond-secretary,孙富富,village_secretary,410225101202\n\
    hill-secretary,陈涛琴,village_secretary,410225102201\nfar-secretary,李梅,village_secretary,410225102202\n\
    town-leader,王瑞军,township_leader,410225101\ncounty-leader,周明,county_leader,410225\n";

/// Monday 1 April 2024, nine o'clock in Shanghai.
pub const MONDAY: OffsetDateTime = datetime!(2024-04-01 01:00 UTC);
/// Monday of the week after.
pub const SECOND_MONDAY: OffsetDateTime = datetime!(2024-04-08 01:00 UTC);
/// Monday after the two weeks of the bins.
pub const THIRD_MONDAY: OffsetDateTime = datetime!(2024-04-15 01:00 UTC);

/// The county on [`MONDAY`], with people but without a plan.
pub async fn county() -> Harness {
    let harness = empty().await;
    harness.kit.clock.set(MONDAY);
    for (register, file) in [("divisions", DIVISIONS), ("cadres", CADRES)] {
        let report = import(&harness, register, file.as_bytes()).await.expect(register);
        assert!(report.applied, "{report:?}");
    }
    harness
}

/// The county on [`MONDAY`] under `section`.
pub async fn under(section: PlanSection) -> Harness {
    let harness = county().await;
    apply(&harness, section).await.expect("a valid plan");
    harness
}

/// Resource name of a division.
pub fn division(code: &str) -> String {
    format!("divisions/{code}")
}

/// Code of a division, from its resource name.
pub fn code(name: &str) -> &str {
    name.trim_start_matches("divisions/")
}

/// Applies a plan to the county, from the first day of its programme.
pub async fn apply(harness: &Harness, section: PlanSection) -> Result<Plan, Status> {
    let request = ApplyPlanRequest {
        effective_date: section.start_date,
        section: Some(section),
        request_id: request_id(harness),
        ..ApplyPlanRequest::default()
    };
    apply_plan(harness, LANKAO, request).await
}

/// A figure of a village that it reports of itself, a share where a whole is given.
pub fn figure(village: &str, indicator: &str, on: (i32, i32, i32), numerator: i64, whole: Option<i64>) -> Measurement {
    Measurement {
        division: division(village),
        indicator: indicator.to_owned(),
        as_of_date: day(on.0, on.1, on.2),
        numerator,
        denominator: whole,
        source: MeasurementSource::SelfReport.into(),
        ..Measurement::default()
    }
}

/// Records figures, all of which are taken.
pub async fn record(harness: &Harness, figures: Vec<Measurement>) -> Vec<Measurement> {
    let request = BatchRecordMeasurementsRequest {
        measurements: figures,
        request_id: request_id(harness),
    };
    let answer = batch_record_measurements(harness, LANKAO, request)
        .await
        .expect("figures");
    let taken = answer.results.into_iter().map(|result| match result.outcome {
        Some(Outcome::Measurement(measurement)) => measurement,
        other => panic!("{other:?}"),
    });
    taken.collect()
}

/// Makes the tasks of some templates in the whole county.
pub async fn generate(harness: &Harness, templates: &[&str]) -> GenerateTasksResponse {
    let request = GenerateTasksRequest {
        division: division(LANKAO),
        templates: templates.iter().map(|code| (*code).to_owned()).collect(),
        request_id: request_id(harness),
        ..GenerateTasksRequest::default()
    };
    generate_tasks(harness, LANKAO, request).await.expect("tasks")
}

/// The county on [`MONDAY`] under `section`, with the bins to set in every village that has a secretary.
pub async fn at_work(section: PlanSection) -> Harness {
    let harness = under(section).await;
    let made = generate(&harness, &["set_bins"]).await;
    assert_eq!((made.created_count, made.issue_count), (4, 1), "{made:?}");
    harness
}

/// The task of a template in a village, whole.
pub async fn task(harness: &Harness, village: &str, template: &str) -> Task {
    let request = ListTasksRequest {
        division: division(village),
        filter: format!("template = \"{template}\""),
        ..ListTasksRequest::default()
    };
    let found = list_tasks(harness, LANKAO, request).await.expect("a list").tasks;
    assert_eq!(found.len(), 1, "{village} {template}");
    whole(harness, &found[0].name).await
}

/// A task with its schedule, assignments and reports.
pub async fn whole(harness: &Harness, name: &str) -> Task {
    let request = GetTaskRequest { name: name.to_owned() };
    get_task(harness, LANKAO, request).await.expect("a task")
}

/// A report of progress, not yet sent.
pub fn progress(task: &str, on: (i32, i32, i32), cumulative_count: i64) -> ReportProgressRequest {
    ReportProgressRequest {
        task: task.to_owned(),
        report_date: day(on.0, on.1, on.2),
        cumulative_count,
        ..ReportProgressRequest::default()
    }
}

/// Reports progress.
pub async fn report(
    harness: &Harness,
    task: &str,
    on: (i32, i32, i32),
    cumulative_count: i64,
) -> Result<Progress, Status> {
    report_progress(harness, LANKAO, progress(task, on, cumulative_count)).await
}

/// Issues the bulletin of a division and week.
pub async fn issue(harness: &Harness, code: &str, week: &str) -> Result<Bulletin, Status> {
    let request = IssueBulletinRequest {
        division: division(code),
        week: week.to_owned(),
        request_id: request_id(harness),
        ..IssueBulletinRequest::default()
    };
    issue_bulletin(harness, code, request).await
}

/// Whether a bulletin can be made again byte for byte.
pub async fn identical(harness: &Harness, bulletin: &Bulletin) -> bool {
    let request = VerifyBulletinRequest {
        name: bulletin.name.clone(),
    };
    let answer = verify_bulletin(harness, LANKAO, request).await.expect("an answer");
    assert_eq!(answer.digest, bulletin.digest);
    assert_eq!(answer.identical, answer.digest == answer.recomputed_digest);
    answer.identical
}
