use proto::xiangtu::homestead::v1::{
    AnswerHandOverRequest, ArrearsCollected, ArrearsStageEntered, DraftDunningNoticesRequest, DunningRun,
    GetPortfolioRequest, HandOver, HandOverState, ListCadresRequest, ListDunningNoticesRequest, ListPortfoliosRequest,
    OfferHandOverRequest, PortfolioHandedOver,
};
use sqlx::Connection as _;
use time::macros::{datetime, time};
use tonic::{Code, Status};

use crate::{
    billing::until_waiting,
    world::{COUNTY, HOMESTEADS, SIBLING, VILLAGE, World, date, fields, reason, section},
};

/// Every event of a type, in the order stated.
pub async fn events<M: prost::Message + Default>(world: &World, event_type: &str) -> Vec<M> {
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT payload FROM kit.outbox WHERE type = $1 ORDER BY id")
        .bind(event_type)
        .fetch_all(&mut conn)
        .await
        .expect("events");
    rows.iter()
        .map(|row| M::decode(row.as_slice()).expect("the message"))
        .collect()
}

/// Drafts the notices of the county at noon of a day of 2025, where the clock stays.
pub async fn draft_on(world: &World, month: u8, day: u8) -> DunningRun {
    let noon = time::Month::try_from(month).and_then(|month| time::Date::from_calendar_date(2025, month, day));
    let noon = noon.expect("a day").with_time(time!(04:00)).assume_utc();
    world.harness.kit.clock.set(noon);
    draft(world, DraftDunningNoticesRequest::default())
        .await
        .expect("drafted")
}

/// Drafts the notices of the county and waits.
pub async fn draft(world: &World, request: DraftDunningNoticesRequest) -> Result<DunningRun, Status> {
    let request = DraftDunningNoticesRequest {
        division: COUNTY.to_owned(),
        request_id: world.key(),
        ..request
    };
    let operation = world
        .dunning()
        .draft_dunning_notices(world.request(request))
        .await?
        .into_inner();
    world.wait(operation).await
}

fn on(month: i32, day: i32) -> DraftDunningNoticesRequest {
    DraftDunningNoticesRequest {
        as_of: date(2025, month, day),
        ..DraftDunningNoticesRequest::default()
    }
}

