//! Billing of 1,000,000 households and ageing of their bills against single statements that do the same, in one run.
//!
//! `make bench-billing`; `HOUSEHOLDS` says how many. Over gRPC every bill is assessed from plots and tariffs, in portions that each are
//! committed with the journal, the audit trail and events; the peer writes the same rows of journal and bills in one statement and
//! assesses nothing.

mod county;
mod raw;

use proto::xiangtu::homestead::v1::{
    AgeingGroup, BillingRun, GetAgeingReportRequest, ListArrearsRequest, RunBillingRequest,
    ageing_service_client::AgeingServiceClient, collection_service_client::CollectionServiceClient,
};
use sqlx::PgConnection;
use tests::{
    Suite, Table,
    measure::{behind, fill, median, millis, timed},
    village,
};

use county::{TOWNSHIP, TOWNSHIPS};

/// Rounds of what is read, of which the middle counts.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["homestead"], &[("XIANGTU_LOG", "warn")]).await;
    let households: u32 = std::env::var("HOUSEHOLDS").map_or(1_000_000, |n| n.parse().expect("HOUSEHOLDS is a number"));
    let mut conn = behind(&suite, "homestead").await;
    fill(&mut conn, &county::statements(households)).await;
    village::tariff(&suite).await;
    let mut table = Table::new("billing", &["what", "rows", "gRPC ms", "raw SQL ms", "ratio", "bar"]);

    let raw = timed(raw::bill(&mut conn)).await;
    sqlx::query("VACUUM ANALYZE")
        .execute(&mut conn)
        .await
        .expect("statistics");
    for (what, group) in [
        ("ageing by village", AgeingGroup::Village),
        ("ageing by township", AgeingGroup::Township),
        ("ageing by cadre", AgeingGroup::Cadre),
    ] {
        age(&suite, &mut conn, &mut table, (what, group), households).await;
    }
    list(&suite, &mut conn, &mut table, households).await;
    let mut bill = async |what: &str, division: &str, n: u8, expected: u32, bar: &str| {
        let mut run = BillingRun::default();
        let took = timed(async { run = issue(&suite, division, n).await }).await;
        assert_eq!(u32::try_from(run.bill_count), Ok(expected), "{run:?}");
        let share = if expected == 0 { households } else { expected };
        let raw = raw * share / households;
        table.row(&[
            what.to_owned(),
            expected.to_string(),
            millis(took),
            millis(raw),
            format!("{:.2}", took.as_secs_f64() / raw.as_secs_f64()),
            bar.to_owned(),
        ]);
    };
    let one = households.div_ceil(TOWNSHIPS);
    bill("billing of a township", TOWNSHIP, 1, one, "").await;
    bill("billing of all others", village::COUNTY, 2, households - one, "≤ 1.5").await;
    bill("billing again", village::COUNTY, 3, 0, "").await;
    table.finish();
}

/// The first page of the work list, which knows when each claim becomes barred; the peer only adds up.
async fn list(suite: &Suite, conn: &mut PgConnection, table: &mut Table, bills: u32) {
    let mut client = CollectionServiceClient::new(suite.service("homestead").channel());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ask = suite.request("", ListArrearsRequest::default());
        let mut listed = 0;
        ours.push(
            timed(async {
                listed = client
                    .list_arrears(ask)
                    .await
                    .expect("a list")
                    .into_inner()
                    .arrears
                    .len();
            })
            .await,
        );
        assert_eq!(listed, 50);
        theirs.push(timed(raw::list(conn)).await);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    table.row(&[
        "work list, first page".to_owned(),
        bills.to_string(),
        millis(ours),
        millis(theirs),
        format!("{:.2}", ours.as_secs_f64() / theirs.as_secs_f64()),
        String::new(),
    ]);
}

async fn issue(suite: &Suite, division: &str, n: u8) -> BillingRun {
    let asked = RunBillingRequest {
        division: division.to_owned(),
        request_id: format!("0197a3c0-7c1e-7000-8000-0000000000b{n}"),
        ..RunBillingRequest::default()
    };
    village::run_billing(suite, &asked).await
}

async fn age(
    suite: &Suite,
    conn: &mut PgConnection,
    table: &mut Table,
    (what, group): (&str, AgeingGroup),
    bills: u32,
) {
    let mut client = AgeingServiceClient::new(suite.service("homestead").channel());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ask = GetAgeingReportRequest {
            division: village::COUNTY.into(),
            group_by: group.into(),
            ..GetAgeingReportRequest::default()
        };
        let mut counted = 0;
        ours.push(
            timed(async {
                let report = client
                    .get_ageing_report(suite.request("", ask))
                    .await
                    .expect("a report");
                counted = report
                    .into_inner()
                    .total
                    .map_or(0, |row| row.total.map_or(0, |total| total.bill_count));
            })
            .await,
        );
        assert_eq!(u32::try_from(counted), Ok(bills), "{what}");
        theirs.push(timed(raw::age(conn, group)).await);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    table.row(&[
        what.to_owned(),
        bills.to_string(),
        millis(ours),
        millis(theirs),
        format!("{:.2}", ours.as_secs_f64() / theirs.as_secs_f64()),
        "≤ 1.2".to_owned(),
    ]);
}
