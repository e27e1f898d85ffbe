//! In which order money settles bills, as the plan states it: by every way in which money comes, from the day on which it
//! holds, and while it changes.

use futures::future::join_all;
use proto::xiangtu::homestead::v1::{
    AgreeInstalmentsRequest, ApplyPlanRequest, DiffPlanRequest, GetPaymentRequest, OffsetRewardRequest, Payment,
    PlanSection, RecordPaymentRequest, RecordVacatingRequest, ReversalCause, ReversePaymentRequest, Survey, Vacating,
    ValidatePlanRequest, WaterfallKey as Key, WaterfallRules, adjustment_service_client::AdjustmentServiceClient,
    instalment_service_client::InstalmentServiceClient, survey_service_client::SurveyServiceClient,
};
use sqlx::PgConnection;
use time::macros::datetime;
use uuid::Uuid;

use crate::{
    adjustments::{measured, survey},
    functions::connect,
    world::{COUNTY, SIBLING, VILLAGE, World, date, payment, section, tariff, year_2024},
};

pub fn plan(keys: &[Key], ignore_named_bill: bool) -> PlanSection {
    PlanSection {
        tariffs: (2022..=2024).map(tariff).collect(),
        waterfall: (!keys.is_empty()).then(|| WaterfallRules {
            keys: keys.iter().map(|key| (*key).into()).collect(),
            ignore_named_bill,
        }),
        ..section()
    }
}

/// Three years are billed.
pub async fn three_years() -> World {
    let world = World::registered().await;
    world.apply(plan(&[], false)).await.expect("applied");
    for year in 2022..=2024 {
        let mut request = year_2024();
        (request.from_date, request.until_date) = (date(year, 1, 1), date(year + 1, 1, 1));
        request.due_date = date(year, 12, 31);
        world.bill(request).await.expect("billed");
    }
    world
}

/// A1 owes 240 yuan each for 2022, 2023, 2024 and further 400 for 2024; that of 2023 is due by an agreement after all others.
pub async fn four_bills() -> (World, [String; 4]) {
    let world = three_years().await;
    let bills = world.bills_of("A1").await;
    let agreement = AgreeInstalmentsRequest {
        household: "households/A1".to_owned(),
        bills: vec![bills[1].name.clone()],
        instalment_count: 2,
        first_due_date: date(2025, 4, 30),
        document: "分期协议".to_owned(),
        request_id: world.key(),
        ..AgreeInstalmentsRequest::default()
    };
    let mut client = InstalmentServiceClient::new(world.channel());
    client
        .agree_instalments(world.request(agreement))
        .await
        .expect("agreed");
    let larger = Survey {
        effective_date: date(2024, 1, 1),
        ..measured("A1P1", 26_700, 10_000)
    };
    survey(&world, larger).await.expect("surveyed");
    let names: Vec<String> = world.bills_of("A1").await.into_iter().map(|bill| bill.name).collect();
    let names = names.try_into().expect("four bills");
    (world, names)
}

/// What `post_payment` or, of the halves, `post_payments` would settle, in order.
async fn settled(world: &World, conn: &mut PgConnection, alone: bool) -> Vec<String> {
    sqlx::query("BEGIN").execute(&mut *conn).await.expect("begun");
    let ids = [world.uid(), world.uid()];
    let now = world.harness.kit.clock.now();
    let bills: Vec<Vec<Uuid>> = if alone {
        sqlx::query_scalar(
            "SELECT bills FROM post_payment($1, '\\x01', '', 'officer', '', $2, 'A1', NULL, 112000, 2::smallint, '', '',
                                            '2025-03-01', $1, '', '', $3)",
        )
        .bind(ids[0])
        .bind(VILLAGE)
        .bind(now)
        .fetch_all(&mut *conn)
        .await
        .expect("posted")
    } else {
        sqlx::query_scalar(
            "SELECT bills FROM post_payments($1, array_fill('\\x01'::bytea, '{2}'), array_fill(''::text, '{2}'), array_fill('officer'::text, '{2}'),
                array_fill(''::text, '{2}'), array_fill($2::text, '{2}'), array_fill('A1'::text, '{2}'), array_fill(56000::bigint, '{2}'),
                array_fill(2::smallint, '{2}'), array_fill(''::text, '{2}'), array_fill(''::text, '{2}'),
                array_fill('2025-03-01'::date, '{2}'), $1, array_fill(''::bytea, '{2}'), array_fill(''::text, '{2}'), $3) ORDER BY n",
        )
        .bind(ids)
        .bind(VILLAGE)
        .bind(now)
        .fetch_all(&mut *conn)
        .await
        .expect("posted")
    };
    sqlx::query("ROLLBACK").execute(&mut *conn).await.expect("rolled back");
    let mut order: Vec<_> = bills.into_iter().flatten().map(|id| format!("bills/{id}")).collect();
    order.dedup();
    order
}

