//! Stars of party branches and red points of their members.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AssessBranchRequest, BranchAssessment, BranchStar, ListBranchAssessmentsRequest, ListRedPointsRequest, PlanPolicy,
    Post, RecordRedPointRequest, RedPoint, ReverseRedPointRequest, StarDecision, SumRedPointsRequest,
};
use tonic::{Code, Status};

use crate::{
    calls::{
        assess_branch, list_branch_assessments, list_red_points, record_red_point, reverse_red_point, sum_red_points,
    },
    county::{behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{BESIDE, PILOT, TOWN, apply, county, division},
};

fn assessment(awarded: usize) -> BranchAssessment {
    let stars = [
        BranchStar::StrongBranch,
        BranchStar::ThrivingTrade,
        BranchStar::Liveable,
        BranchStar::SafeAndLawful,
        BranchStar::CivilisedAndHappy,
    ];
    let stars = stars.into_iter().enumerate().map(|(at, star)| StarDecision {
        star: star.into(),
        awarded: at < awarded,
        reason: "对照标准评定".to_owned(),
        evidence: vec!["台账".to_owned(); usize::from(at < awarded)],
    });
    BranchAssessment {
        division: division(PILOT),
        year: 2024,
        stars: stars.collect(),
        decider: "cadres/town-leader".to_owned(),
        ..BranchAssessment::default()
    }
}

async fn assess(harness: &Harness, assessment: BranchAssessment) -> Result<BranchAssessment, Status> {
    let request = AssessBranchRequest {
        assessment: Some(assessment),
        request_id: request_id(harness),
    };
    assess_branch(harness, TOWN, request).await
}

async fn record(harness: &Harness, member: &str, points: i64) -> Result<RedPoint, Status> {
    let request = RecordRedPointRequest {
        red_point: Some(RedPoint {
            division: division(PILOT),
            member: member.to_owned(),
            item: "主题党日".to_owned(),
            points,
            occurrence_date: day(2024, 3, 31),
            ..RedPoint::default()
        }),
        request_id: request_id(harness),
    };
    record_red_point(harness, PILOT, request).await
}

async fn totals(harness: &Harness) -> Vec<(String, i64, i32)> {
    let request = SumRedPointsRequest {
        division: division(PILOT),
        year: 2024,
    };
    let totals = sum_red_points(harness, PILOT, request).await.expect("sums").totals;
    totals
        .into_iter()
        .map(|total| (total.member, total.points, total.rank))
        .collect()
}

#[tokio::test]
async fn stars_of_a_year_are_revised_with_a_reason_and_keep_their_history() {
    let harness = county().await;
    let first = assess(&harness, assessment(3)).await.expect("assessed");
    assert_eq!(
        (first.star_count, first.revision, first.decider_post()),
        (3, 1, Post::TownshipLeader)
    );
    let silent = assess(&harness, assessment(4)).await.expect_err("why?");
    assert_eq!(fields(&silent), ["assessment.revision_reason"]);
    let revised = BranchAssessment {
        revision_reason: "复核产业星".to_owned(),
        ..assessment(2)
    };
    let second = assess(&harness, revised).await.expect("revised");
    let earlier = BranchAssessment {
        year: 2023,
        ..assessment(5)
    };
    let earlier = assess(&harness, earlier).await.expect("assessed");
    let list = |show_superseded, filter: &str| ListBranchAssessmentsRequest {
        show_superseded,
        filter: filter.to_owned(),
        ..ListBranchAssessmentsRequest::default()
    };
    let found = async |scope: &str, superseded, filter: &str| {
        let listed = list_branch_assessments(&harness, scope, list(superseded, filter))
            .await
            .expect("a list");
        listed.branch_assessments
    };
    assert_eq!(found(TOWN, false, "").await, [second.clone(), earlier.clone()]);
    assert_eq!(found(TOWN, true, "").await, [second, first, earlier.clone()]);
    assert_eq!(found(TOWN, false, "star_count >= 4").await, [earlier]);
    assert_eq!(found(BESIDE, true, "").await, []);
    harness.stop().await;
}

#[tokio::test]
async fn an_assessment_names_each_star_once_and_a_decider_of_rank() {
    let harness = county().await;
    let mut twice = assessment(0);
    twice.stars[1] = twice.stars[0].clone();
    let mut bare = assessment(1);
    bare.stars[0].evidence.clear();
    for (field, wrong) in [
        ("assessment.stars", twice),
        ("assessment.stars[0].evidence", bare),
        (
            "assessment.year",
            BranchAssessment {
                year: 2025,
                ..assessment(1)
            },
        ),
        (
            "assessment.decider",
            BranchAssessment {
                decider: String::new(),
                ..assessment(1)
            },
        ),
        (
            "assessment.revision_reason",
            BranchAssessment {
                revision_reason: "无".to_owned(),
                ..assessment(1)
            },
        ),
    ] {
        let refused = assess(&harness, wrong).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    for decider in ["pilot-secretary", "nobody"] {
        let wrong = BranchAssessment {
            decider: format!("cadres/{decider}"),
            ..assessment(1)
        };
        assert_eq!(
            reason(&assess(&harness, wrong).await.expect_err(decider)),
            "APPROVAL_RANK"
        );
    }
    assert_eq!(
        behind(&harness, "SELECT count(*)::text FROM branch_assessments").await,
        ["0"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn red_points_are_taken_back_once_and_ranked_only_where_the_plan_says_so() {
    let harness = county().await;
    let entry = record(&harness, "cadres/pilot-grid", 5).await.expect("recorded");
    record(&harness, "cadres/pilot-secretary", 8).await.expect("recorded");
    record(&harness, "persons/A7", 8).await.expect("recorded");
    let reverse = || ReverseRedPointRequest {
        name: entry.name.clone(),
        reason: "误记".to_owned(),
        request_id: request_id(&harness),
    };
    let outcomes = join_all((0..10).map(|_| reverse_red_point(&harness, PILOT, reverse()))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(reason(refused), "RED_POINT_REVERSED");
    }
    let back = outcomes.into_iter().find_map(Result::ok).expect("one");
    assert_eq!((back.points, back.reverses.as_str()), (-5, entry.name.as_str()));
    let again = ReverseRedPointRequest {
        name: back.name,
        ..reverse()
    };
    assert_eq!(
        reason(&reverse_red_point(&harness, PILOT, again).await.expect_err("final")),
        "RED_POINT_FINAL"
    );
    let beside = reverse_red_point(&harness, BESIDE, reverse())
        .await
        .expect_err("of a sibling");
    assert_eq!(beside.code(), Code::NotFound);

    let named = |rank: [i32; 3], order: [(&str, i64); 3]| -> Vec<(String, i64, i32)> {
        let totals = order.iter().zip(rank);
        totals
            .map(|((member, points), rank)| ((*member).to_owned(), *points, rank))
            .collect()
    };
    let (grid, secretary, person) = (
        ("cadres/pilot-grid", 0),
        ("cadres/pilot-secretary", 8),
        ("persons/A7", 8),
    );
    let by_name = named([0, 0, 0], [grid, secretary, person]);
    assert_eq!(totals(&harness).await, by_name, "no plan, no ranking");
    apply(&harness, plan()).await.expect("a plan");
    assert_eq!(totals(&harness).await, by_name, "off by default");
    let mut section = plan();
    section.policy = Some(PlanPolicy {
        rank_persons: true,
        ..PlanPolicy::default()
    });
    apply(&harness, section).await.expect("another version");
    assert_eq!(totals(&harness).await, named([1, 1, 3], [secretary, person, grid]));
    harness.stop().await;
}

#[tokio::test]
async fn wrong_red_points_name_their_field() {
    let harness = county().await;
    for points in [0, 1_001] {
        let refused = record(&harness, "persons/A7", points).await.expect_err("no points");
        assert_eq!(fields(&refused), ["red_point.points"]);
    }
    for member in ["", "A7", "households/A7"] {
        let refused = record(&harness, member, 1).await.expect_err("nobody");
        assert_eq!(fields(&refused), ["red_point.member"]);
    }
    assert_eq!(
        record(&harness, "cadres/nobody", 1).await.expect_err("unknown").code(),
        Code::NotFound
    );
    record(&harness, "persons/A7", -1_000).await.expect("recorded");
    let list = ListRedPointsRequest {
        filter: "member = \"persons/A7\"".to_owned(),
        ..ListRedPointsRequest::default()
    };
    assert_eq!(
        list_red_points(&harness, PILOT, list.clone())
            .await
            .expect("a list")
            .red_points
            .len(),
        1
    );
    assert_eq!(
        list_red_points(&harness, BESIDE, list)
            .await
            .expect("a list")
            .red_points,
        []
    );
    harness.stop().await;
}
