use proto::xiangtu::homestead::v1::{
    ExplainFeeRequest, ExplainFeeResponse, FeeDiscount, FeeLineKind, GetBillRequest, GetTariffRequest,
    ListTariffsRequest, ReliefClass, TariffBand, TariffDiscount, TariffMode, TariffRelief,
};
use proto::xiangtu::r#type::v1::Ratio;
use tonic::{Code, Status};

use crate::world::{FAR, VILLAGE, World, date, reason, section, tariff};

async fn explain(
    world: &World,
    village: &str,
    over_occupied_dm2: i64,
    class: ReliefClass,
) -> Result<ExplainFeeResponse, Status> {
    let request = ExplainFeeRequest {
        division: village.to_owned(),
        over_occupied_dm2,
        relief_class: class.into(),
        from_date: date(2024, 1, 1),
        until_date: None,
    };
    world
        .tariffs()
        .explain_fee(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_fee_explains_itself_line_by_line() {
    let world = World::planned().await;
    let fee = explain(&world, VILLAGE, 10_001, ReliefClass::LowIncome)
        .await
        .expect("explained");
    let [explanation] = fee.explanations.as_slice() else {
        panic!("one tariff: {fee:?}")
    };
    let lines: Vec<_> = explanation
        .lines
        .iter()
        .map(|line| (line.kind(), line.area_dm2, line.amount_centifen))
        .collect();
    assert_eq!(
        lines,
        [
            (FeeLineKind::FreeAllowance, 3_000, 0),
            (FeeLineKind::Band, 3_000, 2_400_000),
            (FeeLineKind::Band, 4_000, 4_000_000),
            (FeeLineKind::Band, 1, 1_200),
            (FeeLineKind::Relief, 0, -3_200_600),
        ]
    );
    assert!(explanation.lines.iter().all(|line| !line.text_zh.is_empty()));
    assert_eq!(
        explanation.lines.iter().map(|line| line.amount_centifen).sum::<i64>(),
        explanation.net_fen * 100
    );
    assert_eq!(
        (explanation.gross_fen, explanation.relief_fen, fee.net_fen),
        (64_012, 32_006, 32_006)
    );
    world.stop().await;
}

#[tokio::test]
async fn a_new_tariff_in_mid_year_cuts_the_year() {
    let world = World::registered().await;
    let mut plan = section();
    let mut dearer = tariff(2024);
    dearer.effective_date = date(2024, 7, 1);
    dearer.bands = vec![TariffBand {
        from_dm2: 3_000,
        to_dm2: None,
        price_fen_per_m2: 1_600,
        recovery: false,
    }];
    plan.tariffs.push(dearer);
    world.apply(plan).await.expect("applied");
    let fee = explain(&world, VILLAGE, 6_000, ReliefClass::Unspecified)
        .await
        .expect("explained");
    let spans: Vec<_> = fee
        .explanations
        .iter()
        .map(|part| (part.from_date, part.until_date, part.net_fen))
        .collect();
    // 240 yuan for 182 of 366 days, then 480 yuan for 184.
    assert_eq!(
        spans,
        [
            (date(2024, 1, 1), date(2024, 7, 1), 11_934),
            (date(2024, 7, 1), date(2025, 1, 1), 24_131)
        ]
    );
    world.stop().await;
}

#[tokio::test]
async fn a_village_has_its_own_tariff_before_its_county() {
    let world = World::registered().await;
    let mut plan = section();
    let mut own = tariff(2024);
    own.division = format!("divisions/{FAR}");
    own.mode = TariffMode::WholeBand.into();
    own.allow_jumps = true;
    own.free_allowance_dm2 = 0;
    own.bands = vec![
        TariffBand {
            from_dm2: 0,
            to_dm2: Some(20_000),
            price_fen_per_m2: 1_000,
            recovery: false,
        },
        TariffBand {
            from_dm2: 20_000,
            to_dm2: None,
            price_fen_per_m2: 2_000,
            recovery: false,
        },
    ];
    plan.tariffs.push(own);
    world.apply(plan).await.expect("applied");
    // 300 m² where 167 m² are entitled: 1,330 yuan, as practised.
    assert_eq!(
        explain(&world, FAR, 13_300, ReliefClass::Unspecified)
            .await
            .expect("explained")
            .net_fen,
        133_000
    );
    assert_eq!(
        explain(&world, FAR, 20_000, ReliefClass::Unspecified)
            .await
            .expect("explained")
            .net_fen,
        400_000
    );
    assert_eq!(
        explain(&world, VILLAGE, 6_000, ReliefClass::Unspecified)
            .await
            .expect("explained")
            .net_fen,
        24_000
    );
    let list = |division: &str| ListTariffsRequest {
        division: division.to_owned(),
        as_of: date(2024, 6, 1),
        ..ListTariffsRequest::default()
    };
    let far = world
        .tariffs()
        .list_tariffs(world.request(list(FAR)))
        .await
        .expect("listed")
        .into_inner()
        .tariffs;
    assert_eq!(far.len(), 2);
    let near = world
        .tariffs()
        .list_tariffs(world.request(list(VILLAGE)))
        .await
        .expect("listed")
        .into_inner()
        .tariffs;
    assert_eq!(near.len(), 1);
    let name = near[0].name.clone();
    let got = world
        .tariffs()
        .get_tariff(world.request(GetTariffRequest { name }))
        .await
        .expect("got")
        .into_inner();
    assert_eq!(got, near[0]);
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_explained_is_refused() {
    let world = World::planned().await;
    let before = ExplainFeeRequest {
        division: VILLAGE.to_owned(),
        over_occupied_dm2: 1,
        from_date: date(2023, 1, 1),
        ..ExplainFeeRequest::default()
    };
    let missing = world
        .tariffs()
        .explain_fee(world.request(before.clone()))
        .await
        .expect_err("before the first tariff");
    assert_eq!(
        (missing.code(), reason(&missing).as_str()),
        (Code::FailedPrecondition, "TARIFF_MISSING")
    );
    for (change, field) in [
        (
            ExplainFeeRequest {
                over_occupied_dm2: -1,
                ..before.clone()
            },
            "over_occupied_dm2",
        ),
        (
            ExplainFeeRequest {
                over_occupied_dm2: 100_000_001,
                ..before.clone()
            },
            "over_occupied_dm2",
        ),
        (
            ExplainFeeRequest {
                from_date: date(2023, 2, 29),
                ..before.clone()
            },
            "from_date",
        ),
        (
            ExplainFeeRequest {
                from_date: None,
                ..before.clone()
            },
            "from_date",
        ),
        (
            ExplainFeeRequest {
                until_date: date(2022, 1, 1),
                ..before.clone()
            },
            "until_date",
        ),
        (
            ExplainFeeRequest {
                until_date: date(2024, 1, 2),
                ..before.clone()
            },
            "until_date",
        ),
        (
            ExplainFeeRequest {
                division: "410225001".to_owned(),
                ..before.clone()
            },
            "division",
        ),
    ] {
        let refused = world
            .tariffs()
            .explain_fee(world.request(change))
            .await
            .expect_err(field);
        assert_eq!(
            (refused.code(), crate::world::fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn a_bill_explains_itself_from_the_tariff_that_it_quotes() {
    let world = World::billed().await;
    let bills = world.bills_of("A3").await;
    let [bill] = bills.as_slice() else {
        panic!("one bill: {bills:?}")
    };
    assert_eq!(
        (bill.gross_fen, bill.relief_fen, bill.outstanding_fen),
        (24_000, 12_000, 12_000)
    );
    assert_eq!(bill.limitation_date, date(2028, 1, 1));
    let request = GetBillRequest {
        name: bill.name.clone(),
    };
    let full = world
        .bills()
        .get_bill(world.request(request))
        .await
        .expect("a bill")
        .into_inner();
    let explanation = full.explanation.expect("explained");
    assert_eq!(
        (explanation.gross_fen, explanation.relief_fen, explanation.net_fen),
        (24_000, 12_000, 12_000)
    );
    assert_eq!(explanation.over_occupied_dm2, 6_000);
    world.stop().await;
}

#[tokio::test]
async fn what_is_taken_back_and_offered_is_stated() {
    let world = World::registered().await;
    let mut plan = section();
    let tariff = &mut plan.tariffs[0];
    tariff.bands[3] = TariffBand {
        from_dm2: 15_000,
        recovery: true,
        ..TariffBand::default()
    };
    let share = |numerator, denominator| Some(Ratio { numerator, denominator });
    tariff.discount = Some(TariffDiscount {
        share: share(1, 10),
        within_days: 30,
    });
    tariff.reliefs.push(TariffRelief {
        class: ReliefClass::Disabled.into(),
        remitted: share(1, 4),
    });
    world.apply(plan.clone()).await.expect("applied");
    let fee = explain(&world, VILLAGE, 16_000, ReliefClass::Disabled)
        .await
        .expect("explained");
    let [explanation] = fee.explanations.as_slice() else {
        panic!("one tariff: {fee:?}")
    };
    // 240 + 400 + 600 yuan up to 150 m², a quarter of it remitted.
    assert_eq!(
        (explanation.gross_fen, explanation.net_fen, explanation.recovered_dm2),
        (124_000, 93_000, 1_000)
    );
    let offered = FeeDiscount {
        within_days: 30,
        saved_fen: 9_300,
    };
    assert_eq!(explanation.discount, Some(offered));
    let lines: Vec<_> = explanation
        .lines
        .iter()
        .filter(|line| [FeeLineKind::Recovery, FeeLineKind::Discount].contains(&line.kind()))
        .map(|line| (line.kind(), line.area_dm2, line.amount_centifen))
        .collect();
    assert_eq!(
        lines,
        [(FeeLineKind::Recovery, 1_000, 0), (FeeLineKind::Discount, 0, 0)]
    );
    let listed = world
        .tariffs()
        .list_tariffs(world.request(ListTariffsRequest::default()))
        .await
        .expect("listed")
        .into_inner()
        .tariffs;
    let stored = proto::xiangtu::homestead::v1::Tariff {
        name: listed[0].name.clone(),
        division: format!("divisions/{}", crate::world::COUNTY),
        plan_version: 1,
        ..plan.tariffs[0].clone()
    };
    assert_eq!(listed, [stored]);
    world.stop().await;
}