async fn preview(world: &World, payment: Payment) -> Vec<String> {
    let request = RecordPaymentRequest {
        payment: Some(payment),
        request_id: world.key(),
        validate_only: true,
    };
    let answer = world.payments().record_payment(world.request(request)).await;
    bills(&answer.expect("a preview").into_inner())
}

fn bills(paid: &Payment) -> Vec<String> {
    paid.allocations.iter().map(|part| part.bill.clone()).collect()
}

async fn get(world: &World, name: &str) -> Payment {
    let request = GetPaymentRequest { name: name.to_owned() };
    let answer = world.payments().get_payment(world.request(request)).await;
    answer.expect("a payment").into_inner()
}

#[tokio::test]
async fn every_order_is_kept_however_money_comes() {
    let (world, [y22, y23, y24, more]) = four_bills().await;
    let mut conn = connect(&world).await;
    for (keys, expected) in [
        (vec![], [&y22, &y24, &more, &y23]),
        (vec![Key::DueDate], [&y22, &y24, &more, &y23]),
        (vec![Key::Period], [&y22, &y23, &y24, &more]),
        (vec![Key::Period, Key::AdditionFirst], [&y22, &y23, &more, &y24]),
        (vec![Key::AgreementFirst, Key::DueDate], [&y23, &y22, &y24, &more]),
        (
            vec![Key::AgreementLast, Key::AdditionFirst, Key::Period],
            [&more, &y22, &y24, &y23],
        ),
        (
            vec![Key::AdditionLast, Key::AgreementLast, Key::Period],
            [&y22, &y24, &y23, &more],
        ),
    ] {
        world.apply(plan(&keys, false)).await.expect("applied");
        assert_eq!(
            settled(&world, &mut conn, true).await.iter().collect::<Vec<_>>(),
            expected,
            "{keys:?}"
        );
        assert_eq!(
            settled(&world, &mut conn, false).await.iter().collect::<Vec<_>>(),
            expected,
            "{keys:?}"
        );
        let previewed = preview(&world, payment(VILLAGE, "A1", 112_000)).await;
        assert_eq!(previewed.iter().collect::<Vec<_>>(), expected, "{keys:?}");
    }
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_name_counts_unless_the_plan_says_that_it_does_not() {
    let world = three_years().await;
    let [y22, y23, y24] = &world.bills_of("A1").await[..] else {
        panic!("three bills")
    };
    let named = |amount_fen| Payment {
        bill: y24.name.clone(),
        ..payment(VILLAGE, "A1", amount_fen)
    };
    let usual = world.record(world.key(), named(1)).await.expect("paid");
    assert_eq!(bills(&usual), std::slice::from_ref(&y24.name));
    let strict = world.apply(plan(&[Key::DueDate], true)).await.expect("applied");
    assert_eq!(preview(&world, named(1)).await, std::slice::from_ref(&y22.name));
    let id = world.key();
    let paid = world.record(id.clone(), named(1)).await.expect("paid");
    assert_eq!((bills(&paid), &paid.bill), (vec![y22.name.clone()], &y24.name));
    // What was settled before stays, also where it is asked for again; the order that held is told.
    world.apply(plan(&[Key::DueDate], false)).await.expect("applied");
    assert_eq!(world.record(id, named(1)).await.expect("a repeat"), paid);
    assert_eq!(get(&world, &usual.name).await.plan, "");
    assert_eq!(get(&world, &paid.name).await.plan, strict.name);
    assert_eq!(bills(&get(&world, &paid.name).await), std::slice::from_ref(&y22.name));
    // A reward follows the order, and what is undone comes from its end.
    world
        .apply(plan(&[Key::AgreementFirst, Key::Period], true))
        .await
        .expect("applied");
    reward(&world, 24_000).await;
    let offset = OffsetRewardRequest {
        household: "households/A1".to_owned(),
        amount_fen: Some(24_000),
        document: "抵缴协议".to_owned(),
        request_id: world.key(),
        ..OffsetRewardRequest::default()
    };
    let mut client = AdjustmentServiceClient::new(world.channel());
    let entry = client
        .offset_reward(world.request(offset))
        .await
        .expect("offset")
        .into_inner();
    let settled: Vec<_> = entry
        .postings
        .iter()
        .filter(|posting| !posting.bill.is_empty() && posting.amount_fen < 0)
        .collect();
    assert_eq!(
        settled
            .iter()
            .map(|posting| (&posting.bill, -posting.amount_fen))
            .collect::<Vec<_>>(),
        [(&y22.name, 23_999), (&y23.name, 1)]
    );
    world.recount().await;
    world.stop().await;
}

/// A reward for 1 m² of A1 that it gives back as if it had never had it.
async fn reward(world: &World, reward_fen: i64) {
    let vacating = Vacating {
        parcel: "parcels/A1P1".to_owned(),
        vacate_date: date(2025, 2, 28),
        vacated_dm2: 100,
        reward_fen,
        resolution: "决议".to_owned(),
        evidence: vec!["验收表".to_owned()],
        ..Vacating::default()
    };
    let request = RecordVacatingRequest {
        vacating: Some(vacating),
        request_id: world.key(),
    };
    let mut client = SurveyServiceClient::new(world.channel());
    client.record_vacating(world.request(request)).await.expect("vacated");
}

#[tokio::test]
async fn what_is_undone_comes_from_the_end_of_the_order() {
    let world = three_years().await;
    let [y22, y23, y24] = &world.bills_of("A1").await[..] else {
        panic!("three bills")
    };
    // The money of the first payment becomes an advance, and settles nothing of what it is taken back from.
    let cheque = world.pay(VILLAGE, "A1", 72_000).await.expect("paid");
    let smaller = Survey {
        effective_date: date(2020, 1, 1),
        ..measured("A1P1", 16_700, 0)
    };
    survey(&world, smaller).await.expect("surveyed");
    let larger = Survey {
        effective_date: date(2020, 1, 1),
        ..measured("A1P1", 22_700, 6_000)
    };
    survey(&world, larger).await.expect("surveyed");
    assert_eq!(world.standing("A1").await, (0, 0));
    world
        .apply(plan(&[Key::AdditionFirst, Key::Period], false))
        .await
        .expect("applied");
    let request = ReversePaymentRequest {
        name: cheque.name,
        request_id: world.key(),
        reason: "退票".to_owned(),
        cause: ReversalCause::Dishonoured.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(request))
        .await
        .expect("undone");
    assert_eq!(world.standing("A1").await, (72_000, 0));
    // Among the further bills, that of 2022 is settled first again.
    let further: Vec<_> = world
        .bills_of("A1")
        .await
        .into_iter()
        .filter(|bill| !bill.corrects.is_empty())
        .collect();
    let of = |year: &str| {
        further
            .iter()
            .find(|bill| bill.corrects == year)
            .expect("a further bill")
            .name
            .clone()
    };
    let first = preview(&world, payment(VILLAGE, "A1", 72_000)).await;
    assert_eq!(first, [of(&y22.name), of(&y23.name), of(&y24.name)]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn an_order_holds_from_its_day_on_and_the_nearest_plan_wins() {
    let (world, [y22, y23, ..]) = four_bills().await;
    let apply = async |division: &str, section: PlanSection, day| {
        let request = ApplyPlanRequest {
            division: division.to_owned(),
            section: Some(section),
            effective_date: day,
            request_id: world.key(),
        };
        let applied = world.plans().apply_plan(world.request(request)).await;
        applied.expect("applied").into_inner()
    };
    let agreed = plan(&[Key::AgreementFirst, Key::DueDate], false);
    let county = apply(COUNTY, agreed.clone(), date(2025, 3, 2)).await;
    let pay = async || {
        let paid = world.pay(VILLAGE, "A1", 1).await.expect("paid");
        let got = get(&world, &paid.name).await;
        (got.allocations[0].bill.clone(), got.plan)
    };
    assert_eq!(pay().await, (y22.clone(), String::new()));
    // The evening before, and the morning.
    world.harness.kit.clock.set(datetime!(2025-03-01 15:59:59 UTC));
    assert_eq!(pay().await, (y22.clone(), String::new()));
    world.harness.kit.clock.set(datetime!(2025-03-01 16:00 UTC));
    let previewed = preview(&world, payment(VILLAGE, "A1", 1)).await;
    assert_eq!(previewed, std::slice::from_ref(&y23));
    assert_eq!(pay().await, (y23.clone(), county.name.clone()));
    // A clock that was a day ahead decides nothing for those that are not.
    world.harness.kit.clock.set(datetime!(2025-03-01 15:59:59 UTC));
    assert_eq!(pay().await, (y22.clone(), String::new()));
    world.harness.kit.clock.set(datetime!(2025-03-01 16:00 UTC));
    assert_eq!(pay().await, (y23.clone(), county.name.clone()));
    // A plan of the village that states no order changes none; one that states one goes before that of the county.
    let bare = |waterfall| PlanSection {
        waterfall,
        ..PlanSection::default()
    };
    apply(VILLAGE, bare(None), date(2025, 3, 2)).await;
    assert_eq!(pay().await, (y23.clone(), county.name));
    let village = apply(VILLAGE, bare(plan(&[Key::Period], false).waterfall), date(2025, 3, 2)).await;
    assert_eq!(pay().await, (y22.clone(), village.name));
    // Taken back, and the county states none any more from the day after on.
    apply(VILLAGE, bare(None), date(2025, 3, 2)).await;
    apply(COUNTY, plan(&[], false), date(2025, 3, 3)).await;
    assert_eq!(pay().await.0, y23);
    world.harness.kit.clock.set(datetime!(2025-03-03 04:00 UTC));
    assert_eq!(pay().await, (y22, String::new()));
    world.recount().await;
    world.stop().await;
}

/// Whatever becomes of the plan meanwhile, every payment is settled in the order of the plan that it names, by itself and in
/// groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_and_plans_at_the_same_time() {
    let (world, [y22, y23, ..]) = four_bills().await;
    let later = world
        .apply(plan(&[Key::AgreementLast, Key::DueDate], false))
        .await
        .expect("applied");
    world.pay(VILLAGE, "A1", 1).await.expect("paid");
    let mut first = std::collections::BTreeMap::from([(later.name, y22.clone())]);
    let plans = async {
        let mut paid = Vec::new();
        for round in 0..6 {
            let (keys, bill) = if round % 2 == 0 {
                ([Key::AgreementFirst, Key::DueDate], &y23)
            } else {
                ([Key::AgreementLast, Key::DueDate], &y22)
            };
            let applied = world.apply(plan(&keys, false)).await.expect("applied");
            first.insert(applied.name, bill.clone());
            // However slow the others are: one under each plan.
            paid.push(world.pay(VILLAGE, "A1", 1).await);
        }
        paid
    };
    let rounds = async {
        let mut paid = Vec::new();
        for _ in 0..25 {
            let calls = (0..16).map(|at| {
                let (village, household) = if at < 14 { (VILLAGE, "A1") } else { (SIBLING, "B1") };
                world.pay(village, household, 1)
            });
            paid.extend(join_all(calls).await);
        }
        paid
    };
    let (mut paid, others) = tokio::join!(plans, rounds);
    paid.extend(others);
    let mut seen = std::collections::BTreeSet::new();
    for paid in paid {
        let got = get(&world, &paid.expect("paid").name).await;
        if got.household == "households/A1" {
            assert_eq!(bills(&got), [first[&got.plan].clone()], "{got:?}");
            seen.insert(got.plan);
        }
    }
    assert!(seen.len() >= 6, "the order changed while money came: {seen:?}");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn orders_that_contradict_themselves_are_refused() {
    let world = World::planned().await;
    let problems = async |keys: Vec<i32>| {
        let waterfall = Some(WaterfallRules {
            keys,
            ignore_named_bill: false,
        });
        let request = ValidatePlanRequest {
            division: COUNTY.to_owned(),
            section: Some(PlanSection { waterfall, ..section() }),
        };
        let answer = world.plans().validate_plan(world.request(request)).await;
        let problems = answer.expect("validated").into_inner().problems;
        problems
            .into_iter()
            .map(|one| (one.path, one.reason))
            .collect::<Vec<_>>()
    };
    let told = |path: &str, reason: &str| (path.to_owned(), reason.to_owned());
    assert_eq!(problems(vec![3, 1, 2, 6]).await, []);
    assert_eq!(problems(vec![]).await, [told("waterfall.keys", "DATE_MISSING")]);
    assert_eq!(
        problems(vec![1, 0, 7]).await,
        [
            told("waterfall.keys[1]", "UNKNOWN_VALUE"),
            told("waterfall.keys[2]", "UNKNOWN_VALUE")
        ]
    );
    assert_eq!(
        problems(vec![3, 4]).await,
        [
            told("waterfall.keys[1]", "KEY_TWICE"),
            told("waterfall.keys", "DATE_MISSING")
        ]
    );
    let request = DiffPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(PlanSection {
            waterfall: plan(&[Key::Period], true).waterfall,
            ..section()
        }),
    };
    let changes = world
        .plans()
        .diff_plan(world.request(request))
        .await
        .expect("compared")
        .into_inner()
        .changes;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.path.as_str(), change.after.as_str()))
        .collect();
    assert_eq!(
        told,
        [("waterfall.ignore_named_bill", "true"), ("waterfall.keys[0]", "Period")]
    );
    world.stop().await;
}
