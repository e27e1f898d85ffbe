//! `xiangtu plan validate | diff | apply`

use proto::xiangtu::{
    homestead::v1 as homestead,
    notifications::v1 as notifications,
    plan::v1::{PlanChange, PlanProblem},
    sanitation::v1 as sanitation,
    villages::v1 as villages,
};

use crate::{
    cli::Plan,
    client::Client,
    failure::{Failure, Result},
    package::{Mistake, OWNERS, Package},
    show::{Output, Table, count, say},
    week,
};

/// Carries out one of the three.
pub async fn run(client: &Client, plan: &Plan, output: Output) -> Result<()> {
    let (Plan::Validate { file } | Plan::Diff { file } | Plan::Apply { file }) = plan;
    let package = Package::load(file).map_err(|mistakes| shape(&mistakes))?;
    let problems = validate(client, &package).await?;
    if !problems.rows.is_empty() {
        problems.print(output);
        return Err(Failure::new(format!(
            "{} contradictions, nothing changed",
            problems.rows.len()
        )));
    }
    match plan {
        Plan::Validate { .. } => say("方案有效"),
        Plan::Diff { .. } => Table::print_all(&diff(client, &package).await?, output),
        Plan::Apply { .. } => say(&week::apply(client, &package).await?.result),
    }
    Ok(())
}

fn shape(mistakes: &[Mistake]) -> Failure {
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| format!("{}: {}", mistake.path, mistake.message))
        .collect();
    Failure::new(lines.join("\n"))
}

/// What a service answers about its section; nothing where the package has none.
macro_rules! section_call {
    ($client:expr, $package:expr, $owner:literal, $api:ident, $call:ident, $request:ident) => {
        match $package.section::<$api::PlanSection>($owner) {
            Some(section) => {
                let request = $api::$request {
                    division: $package.division.clone(),
                    section: Some(section),
                    ..Default::default()
                };
                let mut plans = $api::plan_service_client::PlanServiceClient::new($client.channel($owner)?);
                plans.$call($client.request(request)).await?.into_inner()
            }
            None => Default::default(),
        }
    };
}

#[expect(
    clippy::needless_update,
    reason = "the sections' requests differ in fields that stay at their defaults"
)]
async fn validate(client: &Client, package: &Package) -> Result<Table> {
    macro_rules! problems {
        ($owner:literal, $api:ident) => {
            section_call!(client, package, $owner, $api, validate_plan, ValidatePlanRequest).problems
        };
    }
    let found: [Vec<PlanProblem>; 4] = [
        problems!("villages", villages),
        problems!("sanitation", sanitation),
        problems!("homestead", homestead),
        problems!("notifications", notifications),
    ];
    let mut table = Table::new("方案中的矛盾", &["位置", "原因", "说明"]);
    for (owner, problems) in OWNERS.iter().zip(found) {
        for problem in problems {
            table.row([format!("{owner}.{}", problem.path), problem.reason, problem.message_zh]);
        }
    }
    Ok(table)
}

/// What differs, whose tier changes, which tasks appear.
#[expect(
    clippy::needless_update,
    reason = "the sections' requests differ in fields that stay at their defaults"
)]
async fn diff(client: &Client, package: &Package) -> Result<[Table; 3]> {
    macro_rules! difference {
        ($owner:literal, $api:ident) => {
            section_call!(client, package, $owner, $api, diff_plan, DiffPlanRequest)
        };
    }
    let villages = difference!("villages", villages);
    let found: [Vec<PlanChange>; 4] = [
        villages.changes,
        difference!("sanitation", sanitation).changes,
        difference!("homestead", homestead).changes,
        difference!("notifications", notifications).changes,
    ];
    let mut changes = Table::new("方案变更", &["位置", "现行", "拟定", "影响"]);
    for (owner, found) in OWNERS.iter().zip(found) {
        for change in found {
            let affected = change.affected_count.map(|number| number.to_string());
            changes.row([
                format!("{owner}.{}", change.path),
                change.before,
                change.after,
                affected.unwrap_or_default(),
            ]);
        }
    }
    let mut moved = Table::new("等级变化的村", &["村", "名称", "现行", "拟定"]);
    for village in villages.tier_changes {
        moved.row([
            village.division,
            village.display_name,
            village.before_tier,
            village.after_tier,
        ]);
    }
    let mut tasks = Table::new("新增任务", &["任务", "村数", "总量"]);
    for new in villages.new_tasks {
        tasks.row([
            new.display_name,
            count(i64::from(new.task_count)),
            count(new.goal_count),
        ]);
    }
    Ok([changes, moved, tasks])
}
