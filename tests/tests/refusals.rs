//! Bad input, each kind once through the whole suite: the precise error, and nothing changed.

use std::{collections::BTreeMap, time::Duration};

use kit::{clock::Clock, testing::Database};
use proto::xiangtu::transfer::v1::ImportReport;
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{Suite, import, lankao};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const COUNTY: &str = "410225";
const TOWN: &str = "410225105";
const VILLAGE: &str = "410225105200";
const REQUEST: &str = "0197a3c0-7c1e-7000-8000-0000000000a1";
const OTHER_REQUEST: &str = "0197a3c0-7c1e-7000-8000-0000000000a2";

fn this_year() -> i32 {
    Clock::system().today().year()
}

/// Last day of the plan.
fn last_day() -> String {
    format!("{}-12-31", this_year() + 2)
}

/// A number for everything that a database holds, but for the heartbeats of its leases and the numbers that the relay gives.
async fn digest(database: &Database) -> BTreeMap<String, String> {
    let url = database.superuser_url();
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT IN ('lease', 'outbox_counter') ORDER BY 1",
    )
    .fetch_all(&mut conn)
    .await
    .expect("tables");
    assert!(tables.len() > 5, "{tables:?}");
    let mut digests = BTreeMap::new();
    for table in tables {
        let query = format!(
            "SELECT md5(coalesce(string_agg(r, '\n' ORDER BY r), '')) FROM {table} t, LATERAL (SELECT (to_jsonb(t) - 'sequence')::text) AS x (r)"
        );
        let digest: String = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut conn)
            .await
            .expect("a digest");
        digests.insert(table, digest);
    }
    digests
}

struct World {
    suite: Suite,
    token: String,
}

/// What a refusal says: code, reason, field, and a part of the rule in its message.
type Said<'a> = (Code, &'a str, &'a str, &'a str);

impl World {
    /// Registers of a village, and a plan.
    async fn start() -> Self {
        let suite = Suite::start_only(&["villages", "homestead"], &[]).await;
        let token = suite.token(&["*"], COUNTY);
        let world = Self { suite, token };
        let divisions = format!("code,name\n410225,兰考县\n410225104,东坝头镇\n{TOWN},谷营镇\n{VILLAGE},一村\n");
        let households = format!("household_id,village_code,head_name,low_income\nH1,{VILLAGE},王礼孝,0\n");
        for (service, register, csv) in [
            ("villages", "divisions", divisions),
            ("homestead", "households", households),
        ] {
            let report = world.import(service, register, csv.as_bytes()).await.expect("a report");
            assert!(report.applied, "{report:?}");
        }
        let indicator =
            json!({"code": "toilet", "display_name": "户厕改造率", "unit": "户", "kind": "RATIO", "weight": 10});
        let section = json!({
            "code": "plan", "display_name": "工作方案", "division": format!("divisions/{COUNTY}"),
            "start_date": format!("{}-01-01", this_year()), "end_date": last_day(), "indicators": [indicator],
            "tiers": [{
                "code": "compliant", "display_name": "达标村", "rank": 1,
                "criteria": [{"indicator": "toilet", "threshold": "70%"}],
            }],
            "batches": [{
                "code": "rest", "display_name": "其他村", "target_tier": "compliant", "acceptance_date": last_day(),
            }],
        });
        let plan = json!({"section": section, "request_id": REQUEST});
        world
            .ask("villages", "PlanService.ApplyPlan", &plan)
            .await
            .expect("a plan");
        world
    }

    async fn ask(&self, service: &str, method: &str, request: &Json) -> Result<(), Status> {
        self.suite.ask(service, method, request, &self.token).await.map(drop)
    }

    async fn import(&self, service: &str, register: &str, csv: &[u8]) -> Result<ImportReport, Status> {
        import(&self.suite, service, register, COUNTY, "2024-01-01", csv).await
    }

    async fn digests(&self) -> Vec<BTreeMap<String, String>> {
        let mut digests = Vec::new();
        for database in self.suite.databases.values() {
            digests.push(digest(database).await);
        }
        digests
    }

    /// The call is refused with these words and changes nothing.
    async fn refuses(&self, service: &str, method: &str, request: &Json, expected: Said<'_>) {
        let before = self.digests().await;
        let status = self.ask(service, method, request).await.expect_err(method);
        says(&status, expected);
        assert_eq!(self.digests().await, before, "{method} changed something");
    }

