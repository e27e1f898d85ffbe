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
    show::{Output, Table, say},
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
        Plan::Diff { .. } => diff(client, &package).await?.print(output),
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

macro_rules! section_call {
    ($client:expr, $package:expr, $owner:literal, $api:ident, $call:ident, $request:ident, $field:ident) => {
        match $package.section::<$api::PlanSection>($owner) {
            Some(section) => {
                let request = $api::$request {
                    division: $package.division.clone(),
                    section: Some(section),
                    ..Default::default()
                };
                let mut plans = $api::plan_service_client::PlanServiceClient::new($client.channel($owner)?);
                plans.$call($client.request(request)).await?.into_inner().$field
            }
            None => Vec::new(),
        }
    };
}

#[expect(
    clippy::needless_update,
    reason = "the sections' requests differ in fields that stay at their defaults"
)]
async fn validate(client: &Client, package: &Package) -> Result<Table> {
    let found: [Vec<PlanProblem>; 4] = [
        section_call!(
            client,
            package,
            "villages",
            villages,
            validate_plan,
            ValidatePlanRequest,
            problems
        ),
        section_call!(
            client,
            package,
            "sanitation",
            sanitation,
            validate_plan,
            ValidatePlanRequest,
            problems
        ),
        section_call!(
            client,
            package,
            "homestead",
            homestead,
            validate_plan,
            ValidatePlanRequest,
            problems
        ),
        section_call!(
            client,
            package,
            "notifications",
            notifications,
            validate_plan,
            ValidatePlanRequest,
            problems
        ),
    ];
    let mut table = Table::new("方案中的矛盾", &["位置", "原因", "说明"]);
    for (owner, problems) in OWNERS.iter().zip(found) {
        for problem in problems {
            table.row([format!("{owner}.{}", problem.path), problem.reason, problem.message_zh]);
        }
    }
    Ok(table)
}

#[expect(
    clippy::needless_update,
    reason = "the sections' requests differ in fields that stay at their defaults"
)]
async fn diff(client: &Client, package: &Package) -> Result<Table> {
    let found: [Vec<PlanChange>; 4] = [
        section_call!(
            client,
            package,
            "villages",
            villages,
            diff_plan,
            DiffPlanRequest,
            changes
        ),
        section_call!(
            client,
            package,
            "sanitation",
            sanitation,
            diff_plan,
            DiffPlanRequest,
            changes
        ),
        section_call!(
            client,
            package,
            "homestead",
            homestead,
            diff_plan,
            DiffPlanRequest,
            changes
        ),
        section_call!(
            client,
            package,
            "notifications",
            notifications,
            diff_plan,
            DiffPlanRequest,
            changes
        ),
    ];
    let mut table = Table::new("方案变更", &["位置", "现行", "拟定", "影响"]);
    for (owner, changes) in OWNERS.iter().zip(found) {
        for change in changes {
            let affected = change
                .affected_count
                .map(|number| number.to_string())
                .unwrap_or_default();
            table.row([
                format!("{owner}.{}", change.path),
                change.before,
                change.after,
                affected,
            ]);
        }
    }
    Ok(table)
}
