use proto::xiangtu::homestead::v1::{
    FeeIncrease, FeeShift, FeeTotals, SimulateTariffRequest, SimulateTariffResponse, Tariff, TariffBand, TariffMode,
};
use sqlx::Connection as _;
use tonic::{Code, Status};

use crate::world::{COUNTY, FAR, SIBLING, VILLAGE, World, date, fields, section, tariff};

async fn simulate(world: &World, division: &str, tariff: Tariff) -> Result<SimulateTariffResponse, Status> {
    let request = SimulateTariffRequest {
        division: division.to_owned(),
        tariff: Some(tariff),
        year: 2024,
    };
    world
        .tariffs()
        .simulate_tariff(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

/// 20 yuan from 60 m² on and nothing below; not adopted by anybody.
fn steep() -> Tariff {
    Tariff {
        mode: TariffMode::Marginal.into(),
        free_allowance_dm2: 6_000,
        bands: vec![TariffBand {
            from_dm2: 6_000,
            price_fen_per_m2: 2_000,
            ..TariffBand::default()
        }],
        ..Tariff::default()
    }
}

fn shift(household_count: i64, amount_fen: i64) -> Option<FeeShift> {
    Some(FeeShift {
        household_count,
        amount_fen,
    })
}

#[tokio::test]
async fn a_proposal_is_set_beside_what_is_in_force() {
    let world = World::planned().await;
    let county = format!("divisions/{COUNTY}");
    let outcome = simulate(&world, &county, steep()).await.expect("simulated");
    // A1, A3, A6, B1, B2, C1 with 60 m² pay 240 yuan now, A3 half of it; A2 with 100 m² pays 640 and would pay 800.
    assert_eq!((outcome.household_count, outcome.disputed_count), (7, 1));
    let now = FeeTotals {
        charged_count: 7,
        gross_fen: 6 * 24_000 + 64_000,
        relief_fen: 12_000,
        net_fen: 5 * 24_000 + 12_000 + 64_000,
        recovered_dm2: 0,
        decile_fen: vec![
            12_000, 24_000, 24_000, 24_000, 24_000, 24_000, 24_000, 24_000, 64_000, 64_000,
        ],
    };
    let then = FeeTotals {
        charged_count: 1,
        gross_fen: 80_000,
        relief_fen: 0,
        net_fen: 80_000,
        recovered_dm2: 0,
        decile_fen: vec![80_000; 10],
    };
    assert_eq!((outcome.now, outcome.then), (Some(now), Some(then)));
    assert_eq!(outcome.winners, shift(6, 5 * 24_000 + 12_000));
    assert_eq!((outcome.losers, outcome.unchanged_count), (shift(1, 16_000), 0));
    let increase = FeeIncrease {
        household: "households/A2".to_owned(),
        division: format!("divisions/{VILLAGE}"),
        over_occupied_dm2: 10_000,
        now_fen: 64_000,
        then_fen: 80_000,
    };
    assert_eq!(outcome.largest_increases, [increase]);
    let villages: Vec<_> = outcome
        .villages
        .iter()
        .map(|village| {
            let (charged, net) = (village.then_charged_count, village.then_net_fen);
            (village.division.as_str(), village.household_count, charged, net)
        })
        .collect();
    let name = |code: &str| format!("divisions/{code}");
    let names = [name(VILLAGE), name(SIBLING), name(FAR)];
    assert_eq!(
        villages,
        [
            (names[0].as_str(), 4, 1, 80_000),
            (names[1].as_str(), 2, 0, 0),
            (names[2].as_str(), 1, 0, 0)
        ]
    );
    assert_eq!(outcome.village_count, 3);
    world.stop().await;
}

#[tokio::test]
async fn simulating_agrees_with_billing_and_changes_nothing() {
    let world = World::planned().await;
    let before = simulate(&world, VILLAGE, tariff(2024)).await.expect("simulated");
    assert_eq!(before.unchanged_count, before.household_count);
    assert_eq!(before.now, before.then);
    let billed = World::billed().await;
    let after = simulate(&billed, COUNTY, steep()).await.expect("simulated");
    let mut conn = sqlx::PgConnection::connect(&billed.harness.database.superuser_url())
        .await
        .expect("a connection");
    let (gross, relief): (i64, i64) =
        sqlx::query_as("SELECT sum(gross_fen)::bigint, sum(relief_fen)::bigint FROM bill")
            .fetch_one(&mut conn)
            .await
            .expect("sums");
    // C1 gets no bill for want of a cadre.
    let now = after.now.expect("totals");
    assert_eq!((now.gross_fen, now.relief_fen), (gross + 24_000, relief));
    let tariffs: i64 = sqlx::query_scalar("SELECT count(*) FROM tariff")
        .fetch_one(&mut conn)
        .await
        .expect("a count");
    assert_eq!(tariffs, 1);
    billed.recount().await;
    billed.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn only_where_and_when_it_would_hold() {
    let world = World::registered().await;
    let mut plan = section();
    let own = Tariff {
        division: FAR.to_owned(),
        ..tariff(2024)
    };
    plan.tariffs.push(own);
    world.apply(plan).await.expect("applied");
    // A village with a tariff of its own keeps it.
    let outcome = simulate(
        &world,
        FAR,
        Tariff {
            division: COUNTY.to_owned(),
            ..steep()
        },
    )
    .await
    .expect("simulated");
    assert_eq!((outcome.household_count, outcome.unchanged_count), (1, 1));
    // For half of the year: 240 yuan for 182 of 366 days and nothing after it.
    let half = Tariff {
        effective_date: date(2024, 7, 1),
        ..steep()
    };
    let outcome = simulate(&world, SIBLING, half).await.expect("simulated");
    assert_eq!(outcome.then.map(|then| then.net_fen), Some(2 * 11_934));
    // A tariff of one village leaves the others of the township as they are.
    let one = Tariff {
        division: SIBLING.to_owned(),
        ..steep()
    };
    let outcome = simulate(&world, "410225001", one).await.expect("simulated");
    assert_eq!((outcome.winners, outcome.unchanged_count), (shift(2, 48_000), 4));
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_simulated_is_refused() {
    let world = World::planned().await;
    let refused = |tariff: Tariff| {
        let world = &world;
        async move {
            let refused = simulate(world, VILLAGE, tariff).await.expect_err("refused");
            assert_eq!(refused.code(), Code::InvalidArgument);
            fields(&refused)
        }
    };
    let mut bad = steep();
    (bad.minimum_fen, bad.mode) = (1, TariffMode::Marginal.into());
    assert_eq!(refused(bad.clone()).await, ["tariff.bands[0]"]);
    bad.bands[0].price_fen_per_m2 = -1;
    bad.free_allowance_dm2 = 5_999;
    assert_eq!(
        refused(bad).await,
        ["tariff.bands[0].from_dm2", "tariff.bands[0].price_fen_per_m2"]
    );
    let elsewhere = |division: &str| Tariff {
        division: division.to_owned(),
        ..steep()
    };
    assert_eq!(refused(elsewhere(SIBLING)).await, ["tariff.division"]);
    assert_eq!(refused(elsewhere("410226")).await, ["tariff.division"]);
    let late = Tariff {
        effective_date: date(2025, 1, 1),
        ..steep()
    };
    assert_eq!(refused(late).await, ["tariff.effective_date"]);
    for (division, tariff, year, field) in [
        (VILLAGE, None, 2024, "tariff"),
        (VILLAGE, Some(steep()), 1999, "year"),
        ("41022500121301", Some(steep()), 2024, "division"),
    ] {
        let request = SimulateTariffRequest {
            division: division.to_owned(),
            tariff,
            year,
        };
        let refused = world.tariffs().simulate_tariff(world.request(request)).await;
        assert_eq!(fields(&refused.expect_err(field)), [field]);
    }
    world.stop().await;
}

#[tokio::test]
async fn of_many_villages_the_first_are_listed_and_all_are_counted() {
    let world = World::planned().await;
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    for sql in [
        "INSERT INTO household SELECT 'M' || n, '410225' || (200000 + n / 5)::text, '', '', NULL, '2024-01-01'
         FROM generate_series(0, 2999) n",
        "INSERT INTO parcel SELECT 'M' || n || 'P1', 'M' || n, '410225' || (200000 + n / 5)::text, 1,
             40000, 3000 + n, 16700, 4, 1, 1, true, false, '2024-01-01' FROM generate_series(0, 2999) n",
    ] {
        sqlx::query(sql).execute(&mut conn).await.expect("many");
    }
    let mut steeper = steep();
    steeper.bands[0].from_dm2 = 3_000;
    steeper.free_allowance_dm2 = 3_000;
    let outcome = simulate(&world, COUNTY, steeper).await.expect("simulated");
    assert_eq!((outcome.household_count, outcome.village_count), (3_007, 603));
    let listed: i64 = outcome.villages.iter().map(|village| village.household_count).sum();
    // Of the villages above, 103 with five households each are not listed.
    assert_eq!((outcome.villages.len(), listed), (500, 3_007 - 103 * 5));
    // 20 yuan for each m² above 30: A2 pays 1,400 instead of 640, and A3 600 instead of 120, as it loses its relief.
    let first: Vec<_> = outcome
        .largest_increases
        .iter()
        .take(2)
        .map(|increase| (increase.household.as_str(), increase.then_fen - increase.now_fen))
        .collect();
    assert_eq!(first, [("households/A2", 76_000), ("households/A3", 48_000)]);
    assert_eq!(outcome.largest_increases.len(), 20);
    world.stop().await;
}