    /// The file is refused for one row, with these words, and changes nothing.
    async fn refuses_row(&self, service: &str, register: &str, csv: &str, expected: (i64, &str, &str, &str)) {
        let before = self.digests().await;
        let report = self.import(service, register, csv.as_bytes()).await.expect("a report");
        assert!(!report.applied, "{report:?}");
        let error = report.errors.first().expect("an error");
        let found = (
            error.line,
            error.column.as_str(),
            error.value.as_str(),
            error.reason.as_str(),
        );
        assert_eq!(found, expected, "{report:?}");
        assert!(!error.message.is_empty(), "{report:?}");
        assert_eq!(self.digests().await, before, "{register} changed something");
    }
}

fn says(status: &Status, (code, reason, field, rule): Said<'_>) {
    assert_eq!(status.code(), code, "{status:?}");
    let info = status.get_details_error_info().expect("ErrorInfo");
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str()),
        (reason, "xiangtu"),
        "{status:?}"
    );
    assert!(
        status.message().contains(rule),
        "{rule:?} is not in {:?}",
        status.message()
    );
    let local = status.get_details_localized_message().expect("LocalizedMessage");
    assert!(local.locale == "zh-CN" && !local.message.is_empty(), "{local:?}");
    if !field.is_empty() {
        let bad = status.get_details_bad_request().expect("BadRequest");
        let fields: Vec<&str> = bad
            .field_violations
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(fields, [field], "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_named_and_change_nothing() {
    let world = World::start().await;
    let measurement = |village: &str, date: &str, numerator: i64| {
        json!({"request_id": OTHER_REQUEST, "measurement": {
            "division": format!("divisions/{village}"), "indicator": "toilet", "as_of_date": date,
            "numerator": numerator, "denominator": 10, "source": "SELF_REPORT",
        }})
    };
    let (last_day, day_after) = (last_day(), format!("{}-01-01", this_year() + 3));
    let invalid = |field, rule| (Code::InvalidArgument, "INVALID_FIELD", field, rule);
    let record = "MeasurementService.RecordMeasurement";
    let cases = [
        // Wrong code length.
        (
            record,
            measurement("41022510520", "2024-03-01", 7),
            invalid("measurement.division", "41022510520"),
        ),
        // Numerator above denominator.
        (
            record,
            measurement(VILLAGE, "2024-03-01", 11),
            invalid("measurement.numerator", "11"),
        ),
        // 29 February of a year that has none.
        (
            record,
            measurement(VILLAGE, "2023-02-29", 7),
            invalid("measurement.as_of_date", "2023-02-29"),
        ),
        // A village of another county.
        (
            record,
            measurement("410226105200", "2024-03-01", 7),
            (Code::NotFound, "RESOURCE_NOT_FOUND", "", "410226105200"),
        ),
        // A day after the end of the plan.
        (
            "TaskService.GenerateTasks",
            json!({"division": format!("divisions/{TOWN}"), "as_of": day_after, "request_id": OTHER_REQUEST}),
            (Code::FailedPrecondition, "PLAN_ENDED", "", &last_day),
        ),
    ];
    for (method, request, expected) in cases {
        world.refuses("villages", method, &request, expected).await;
    }
    // A leap day is a day like any other.
    let leap = measurement(VILLAGE, "2024-02-29", 7);
    world.ask("villages", record, &leap).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_calls_change_nothing() {
    let world = World::start().await;
    let payment = |amount_fen: i64| {
        json!({"request_id": "0197a3c0-7c1e-7000-8000-0000000000b1", "payment": {
            "division": format!("divisions/{VILLAGE}"), "household": "households/H1", "amount_fen": amount_fen,
            "method": "BANK", "payment_date": "2024-03-04",
        }})
    };
    let pay = "PaymentService.RecordPayment";
    world.ask("homestead", pay, &payment(100)).await.expect("posted");
    // The same id with another body.
    let reused = (Code::InvalidArgument, "REQUEST_ID_REUSED", "request_id", "");
    world.refuses("homestead", pay, &payment(101), reused).await;

    // The page token of another query.
    let token = &world.token;
    let list = json!({"page_size": 1, "division": format!("divisions/{COUNTY}")});
    let page = world
        .suite
        .ask(
            "villages",
            "DivisionService.ListDivisions",
            &json!({"page_size": 1}),
            token,
        )
        .await;
    let page = page.expect("a page");
    let next = page.get_field_by_name("next_page_token").expect("a field");
    let mut other = list.clone();
    other["page_token"] = json!(next.as_str().expect("text"));
    let foreign = (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH", "page_token", "");
    world
        .refuses("villages", "HouseholdService.ListHouseholds", &other, foreign)
        .await;

    // A message of 5 MB.
    let large = json!({"filter": "x".repeat(5 << 20)});
    let too_large = (
        Code::InvalidArgument,
        "MESSAGE_TOO_LARGE",
        "message",
        "at most 1048576 bytes",
    );
    world
        .refuses("villages", "HouseholdService.ListHouseholds", &large, too_large)
        .await;

    // An expired token, and the village of a sibling.
    let before = world.digests().await;
    let now = Clock::system().now();
    let hour = Duration::from_hours(1);
    let expired = world
        .suite
        .mint
        .mint("officer", &["*"], COUNTY, hour, now - hour - hour)
        .expect("a token");
    let mut fresh = payment(102);
    fresh["request_id"] = json!("0197a3c0-7c1e-7000-8000-0000000000b2");
    let status = world
        .suite
        .ask("homestead", pay, &fresh, &expired)
        .await
        .expect_err("expired");
    says(&status, (Code::Unauthenticated, "TOKEN_EXPIRED", "", "expired"));
    let sibling = world.suite.token(&["*"], "410225104");
    let status = world
        .suite
        .ask("homestead", pay, &fresh, &sibling)
        .await
        .expect_err("a sibling's");
    says(&status, (Code::NotFound, "RESOURCE_NOT_FOUND", "", VILLAGE));
    assert_eq!(world.digests().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_refused_by_line_and_change_nothing() {
    let world = World::start().await;
    let head = "code,name,parent_code\n410225,兰考县,\n";
    let plots =
        "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id\n";
    let cases = [
        (
            "villages",
            "divisions",
            format!("{head}41022510620,甲村,410225106\n"),
            (3, "code", "41022510620", "BAD_CODE"),
        ),
        (
            "villages",
            "divisions",
            format!("{head}410225106201,甲村,410225106\n"),
            (3, "parent_code", "410225106", "UNKNOWN_PARENT"),
        ),
        (
            "villages",
            "divisions",
            format!("{head}410225106,甲镇,410225\n410225106,乙镇,410225\n"),
            (4, "code", "410225106", "DUPLICATE"),
        ),
        (
            "homestead",
            "homesteads",
            format!("{plots}H1P1,H1,1,-1,167,0,1999_on,,idle,1,0,\n"),
            (2, "area_m2", "-1", "NEGATIVE"),
        ),
    ];
    for (service, register, csv, expected) in cases {
        world.refuses_row(service, register, &csv, expected).await;
    }
    let before = world.digests().await;
    let whole: [(&[u8], Said<'_>); 2] = [
        (
            b"code,name\n410225106,\xb4\xfa\n",
            (Code::InvalidArgument, "BAD_ENCODING", "chunk", "line 2"),
        ),
        (
            b"code,title\n410225106,x\n",
            (Code::InvalidArgument, "MISSING_COLUMN", "", "name"),
        ),
    ];
    for (csv, expected) in whole {
        let status = world
            .import("villages", "divisions", csv)
            .await
            .expect_err("refused as a whole");
        says(&status, expected);
    }
    assert_eq!(world.digests().await, before);
}

/// A byte order mark and CRLF are how spreadsheets write: the same list, nothing to change the second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_and_crlf_are_no_mistake() {
    let world = World::start().await;
    let plain = lankao("divisions", |_| true);
    let spreadsheet = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let first = world
        .import("villages", "divisions", spreadsheet.as_bytes())
        .await
        .expect("a report");
    assert!(first.applied && first.inserted_count > 400, "{first:?}");
    let again = world
        .import("villages", "divisions", plain.as_bytes())
        .await
        .expect("a report");
    assert_eq!((again.inserted_count, again.updated_count), (0, 0), "{again:?}");
}
