//! Tasks from the plan's templates, and what the villages report on them.

use std::collections::BTreeMap;

use proto::xiangtu::villages::v1::{
    BatchReportProgressRequest, GenerateTasksRequest, ListTasksRequest, ReportProgressRequest, Task,
    batch_report_progress_result::Outcome, task_service_client::TaskServiceClient,
};

use super::{COUNTY, Found, april, request_id};
use crate::{
    client::Client,
    failure::Result,
    show::{Table, count},
};

const BATCH: usize = 500;

/// Makes the tasks and reports a week of work on them.
pub async fn run(client: &Client) -> Result<Found> {
    let mut tasks = TaskServiceClient::new(client.channel("villages")?);
    let request = GenerateTasksRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(1)),
        request_id: request_id("tasks 2024-04-01"),
        ..GenerateTasksRequest::default()
    };
    let generated = tasks.generate_tasks(client.request(request)).await?.into_inner();
    let all = list(client).await?;
    let reports: Vec<ReportProgressRequest> = all.iter().enumerate().filter_map(|(n, task)| report(n, task)).collect();
    let (mut taken, mut late, mut refused) = (0_i64, 0_i64, BTreeMap::<String, i64>::new());
    for batch in reports.chunks(BATCH) {
        let request = BatchReportProgressRequest {
            requests: batch.to_vec(),
            ..BatchReportProgressRequest::default()
        };
        let response = tasks.batch_report_progress(client.request(request)).await?.into_inner();
        for result in response.results {
            match result.outcome {
                Some(Outcome::Progress(progress)) => {
                    taken += 1;
                    late += i64::from(progress.late);
                }
                Some(Outcome::Error(error)) => *refused.entry(error.message).or_default() += 1,
                None => {}
            }
        }
    }
    let mut table = Table::new("任务", &["任务", "件数"]);
    let mut names = BTreeMap::<&str, i64>::new();
    for task in &all {
        *names.entry(task.display_name.as_str()).or_default() += 1;
    }
    for (name, number) in names {
        table.row([name.to_owned(), count(number)]);
    }
    let mut tables = vec![table];
    if !refused.is_empty() {
        let mut table = Table::new("未受理的进度", &["原因", "件数"]);
        refused
            .into_iter()
            .take(5)
            .for_each(|(why, number)| table.row([why, count(number)]));
        tables.push(table);
    }
    let result = format!(
        "{} 件任务（{} 件已达到目标不再立项），{} 条进度（其中迟报 {}）",
        count(i64::try_from(all.len()).unwrap_or(i64::MAX)),
        count(i64::from(generated.satisfied_count)),
        count(taken),
        count(late)
    );
    Ok(Found::new(result, tables))
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

/// Of ten villages seven move on, two stand still and one does not report.
fn report(n: usize, task: &Task) -> Option<ReportProgressRequest> {
    let cumulative_count = match n % 10 {
        0 => return None,
        1 | 2 => 0,
        pace => (task.goal_count * i64::try_from(pace).unwrap_or(5) / 100).clamp(1, task.goal_count.max(1)),
    };
    Some(ReportProgressRequest {
        task: task.name.clone(),
        report_date: Some(april(7)),
        cumulative_count,
        request_id: request_id(&format!("progress {} 2024-04-07", task.name)),
        ..ReportProgressRequest::default()
    })
}