pub async fn offer(world: &World, household: &str, to_cadre: &str) -> Result<HandOver, Status> {
    let request = OfferHandOverRequest {
        name: format!("portfolios/{household}"),
        to_cadre: format!("cadres/{to_cadre}"),
        reason: "调整分工".to_owned(),
        request_id: world.key(),
    };
    world
        .portfolios()
        .offer_hand_over(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

pub async fn answer(world: &World, name: &str, accept: Option<bool>) -> Result<HandOver, Status> {
    let request = AnswerHandOverRequest {
        name: name.to_owned(),
        accept,
        request_id: world.key(),
    };
    world
        .portfolios()
        .answer_hand_over(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_household_always_has_exactly_one_cadre() {
    let world = World::billed().await;
    let list = ListPortfoliosRequest {
        debtors_only: true,
        ..ListPortfoliosRequest::default()
    };
    let listed = world
        .portfolios()
        .list_portfolios(world.request(list))
        .await
        .expect("listed")
        .into_inner()
        .portfolios;
    let held: Vec<_> = listed
        .iter()
        .map(|held| (held.household.as_str(), held.cadre.as_str(), held.outstanding_fen))
        .collect();
    assert_eq!(
        held,
        [
            ("households/A1", "cadres/K1", 24_000),
            ("households/A2", "cadres/K1", 64_000),
            ("households/A3", "cadres/K2", 12_000),
            ("households/A6", "cadres/K2", 24_000),
            ("households/B1", "cadres/L1", 24_000),
            ("households/B2", "cadres/L1", 24_000),
        ]
    );
    let mine = ListPortfoliosRequest {
        cadre: "cadres/K2".to_owned(),
        ..ListPortfoliosRequest::default()
    };
    let mine = world
        .portfolios()
        .list_portfolios(world.request(mine))
        .await
        .expect("listed")
        .into_inner()
        .portfolios;
    assert_eq!(mine.len(), 3);
    // The database itself refuses a debtor without cadre, and a second cadre.
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let gone = sqlx::query("DELETE FROM portfolio WHERE household_id = 'A1'")
        .execute(&mut conn)
        .await
        .expect_err("a debtor");
    assert_eq!(
        gone.as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .as_deref(),
        Some("23503")
    );
    let second = "INSERT INTO portfolio VALUES ('A1', '410225001213', 'K2', '2025-01-01')";
    let second = sqlx::query(second).execute(&mut conn).await.expect_err("two cadres");
    assert_eq!(
        second
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .as_deref(),
        Some("23505")
    );
    world.stop().await;
}

#[tokio::test]
async fn a_hand_over_counts_once_it_is_accepted() {
    let world = World::billed().await;
    let offered = offer(&world, "A1", "K2").await.expect("offered");
    assert_eq!(offered.state(), HandOverState::Offered);
    let get = || {
        world.request(GetPortfolioRequest {
            name: "portfolios/A1".to_owned(),
        })
    };
    let held = world
        .portfolios()
        .get_portfolio(get())
        .await
        .expect("held")
        .into_inner();
    assert_eq!(
        (held.cadre.as_str(), held.pending_hand_over.as_str()),
        ("cadres/K1", offered.name.as_str())
    );
    assert_eq!(
        reason(&offer(&world, "A1", "T1").await.expect_err("one waits")),
        "HAND_OVER_PENDING"
    );
    assert_eq!(
        fields(&answer(&world, &offered.name, None).await.expect_err("no answer")),
        ["accept"]
    );
    let accepted = answer(&world, &offered.name, Some(true)).await.expect("accepted");
    assert_eq!(accepted.state(), HandOverState::Accepted);
    let held = world
        .portfolios()
        .get_portfolio(get())
        .await
        .expect("held")
        .into_inner();
    assert_eq!(
        (held.cadre.as_str(), held.pending_hand_over.as_str(), held.from_date),
        ("cadres/K2", "", date(2025, 3, 1))
    );
    assert_eq!(
        reason(&answer(&world, &offered.name, Some(false)).await.expect_err("answered")),
        "HAND_OVER_ANSWERED"
    );
    let [event] = events::<PortfolioHandedOver>(&world, "portfolio.handed_over")
        .await
        .try_into()
        .expect("one event");
    assert_eq!(
        (event.from_cadre.as_str(), event.to_cadre.as_str()),
        ("cadres/K1", "cadres/K2")
    );

    let declined = offer(&world, "A1", "K1").await.expect("offered back");
    assert_eq!(
        answer(&world, &declined.name, Some(false))
            .await
            .expect("declined")
            .state(),
        HandOverState::Declined
    );
    assert_eq!(
        reason(&offer(&world, "A1", "K2").await.expect_err("has it")),
        "SAME_CADRE"
    );
    assert_eq!(
        offer(&world, "A1", "L1").await.expect_err("another village's").code(),
        Code::NotFound
    );
    assert_eq!(
        offer(&world, "A5", "K1").await.expect_err("no debtor").code(),
        Code::NotFound
    );

    // A register that has moved the household meanwhile makes the offer void.
    let stale = offer(&world, "A1", "K1").await.expect("offered");
    let moved = "household_id,cadre_id\nA1,T1\n";
    assert_eq!(world.import("portfolios", moved).await.updated_count, 1);
    assert_eq!(
        reason(&answer(&world, &stale.name, Some(true)).await.expect_err("void")),
        "HAND_OVER_OUTDATED"
    );
    world.stop().await;
}

#[tokio::test]
async fn cadres_are_listed_with_masked_names() {
    let world = World::registered().await;
    let list = ListCadresRequest {
        division: VILLAGE.to_owned(),
        ..ListCadresRequest::default()
    };
    let cadres = world
        .portfolios()
        .list_cadres(world.request(list))
        .await
        .expect("listed")
        .into_inner()
        .cadres;
    let shown: Vec<_> = cadres
        .iter()
        .map(|cadre| (cadre.name.as_str(), cadre.display_name_masked.as_str()))
        .collect();
    assert_eq!(shown, [("cadres/K1", "陈**"), ("cadres/K2", "韩**")]);
    world.stop().await;
}

#[tokio::test]
async fn notices_follow_the_rules_and_are_told_by_cadre() {
    let world = World::billed().await;
    let would = |month, day| DraftDunningNoticesRequest {
        validate_only: true,
        ..on(month, day)
    };
    assert_eq!(draft(&world, would(1, 6)).await.expect("too early").notice_count, 0);
    for (month, day) in [(1, 7), (3, 1), (6, 1)] {
        let would = draft(&world, would(month, day)).await.expect("counted");
        assert_eq!((would.notice_count, would.overdue_fen), (6, 172_000));
    }
    assert!(
        events::<ArrearsStageEntered>(&world, "arrears.stage_entered")
            .await
            .is_empty()
    );

    world.pay(VILLAGE, "A1", 24_000).await.expect("paid before the run");
    let run = draft_on(&world, 3, 1).await;
    assert_eq!(
        (run.notice_count, run.overdue_fen, run.disputed_count, run.waiting_count),
        (5, 148_000, 0, 0)
    );
    assert_eq!(
        run.stages
            .iter()
            .map(|count| (count.stage, count.notice_count))
            .collect::<Vec<_>>(),
        [(1, 5)]
    );
    let told = events::<ArrearsStageEntered>(&world, "arrears.stage_entered").await;
    let groups: Vec<_> = told
        .iter()
        .map(|event| (event.cadre.as_str(), event.households.len(), event.overdue_fen))
        .collect();
    assert_eq!(
        groups,
        [
            ("cadres/K1", 1, 64_000),
            ("cadres/K2", 2, 36_000),
            ("cadres/L1", 2, 48_000)
        ]
    );

    // The same day again, and until the cooling-off is over: nobody is bothered twice.
    assert_eq!(draft_on(&world, 3, 1).await.notice_count, 0);
    assert_eq!(draft_on(&world, 3, 14).await.notice_count, 0);
    let next = draft_on(&world, 3, 15).await;
    assert_eq!(
        next.stages
            .iter()
            .map(|count| (count.stage, count.notice_count))
            .collect::<Vec<_>>(),
        [(2, 5)]
    );
    // All steps are taken.
    assert_eq!(draft_on(&world, 6, 1).await.waiting_count, 5);

    let list = ListDunningNoticesRequest {
        filter: "household = A2".to_owned(),
        ..ListDunningNoticesRequest::default()
    };
    let notices = world
        .dunning()
        .list_dunning_notices(world.request(list))
        .await
        .expect("listed")
        .into_inner()
        .dunning_notices;
    assert_eq!(notices.iter().map(|notice| notice.stage).collect::<Vec<_>>(), [1, 2]);
    world.stop().await;
}

/// A payment that comes between the reckoning of debts and the notices is in the notices.
#[tokio::test]
async fn who_pays_while_notices_are_drafted_gets_none_after_it() {
    let world = World::still().await;
    let mut owner = world.owner().await;
    let mut held = owner.begin().await.expect("begun");
    sqlx::query("SELECT FROM book WHERE division_code = $1 FOR UPDATE")
        .bind(VILLAGE)
        .execute(&mut *held)
        .await
        .expect("held");
    let release = async {
        until_waiting(&world, 2).await;
        held.commit().await.expect("released");
    };
    let run = async {
        until_waiting(&world, 1).await;
        draft(&world, on(3, 1)).await
    };
    let (paid, run, ()) = tokio::join!(world.pay(VILLAGE, "A1", 24_000), run, release);
    paid.expect("paid");
    let run = run.expect("drafted");
    assert_eq!((run.notice_count, run.overdue_fen), (5, 148_000));
    let told = events::<ArrearsStageEntered>(&world, "arrears.stage_entered").await;
    let households = told.iter().flat_map(|event| &event.households);
    let debts: Vec<_> = households
        .map(|told| (told.household.as_str(), told.overdue_fen))
        .collect();
    assert_eq!(
        debts,
        [
            ("A2", 64_000),
            ("A3", 12_000),
            ("A6", 24_000),
            ("B1", 24_000),
            ("B2", 24_000)
        ]
        .map(|(id, fen)| (format!("households/{id}"), fen))
        .each_ref()
        .map(|(name, fen)| (name.as_str(), *fen))
    );
    assert_eq!(world.standing("A1").await, (0, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn no_date_of_ones_choice_skips_the_cooling_off() {
    let world = World::billed().await;
    for (month, day) in [(1, 15), (2, 27), (3, 3), (3, 15)] {
        let refused = draft(&world, on(month, day)).await.expect_err("too far off");
        assert_eq!(fields(&refused), ["as_of"], "{refused:?}");
        assert!(refused.message().contains("2025-02-28 to 2025-03-02"), "{refused:?}");
    }
    let tomorrow = DraftDunningNoticesRequest {
        division: COUNTY.to_owned(),
        request_id: world.key(),
        ..on(3, 2)
    };
    let start = async || {
        let request = world.request(tomorrow.clone());
        world
            .dunning()
            .draft_dunning_notices(request)
            .await
            .expect("started")
            .into_inner()
    };
    let started = start().await;
    let run: DunningRun = world.wait(started.clone()).await.expect("drafted");
    assert_eq!(run.notice_count, 6);
    let again = draft(&world, on(2, 28)).await.expect("drafted");
    assert_eq!(again.notice_count, 0);
    // What was started is answered again, however far off its day is by then.
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    assert_eq!(start().await.name, started.name);
    world.stop().await;
}

#[tokio::test]
async fn an_objection_pauses_dunning() {
    let world = World::billed().await;
    let disputed = HOMESTEADS.replace("1987_1998,history,occupied,1,0,K1", "1987_1998,history,occupied,1,1,K1");
    assert_eq!(world.import("homesteads", &disputed).await.updated_count, 1);
    let run = draft_on(&world, 3, 1).await;
    assert_eq!((run.notice_count, run.disputed_count), (5, 1));
    world.stop().await;
}

#[tokio::test]
async fn without_rules_nobody_is_dunned() {
    let world = World::registered().await;
    let missing = draft(&world, on(3, 1)).await.expect_err("no plan");
    assert_eq!(
        (missing.code(), reason(&missing).as_str()),
        (Code::FailedPrecondition, "PLAN_MISSING")
    );
    world.apply(section()).await.expect("applied");
    let before = DraftDunningNoticesRequest {
        as_of: date(2023, 12, 31),
        validate_only: true,
        ..DraftDunningNoticesRequest::default()
    };
    assert_eq!(
        reason(&draft(&world, before).await.expect_err("not yet in force")),
        "PLAN_MISSING"
    );
    world.stop().await;
}

#[tokio::test]
async fn villages_state_what_they_collected() {
    let world = World::billed().await;
    world.pay(SIBLING, "B1", 25_000).await.expect("paid, with an advance");
    world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    // The job runs every second here.
    let stated = loop {
        let stated = events::<ArrearsCollected>(&world, "arrears.collected").await;
        let last = |village: &str| {
            stated
                .iter()
                .rev()
                .find(|event| event.division.ends_with(village))
                .cloned()
        };
        match (last(VILLAGE), last(SIBLING)) {
            (Some(one), Some(other)) if one.overdue_household_count == 3 && other.overdue_household_count == 1 => {
                break [one, other];
            }
            _ => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
        }
    };
    let ratio = |event: &ArrearsCollected| event.collected_fen.map(|ratio| (ratio.numerator, ratio.denominator));
    assert_eq!(ratio(&stated[0]), Some((24_000, 124_000)));
    assert_eq!(ratio(&stated[1]), Some((24_000, 48_000)));
    world.stop().await;
}
