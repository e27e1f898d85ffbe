//! Awards: caps, who may award, idempotency, batches.

use futures::future::join_all;
use proto::xiangtu::villages::v1::{
    AdjustPointsRequest, AwardPointsRequest, BatchAwardPointsRequest, PointEntry, PointEntryKind,
    batch_award_points_result::Outcome,
};
use tonic::Code;

use crate::{
    calls::{adjust_points, award_points, batch_award_points},
    county::{LANKAO, behind, day, fields, reason, request_id},
    points::{FIRST, account, award, entries, occurrence, with_points},
    township::{BESIDE, TOWN},
};

#[tokio::test]
async fn fifty_at_once_do_not_pass_a_cap() {
    let harness = with_points().await;
    let awards = (0..50).map(|_| award_points(&harness, TOWN, occurrence(&harness, FIRST, "volunteer")));
    let outcomes = join_all(awards).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "POINT_CAP")
        );
    }
    assert_eq!(account(&harness, FIRST, None).await.balance_points, 20);
    let march = AwardPointsRequest {
        occurrence_date: day(2024, 3, 31),
        ..occurrence(&harness, FIRST, "volunteer")
    };
    award_points(&harness, TOWN, march).await.expect("another month");
    award(&harness, "households/P2", "volunteer").await;
    harness.stop().await;
}

#[tokio::test]
async fn the_same_request_awards_once_however_often_it_comes() {
    let harness = with_points().await;
    let request = occurrence(&harness, FIRST, "clean_yard");
    let answers = join_all((0..20).map(|_| award_points(&harness, TOWN, request.clone()))).await;
    let first = answers[0].as_ref().expect("awarded");
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|entry| entry == first))
    );
    let other = AwardPointsRequest {
        item: "litter".to_owned(),
        ..request
    };
    let refused = award_points(&harness, TOWN, other).await.expect_err("another body");
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    assert_eq!(entries(&harness, FIRST).await, std::slice::from_ref(first));
    let events = behind(&harness, "SELECT subject FROM kit.outbox WHERE type = 'points.booked'").await;
    assert_eq!(events, std::slice::from_ref(&first.name));
    harness.stop().await;
}

#[tokio::test]
async fn only_holders_of_the_items_posts_award_it() {
    let harness = with_points().await;
    let by = |awarder: &str| AwardPointsRequest {
        awarder: awarder.to_owned(),
        ..occurrence(&harness, FIRST, "model")
    };
    for (awarder, expected) in [
        ("cadres/pilot-grid", "POINT_AWARDER"),
        ("cadres/second-secretary", "POINT_AWARDER"),
        ("cadres/county-leader", "POINT_AWARDER"),
        ("cadres/nobody", "POINT_AWARDER"),
        ("", "INVALID_FIELD"),
    ] {
        let refused = award_points(&harness, TOWN, by(awarder)).await.expect_err(awarder);
        assert_eq!(reason(&refused), expected, "{awarder}");
    }
    for awarder in ["cadres/pilot-secretary", "cadres/town-leader"] {
        let entry = award_points(&harness, TOWN, by(awarder)).await.expect(awarder);
        assert_eq!((entry.awarder.as_str(), entry.points), (awarder, 8));
    }
    harness.stop().await;
}

