//! One work week of the county, 1–7 April 2024, through the public API.
//!
//! Every mutation has a request id that follows from what it does, so that a week that was interrupted goes on where it
//! stopped and nothing is done twice.

mod custody;
mod facts;
mod money;
mod notices;
mod operation;
mod payers;
mod routes;

use std::time::{Duration, Instant};

use proto::google::r#type::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    client::Client,
    failure::Result,
    package::Package,
    progress::Progress,
    show::{Table, count},
};

pub use facts::apply;
pub use money::bill;
pub use notices::{SECRET, received};
pub use operation::follow;
pub use routes::plan as plan_routes;

/// The county.
pub const COUNTY: &str = "410225";
/// Name space of the request ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b6f_756e_7479_4c61_6e6b_616f_3431_3032);

/// A day of April 2024. The week begins on the 1st; on the 8th it is summed up.
pub const fn april(day: i32) -> Date {
    Date {
        year: 2024,
        month: 4,
        day,
    }
}

/// The request id of a mutation: always the same for the same deed.
pub fn request_id(deed: &str) -> String {
    Uuid::new_v5(&NAMESPACE, deed.as_bytes()).to_string()
}

/// What a step of the week did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// In a sentence.
    pub result: String,
    /// In detail.
    pub tables: Vec<Table>,
}

/// The whole week.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Week {
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// What a step found, before it is timed.
pub struct Found {
    /// In a sentence.
    pub result: String,
    /// In detail.
    pub tables: Vec<Table>,
}

impl Found {
    /// A result with details.
    pub fn new(result: impl Into<String>, tables: Vec<Table>) -> Self {
        Self {
            result: result.into(),
            tables,
        }
    }
}

impl Week {
    async fn step(&mut self, progress: &Progress, name: &str, work: impl Future<Output = Result<Found>>) -> Result<()> {
        progress.begin(name);
        let started = Instant::now();
        let found = work.await?;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        progress.end(name, Duration::from_millis(took_ms), &found.result);
        self.steps.push(Step {
            name: name.to_owned(),
            took_ms,
            result: found.result,
            tables: found.tables,
        });
        Ok(())
    }

    /// The times and results of all steps.
    pub fn summary(&self) -> Table {
        let mut table = Table::new("兰考县 2024 年第 14 周（4 月 1 日—7 日）", &["步骤", "毫秒", "结果"]);
        for step in &self.steps {
            table.row([
                step.name.clone(),
                count(i64::try_from(step.took_ms).unwrap_or(i64::MAX)),
                step.result.clone(),
            ]);
        }
        table
    }
}

/// Imports the county, applies the plan and executes the week. `webhook` is where notices go, `received` counts those that came.
pub async fn execute(
    client: &Client,
    source: &crate::county::Source,
    package: &Package,
    webhook: &str,
    received: impl Fn() -> u64,
    progress: &Progress,
    search_seconds: i32,
) -> Result<Week> {
    let mut week = Week::default();
    week.step(progress, "导入登记簿", facts::import_county(client, source, progress))
        .await?;
    week.step(progress, "实施方案", apply(client, package)).await?;
    week.step(progress, "通知渠道", notices::subscribe(client, webhook))
        .await?;
    week.step(progress, "指标与评星", facts::rate(client)).await?;
    week.step(progress, "垃圾桶配置达标", custody::compliance(client))
        .await?;
    week.step(progress, "收运路线", routes::run(client, progress, search_seconds))
        .await?;
    week.step(progress, "计量与物料平衡", custody::run(client)).await?;
    week.step(progress, "有偿使用费出账", money::run_billing(client, progress))
        .await?;
    week.step(progress, "一日缴费", payers::pay(client)).await?;
    week.step(progress, "账龄与核账", money::check(client)).await?;
    week.step(progress, "催缴", money::dun(client, progress)).await?;
    week.step(progress, "通知送达", notices::arrive(client, received))
        .await?;
    Ok(week)
}
