//! One work week of the county, 1–7 April 2024, through the public API.
//!
//! Every mutation has a request id that follows from what it does, so that a week that was interrupted goes on where it
//! stopped and nothing is done twice.

mod bulletin;
mod custody;
mod facts;
mod grids;
mod honours;
mod money;
mod notices;
mod operation;
mod payers;
mod people;
mod routes;
mod siting;
mod work;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

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
pub use routes::plan as plan_routes;

/// The county.
pub const COUNTY: &str = "410225";
/// The township whose grids, points and showcases the week tells of.
const TOWNSHIP: &str = "410225105";
/// The village of it whose households are awarded points.
const VILLAGE: &str = "410225105205";
/// The ISO week.
const WEEK: &str = "2024-W14";
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

/// Resource name of a division.
fn division(code: &str) -> String {
    format!("divisions/{code}")
}

/// A number below `sides` that is always the same for the same thing, for what people do one way or the other.
fn chance(thing: &str, sides: u8) -> u8 {
    let digest = Uuid::new_v5(&NAMESPACE, thing.as_bytes());
    u8::try_from(digest.as_u128() % u128::from(sides)).unwrap_or_default()
}

/// Facts that the week has told other services, by event type; a notice must follow from each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told(BTreeMap<String, usize>);

impl Told {
    fn add(&mut self, event_type: &str, facts: usize) {
        if facts > 0 {
            *self.0.entry(event_type.to_owned()).or_default() += facts;
        }
    }

    fn total(&self) -> usize {
        self.0.values().sum()
    }
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
    told: Vec<(&'static str, usize)>,
}

impl Found {
    /// A result with details.
    pub fn new(result: impl Into<String>, tables: Vec<Table>) -> Self {
        Self {
            result: result.into(),
            tables,
            told: Vec::new(),
        }
    }

    /// Events of this type state so many facts of the step.
    #[must_use]
    pub fn told(mut self, event_type: &'static str, facts: usize) -> Self {
        self.told.push((event_type, facts));
        self
    }
}

impl Week {
    async fn step(
        &mut self,
        progress: &Progress,
        told: &mut Told,
        name: &str,
        work: impl Future<Output = Result<Found>>,
    ) -> Result<()> {
        progress.begin(name);
        let started = Instant::now();
        let found = work.await?;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        progress.end(name, Duration::from_millis(took_ms), &found.result);
        for (event_type, facts) in found.told {
            told.add(event_type, facts);
        }
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

/// Imports the county, applies the plan and executes the week. `webhook` is where notices go.
pub async fn execute(
    client: &Client,
    source: &crate::county::Source,
    package: &Package,
    webhook: &str,
    progress: &Progress,
    search_seconds: i32,
) -> Result<Week> {
    let mut week = Week::default();
    let mut told = Told::default();
    macro_rules! step {
        ($name:literal, $work:expr) => {
            week.step(progress, &mut told, $name, $work).await?
        };
    }
    step!("导入登记簿", facts::import_county(client, source, progress));
    step!("实施方案", apply(client, package));
    step!("通知渠道", notices::subscribe(client, webhook));
    step!("指标与评星", facts::rate(client));
    step!("任务与进度", work::run(client, progress));
    step!("垃圾桶配置达标", custody::compliance(client));
    step!("垃圾桶选址", siting::run(client));
    step!("收运路线", routes::run(client, progress, search_seconds));
    step!("周收运方案", routes::week(client, progress, search_seconds));
    step!("计量与物料平衡", custody::run(client, progress));
    step!("有偿使用费出账", money::run_billing(client, progress));
    step!("一日缴费", payers::pay(client, progress));
    step!("账龄与核账", money::check(client));
    step!("催缴", money::dun(client, progress));
    step!("禁烧网格与火点", grids::run(client));
    step!("积分、荣誉与典型", honours::run(client));
    step!("周通报与问责步骤", bulletin::run(client, progress));
    step!("年度考核台账", bulletin::account(client));
    step!("他处已知的指标", facts::known(client));
    let arrived = notices::arrive(client, &told, progress);
    week.step(progress, &mut Told::default(), "通知送达", arrived).await?;
    Ok(week)
}
