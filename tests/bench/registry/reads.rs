//! Reads of one county and township out of the whole country.

use proto::xiangtu::villages::v1::{
    GetHouseholdRequest, GetLeagueTableRequest, ListDivisionsRequest, ListHouseholdsRequest,
    division_service_client::DivisionServiceClient, household_service_client::HouseholdServiceClient,
    rating_service_client::RatingServiceClient,
};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tests::{
    Suite, Table,
    measure::{median, millis, timed},
};

use super::country::{COUNTY, TOWNSHIP};

const ROUNDS: usize = 41;
const DIVISIONS: &str = "SELECT * FROM divisions WHERE known_until IS NULL AND valid_from <= current_date
    AND (valid_until IS NULL OR valid_until > current_date) AND division_code >= '450505' AND division_code < '450505:'
    ORDER BY division_code LIMIT 1000";
const HOUSEHOLDS: &str = "SELECT * FROM households WHERE known_until IS NULL AND valid_from <= current_date
    AND (valid_until IS NULL OR valid_until > current_date) AND division_code >= '450505110' AND division_code < '450505110:'
    ORDER BY household_id LIMIT 1000";
const HOUSEHOLD: &str = "SELECT * FROM households WHERE known_until IS NULL AND household_id = '4505051102120003'";
const LEAGUE: &str = "SELECT left(division_code, 9), avg(score_milli), count(*) FROM (
        SELECT DISTINCT ON (division_code) * FROM ratings WHERE division_code >= '450505' AND division_code < '450505:'
        AND as_of <= current_date ORDER BY division_code, as_of DESC, known_at DESC) r GROUP BY 1";

/// Measures each read in turns with the SQL that fetches the same rows.
pub async fn measure(suite: &Suite, conn: &mut PgConnection, table: &mut Table) {
    let channel = suite.service("villages").channel();
    let mut divisions = DivisionServiceClient::new(channel.clone());
    let mut households = HouseholdServiceClient::new(channel.clone());
    let mut ratings = RatingServiceClient::new(channel);

    macro_rules! compare {
        ($what:expr, $rows:literal, $sql:expr, $ours:expr) => {{
            let (mut ours, mut raw) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                raw.push(timed(fetch(conn, $sql)).await);
                ours.push(timed(async { assert_eq!($ours, $rows) }).await);
            }
            let (ours, raw) = (median(ours), median(raw));
            let ratio = ours.as_secs_f64() / raw.as_secs_f64();
            table.row(&[
                $what.to_owned(),
                $rows.to_string(),
                millis(ours),
                millis(raw),
                format!("{ratio:.2}"),
            ]);
        }};
    }
    let instant = prost_types::Timestamp {
        seconds: 1_735_689_600,
        nanos: 0,
    };
    for (what, known_at) in [
        ("divisions of a county", None),
        ("the same as known at an instant", Some(instant)),
    ] {
        compare!(what, 521, DIVISIONS, {
            let request = ListDivisionsRequest {
                subtree: format!("divisions/{COUNTY}"),
                known_at,
                page_size: 1_000,
                ..ListDivisionsRequest::default()
            };
            let page = divisions.list_divisions(suite.request("", request)).await;
            page.expect("a page").into_inner().divisions.len()
        });
    }
    compare!("households of a township", 125, HOUSEHOLDS, {
        let request = ListHouseholdsRequest {
            division: format!("divisions/{TOWNSHIP}"),
            page_size: 1_000,
            ..ListHouseholdsRequest::default()
        };
        households
            .list_households(suite.request("", request))
            .await
            .expect("a page")
            .into_inner()
            .households
            .len()
    });
    compare!("one household", 1, HOUSEHOLD, {
        let request = GetHouseholdRequest {
            name: "households/4505051102120003".to_owned(),
            ..GetHouseholdRequest::default()
        };
        households
            .get_household(suite.request("", request))
            .await
            .map(|_| 1)
            .expect("a household")
    });
    compare!("league table of a county, from 500 ratings", 20, LEAGUE, {
        let request = GetLeagueTableRequest {
            division: format!("divisions/{COUNTY}"),
            ..GetLeagueTableRequest::default()
        };
        ratings
            .get_league_table(suite.request("", request))
            .await
            .expect("a table")
            .into_inner()
            .entries
            .len()
    });
}

/// Fetches all rows of a query with all their values.
async fn fetch(conn: &mut PgConnection, sql: &'static str) {
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(conn).await.expect("rows");
    assert!(rows.iter().all(|row| !row.is_empty()));
}