#[tokio::test]
async fn wrong_occurrences_name_what_is_wrong_and_change_nothing() {
    let harness = with_points().await;
    let good = occurrence(&harness, FIRST, "clean_yard");
    let with = |change: fn(&mut AwardPointsRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let bad: [(&str, AwardPointsRequest); 7] = [
        ("household", with(|it| it.household = "households/".to_owned())),
        ("item", with(|it| it.item = "unknown".to_owned())),
        ("item", with(|it| it.item = String::new())),
        ("occurrence_date", with(|it| it.occurrence_date = day(2024, 4, 2))),
        ("awarder", with(|it| it.awarder = "x".to_owned())),
        ("evidence[0]", with(|it| it.evidence = vec![String::new()])),
        ("request_id", with(|it| it.request_id = String::new())),
    ];
    for (field, request) in bad {
        let refused = award_points(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let early = with(|it| it.occurrence_date = day(2023, 12, 31));
    let refused = award_points(&harness, TOWN, early)
        .await
        .expect_err("before the register");
    assert_eq!(reason(&refused), "HOUSEHOLD_ENDED");
    for (scope, request) in [
        (BESIDE, good.clone()),
        (TOWN, with(|it| it.household = "households/none".to_owned())),
    ] {
        let refused = award_points(&harness, scope, request).await.expect_err("not there");
        assert_eq!(refused.code(), Code::NotFound);
    }
    assert_eq!(
        behind(&harness, "SELECT count(*)::text FROM point_entries").await,
        ["0"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn in_a_batch_each_stands_for_itself() {
    let harness = with_points().await;
    let of = |household: &str, item: &str| occurrence(&harness, household, item);
    let later = |household: &str, item: &str, on| AwardPointsRequest {
        occurrence_date: day(2024, 3, on),
        ..of(household, item)
    };
    let mut awards: Vec<AwardPointsRequest> = (1..=6).map(|on| later(FIRST, "volunteer", on)).collect();
    awards.extend([
        of("households/P2", "clean_yard"),
        of("households/P2", "clean_yard"),
        of("households/none", "clean_yard"),
        of("households/P3", "nothing"),
        of("households/S1", "litter"),
    ]);
    let request = BatchAwardPointsRequest {
        awards,
        request_id: request_id(&harness),
    };
    let answer = batch_award_points(&harness, TOWN, request.clone())
        .await
        .expect("an answer");
    let outcomes: Vec<Result<i64, i32>> = answer
        .results
        .iter()
        .map(|result| match result.outcome.as_ref().expect("an outcome") {
            Outcome::PointEntry(entry) => Ok(entry.points),
            Outcome::Error(error) => Err(error.code),
        })
        .collect();
    let (capped, exists) = (Err(Code::FailedPrecondition.into()), Err(Code::AlreadyExists.into()));
    let (missing, invalid) = (Err(Code::NotFound.into()), Err(Code::InvalidArgument.into()));
    let expected = [
        Ok(5),
        Ok(5),
        Ok(5),
        Ok(5),
        capped,
        capped,
        Ok(10),
        exists,
        missing,
        invalid,
        Ok(-15),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(
        batch_award_points(&harness, TOWN, request)
            .await
            .expect("the first answer"),
        answer
    );
    let numbers: Vec<_> = entries(&harness, FIRST)
        .await
        .iter()
        .map(|entry| entry.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4]);

    let many = |count| BatchAwardPointsRequest {
        awards: (0..count)
            .map(|at| of(&format!("households/P{}", at % 60 + 1), "none"))
            .collect(),
        request_id: request_id(&harness),
    };
    for count in [0, 1_001] {
        let refused = batch_award_points(&harness, TOWN, many(count))
            .await
            .expect_err("too few or many");
        assert_eq!(fields(&refused), ["awards"]);
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_resolution_adjusts_outside_the_rules() {
    let harness = with_points().await;
    let adjust = |points, expiry_months| AdjustPointsRequest {
        household: FIRST.to_owned(),
        points,
        resolution: "村民代表会议〔2024〕3号".to_owned(),
        reason: "上年度结转".to_owned(),
        expiry_months,
        request_id: request_id(&harness),
    };
    let given = adjust_points(&harness, LANKAO, adjust(7, 1)).await.expect("adjusted");
    assert_eq!(
        (given.kind(), given.expire_date),
        (PointEntryKind::Adjust, day(2024, 5, 1))
    );
    adjust_points(&harness, LANKAO, adjust(-9, 0)).await.expect("adjusted");
    let after = account(&harness, FIRST, None).await;
    assert_eq!(
        (after.balance_points, after.available_points, after.owed_points),
        (-2, 0, 2)
    );
    for (field, request) in [
        ("points", adjust(0, 0)),
        ("points", adjust(1_000_001, 0)),
        ("expiry_months", adjust(1, 121)),
        ("expiry_months", adjust(-1, 1)),
        (
            "resolution",
            AdjustPointsRequest {
                resolution: String::new(),
                ..adjust(1, 0)
            },
        ),
        (
            "reason",
            AdjustPointsRequest {
                reason: String::new(),
                ..adjust(1, 0)
            },
        ),
    ] {
        let refused = adjust_points(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let sums: Vec<PointEntry> = entries(&harness, FIRST).await;
    assert_eq!(sums.iter().map(|entry| entry.points).sum::<i64>(), -2);
    harness.stop().await;
}
