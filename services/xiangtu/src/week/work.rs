//! Tasks from the plan's templates, and what the villages report on them.

use std::collections::BTreeMap;

use proto::{
    google::r#type::Date,
    xiangtu::villages::v1::{
        BatchReportProgressRequest, GenerateTasksRequest, ListTasksRequest, ReportProgressRequest, Task,
        TaskIssueReason, batch_report_progress_result::Outcome, task_service_client::TaskServiceClient,
    },
};

use super::{COUNTY, Found, april, chance, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    progress::Progress,
    show::{Table, count, length},
};

const BATCH: usize = 500;
/// Days that are reported on: the working days of the week, and its last day.
const DAYS: [i32; 4] = [1, 2, 3, 7];

/// Makes the tasks and reports a week of work on them, day by day.
pub async fn run(client: &Client, progress: &Progress) -> Result<Found> {
    let mut service = TaskServiceClient::new(client.channel("villages")?);
    let request = GenerateTasksRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(1)),
        request_id: request_id("tasks 2024-04-01"),
        ..GenerateTasksRequest::default()
    };
    let generated = service.generate_tasks(client.request(request)).await?.into_inner();
    let tasks = list(client).await?;
    let mut late = 0;
    let mut reported = 0;
    for (n, day) in DAYS.into_iter().enumerate() {
        progress.part(n, DAYS.len());
        let reports: Vec<_> = tasks.iter().filter_map(|task| report(task, april(day))).collect();
        for (n, batch) in reports.chunks(BATCH).enumerate() {
            let request = BatchReportProgressRequest {
                requests: batch.to_vec(),
                request_id: request_id(&format!("progress 2024-04-{day:02} {n}")),
            };
            let response = service.batch_report_progress(client.request(request)).await?;
            for result in response.into_inner().results {
                match result.outcome {
                    Some(Outcome::Progress(progress)) => {
                        reported += 1;
                        late += i64::from(progress.late);
                    }
                    Some(Outcome::Error(error)) => {
                        return Err(Failure::new(format!("a report was refused: {}", error.message)));
                    }
                    None => return Err(Failure::new("a report was not answered")),
                }
            }
        }
    }
    let result = format!(
        "{} 项任务（{} 项已达标不再立项），{} 条进度，其中迟报 {}",
        length(tasks.len()),
        count(i64::from(generated.satisfied_count)),
        count(reported),
        count(late)
    );
    let mut tables = vec![by_name(&tasks)];
    tables.extend(issues(&generated.issues));
    Ok(Found::new(result, tables))
}

fn by_name(tasks: &[Task]) -> Table {
    let mut names = BTreeMap::<(&str, &str), (usize, i64)>::new();
    for task in tasks {
        let (number, goal) = names.entry((&task.display_name, &task.unit)).or_default();
        *number += 1;
        *goal += task.goal_count;
    }
    let mut table = Table::new("任务", &["任务", "项数", "总量", "单位"]);
    for ((name, unit), (number, goal)) in names {
        table.row([name.to_owned(), length(number), count(goal), unit.to_owned()]);
    }
    table
}

/// What needs attention, if anything does.
fn issues(issues: &[proto::xiangtu::villages::v1::TaskIssue]) -> Option<Table> {
    let mut reasons = BTreeMap::<TaskIssueReason, usize>::new();
    for issue in issues {
        *reasons.entry(issue.reason()).or_default() += 1;
    }
    let mut table = Table::new("需要关注", &["原因", "项数"]);
    for (reason, number) in &reasons {
        let name = match reason {
            TaskIssueReason::Unspecified => "其他",
            TaskIssueReason::NoLeader => "无人任职，未立项",
            TaskIssueReason::NoFigure => "缺少指标数据，未立项",
            TaskIssueReason::NoTarget => "不在任何批次，未立项",
            TaskIssueReason::DeadlinePassed => "期限已过，未立项",
            TaskIssueReason::Infeasible => "按期无法完成，排期有冲突",
        };
        table.row([name.to_owned(), length(*number)]);
    }
    (!reasons.is_empty()).then_some(table)
}

async fn list(client: &Client) -> Result<Vec<Task>> {
    let mut tasks = TaskServiceClient::new(client.channel("villages")?);
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTasksRequest {
            division: COUNTY.to_owned(),
            page_size: 1_000,
            page_token,
            ..ListTasksRequest::default()
        };
        let page = tasks.list_tasks(client.request(request)).await?.into_inner();
        all.extend(page.tasks);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// Of ten tasks seven move on, two stand still and one is not reported on. A task moves 0.3 to 0.9 % of its way a day.
fn report(task: &Task, day: Date) -> Option<ReportProgressRequest> {
    let pace = match chance(&format!("{} {}", task.division, task.template), 10) {
        0 => return None,
        1 | 2 => 0,
        pace => i64::from(pace),
    };
    let worked = i64::from(day.day.min(4));
    Some(ReportProgressRequest {
        task: task.name.clone(),
        report_date: Some(day),
        cumulative_count: (task.goal_count * pace * worked).div_euclid(1_000),
        ..ReportProgressRequest::default()
    })
}
