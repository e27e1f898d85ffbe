//! Ratings with explanations against reading the same rows with raw SQL, in turns, in one run: a county of 469 villages and a
//! province of 20,000, 60 criteria each.
//!
//! `make bench-ratings`. Over gRPC every village is rated and explained; the peer only fetches the figures, as a superuser whom
//! no row policy slows down.

mod province;

use std::time::Duration;

use proto::xiangtu::villages::v1::{
    ListRatingsRequest, RateVillagesRequest, RatingView, rating_service_client::RatingServiceClient,
};
use sqlx::{PgConnection, types::Uuid, types::time::Date};
use tests::{
    Suite, Table, lankao,
    measure::{behind, fill, median, millis, timed},
};
use tonic::transport::Channel;

use province::{COUNTIES, LANKAO};

/// So many that the median is one with every connection of the service in use before.
const ROUNDS: usize = 31;

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["villages"], &[("XIANGTU_LOG", "warn")]).await;
    let divisions = lankao("divisions", |_| true);
    tests::import(
        &suite,
        "villages",
        "divisions",
        LANKAO,
        "2024-01-01",
        divisions.as_bytes(),
    )
    .await
    .expect("a report");
    let mut conn = behind(&suite, "villages").await;
    fill(&mut conn, &province::statements()).await;
    let mut client = RatingServiceClient::new(suite.service("villages").channel()).max_decoding_message_size(64 << 20);
    let counties: Vec<String> = (0..COUNTIES).map(province::county).collect();
    for county in counties.iter().map(String::as_str).chain([LANKAO]) {
        province::apply(&suite, county).await;
    }

    let columns = [
        "what",
        "villages",
        "rated and explained ms",
        "raw SQL ms",
        "ratio",
        "bar",
    ];
    let mut table = Table::new("ratings", &columns);
    let (county, province) = ([LANKAO.to_owned()], counties.as_slice());
    for (what, places, rounds) in [("county", &county[..], ROUNDS), ("province", province, 3)] {
        let (mut ours, mut raw, mut villages) = (Vec::new(), Vec::new(), 0);
        for _ in 0..rounds {
            raw.push(
                timed(async {
                    for place in places {
                        read(&mut conn, place).await;
                    }
                })
                .await,
            );
            villages = 0;
            ours.push(
                timed(async {
                    for place in places {
                        villages += rate(&suite, &mut client, place, true).await;
                    }
                })
                .await,
            );
        }
        let (ours, raw) = (median(ours), median(raw));
        table.row(&row(what, villages, ours, raw, "≤ 2.0"));
        let kept = timed(async {
            for place in places {
                rate(&suite, &mut client, place, false).await;
            }
        })
        .await;
        table.row(&row(
            &format!("{what}, kept for the first time"),
            villages,
            kept,
            raw,
            "",
        ));
    }
    let raw = median(rounds_of(&mut conn).await);
    let mut listed = Vec::new();
    for _ in 0..ROUNDS {
        listed.push(timed(list(&suite, &mut client)).await);
    }
    table.row(&row("county, explanations read again", 469, median(listed), raw, ""));
    table.finish();
}

fn row(what: &str, villages: i32, ours: Duration, raw: Duration, bar: &str) -> [String; 6] {
    let ratio = ours.as_secs_f64() / raw.as_secs_f64();
    [
        what.to_owned(),
        villages.to_string(),
        millis(ours),
        millis(raw),
        format!("{ratio:.2}"),
        bar.to_owned(),
    ]
}

async fn rate(suite: &Suite, client: &mut RatingServiceClient<Channel>, county: &str, validate_only: bool) -> i32 {
    let request = RateVillagesRequest {
        division: format!("divisions/{county}"),
        validate_only,
        ..RateVillagesRequest::default()
    };
    let rated = client
        .rate_villages(suite.request("", request))
        .await
        .expect("rated")
        .into_inner();
    assert_eq!(rated.recorded_count, rated.village_count, "{county}");
    rated.village_count
}

type Figure = (String, String, String, Uuid, Date, i64, Option<i64>);

/// Every figure of a county that a rating looks at.
async fn read(conn: &mut PgConnection, county: &str) {
    let rows: Vec<Figure> = sqlx::query_as(
        "SELECT division_code, indicator, source, measurement_id, as_of_date, numerator, denominator - deductible
         FROM measurements WHERE division_code >= $1 AND division_code < $1 || ':'",
    )
    .bind(county)
    .fetch_all(conn)
    .await
    .expect("figures");
    assert!(rows.len() > 20_000, "{county}: {}", rows.len());
}

/// Raw reads of the kept ratings of the county.
async fn rounds_of(conn: &mut PgConnection) -> Vec<Duration> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let read = async {
            let rows: Vec<(Vec<u8>,)> =
                sqlx::query_as("SELECT content FROM ratings WHERE division_code ^@ $1 ORDER BY division_code")
                    .bind(LANKAO)
                    .fetch_all(&mut *conn)
                    .await
                    .expect("ratings");
            assert!(rows.len() > 400);
        };
        rounds.push(timed(read).await);
    }
    rounds
}

async fn list(suite: &Suite, client: &mut RatingServiceClient<Channel>) {
    let request = ListRatingsRequest {
        division: format!("divisions/{LANKAO}"),
        view: RatingView::Full.into(),
        page_size: 1_000,
        ..ListRatingsRequest::default()
    };
    let page = client
        .list_ratings(suite.request("", request))
        .await
        .expect("a page")
        .into_inner();
    assert!(page.ratings.iter().all(|rating| !rating.criteria.is_empty()));
}
