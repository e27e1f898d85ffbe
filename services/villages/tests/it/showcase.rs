//! Showcases from nomination to approval and withdrawal.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AppointPublicityGroupRequest, ApproveShowcaseRequest, GetShowcaseRequest, ListShowcasesRequest,
    NominateShowcaseRequest, Post, PublicityGroup, Showcase, ShowcaseConsent, ShowcaseKind, ShowcaseState,
    WithdrawShowcaseRequest,
};
use tonic::{Code, Status};

use crate::{
    calls::{
        appoint_publicity_group, approve_showcase, get_showcase, list_showcases, nominate_showcase, withdraw_showcase,
    },
    county::{LANKAO, behind, day, fields, reason, request_id},
    township::{BESIDE, PILOT, TOWN, county, division},
};

fn nomination(harness: &Harness) -> NominateShowcaseRequest {
    NominateShowcaseRequest {
        showcase: Some(Showcase {
            division: division(PILOT),
            kind: ShowcaseKind::Person.into(),
            title: "琴声里的致富路".to_owned(),
            text: "他带着二十户邻居办起乐器作坊，\n一年增收三十万元。".to_owned(),
            consent: Some(ShowcaseConsent {
                person_name: "徐永顺".to_owned(),
                consent_date: day(2024, 3, 30),
                evidence: "同意书 2024-3".to_owned(),
            }),
            ..Showcase::default()
        }),
        request_id: request_id(harness),
    }
}

async fn nominated(harness: &Harness) -> Showcase {
    nominate_showcase(harness, PILOT, nomination(harness))
        .await
        .expect("nominated")
}

async fn appoint(harness: &Harness, at: &str, cadres: &[&str]) -> Result<PublicityGroup, Status> {
    let request = AppointPublicityGroupRequest {
        publicity_group: Some(PublicityGroup {
            division: division(at),
            cadres: cadres.iter().map(|cadre| format!("cadres/{cadre}")).collect(),
            approval_post: Post::Unspecified.into(),
            ..PublicityGroup::default()
        }),
        request_id: request_id(harness),
    };
    appoint_publicity_group(harness, LANKAO, request).await
}

async fn approve(harness: &Harness, name: &str, approver: &str) -> Result<Showcase, Status> {
    let request = ApproveShowcaseRequest {
        name: name.to_owned(),
        approver: format!("cadres/{approver}"),
        request_id: request_id(harness),
        ..ApproveShowcaseRequest::default()
    };
    approve_showcase(harness, TOWN, request).await
}

async fn withdraw(harness: &Harness, name: &str) -> Result<Showcase, Status> {
    let request = WithdrawShowcaseRequest {
        name: name.to_owned(),
        reason: "本人撤回同意".to_owned(),
        request_id: request_id(harness),
    };
    withdraw_showcase(harness, PILOT, request).await
}

fn person(showcase: &Showcase) -> &str {
    showcase
        .consent
        .as_ref()
        .map_or("", |consent| consent.person_name.as_str())
}

#[tokio::test]
async fn a_showcase_is_nominated_approved_handed_over_once_and_withdrawn() {
    let harness = county().await;
    appoint(&harness, TOWN, &["town-leader", "pilot-secretary"])
        .await
        .expect("a group");
    let showcase = nominated(&harness).await;
    assert_eq!(
        (showcase.state(), person(&showcase)),
        (ShowcaseState::Nominated, "徐**")
    );
    let outcomes = join_all((0..10).map(|_| approve(&harness, &showcase.name, "town-leader"))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(
            (refused.code(), reason(refused).as_str()),
            (Code::FailedPrecondition, "SHOWCASE_STATE")
        );
    }
    let approved = outcomes.into_iter().find_map(Result::ok).expect("one");
    assert_eq!(
        (approved.state(), person(&approved)),
        (ShowcaseState::Approved, "徐永顺")
    );
    assert_eq!(
        (approved.approver_post(), approved.approve_time.is_some()),
        (Post::TownshipLeader, true)
    );
    let events = behind(
        &harness,
        "SELECT type FROM kit.outbox WHERE type LIKE 'showcase.%' ORDER BY id",
    )
    .await;
    assert_eq!(events, ["showcase.nominated", "showcase.approved"]);

    let withdrawn = withdraw(&harness, &showcase.name).await.expect("withdrawn");
    assert_eq!(
        (withdrawn.state(), person(&withdrawn), withdrawn.text.as_str()),
        (ShowcaseState::Withdrawn, "徐**", "")
    );
    assert_eq!(
        reason(&withdraw(&harness, &showcase.name).await.expect_err("once")),
        "SHOWCASE_STATE"
    );
    let get = GetShowcaseRequest {
        name: showcase.name.clone(),
    };
    assert_eq!(
        get_showcase(&harness, TOWN, get.clone()).await.expect("the same"),
        withdrawn
    );
    assert_eq!(
        get_showcase(&harness, BESIDE, get)
            .await
            .expect_err("of a sibling")
            .code(),
        Code::NotFound
    );
    let list = |state: &str| ListShowcasesRequest {
        filter: format!("state = {state:?} AND kind = \"PERSON\""),
        ..ListShowcasesRequest::default()
    };
    assert_eq!(
        list_showcases(&harness, TOWN, list("WITHDRAWN"))
            .await
            .expect("a list")
            .showcases,
        [withdrawn]
    );
    assert_eq!(
        list_showcases(&harness, TOWN, list("NOMINATED"))
            .await
            .expect("a list")
            .showcases,
        []
    );
    harness.stop().await;
}

#[tokio::test]
async fn only_a_person_of_rank_in_the_responsible_group_approves() {
    let harness = county().await;
    let name = nominated(&harness).await.name;
    assert_eq!(
        reason(&approve(&harness, &name, "town-leader").await.expect_err("no group")),
        "PUBLICITY_GROUP"
    );
    appoint(&harness, LANKAO, &["county-leader", "pilot-grid"])
        .await
        .expect("a group");
    for (approver, expected) in [("town-leader", "PUBLICITY_GROUP"), ("pilot-grid", "APPROVAL_RANK")] {
        assert_eq!(
            reason(&approve(&harness, &name, approver).await.expect_err(approver)),
            expected
        );
    }
    appoint(&harness, TOWN, &["town-leader"]).await.expect("a nearer group");
    assert_eq!(
        reason(&approve(&harness, &name, "county-leader").await.expect_err("farther")),
        "PUBLICITY_GROUP"
    );
    approve(&harness, &name, "town-leader").await.expect("approved");
    assert_eq!(
        appoint(&harness, TOWN, &["nobody"]).await.expect_err("unknown").code(),
        Code::NotFound
    );
    assert_eq!(
        fields(&appoint(&harness, PILOT, &["pilot-grid"]).await.expect_err("a village")),
        ["publicity_group.division"]
    );
    assert_eq!(
        fields(&appoint(&harness, TOWN, &[]).await.expect_err("nobody")),
        ["publicity_group.cadres"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn without_consent_or_text_nothing_is_kept_and_names_are_sealed() {
    let harness = county().await;
    let good = nomination(&harness).showcase.expect("a showcase");
    let consent = good.consent.clone().expect("consent");
    let with = |consent| Showcase {
        consent: Some(consent),
        ..good.clone()
    };
    for (field, showcase) in [
        (
            "showcase.consent",
            Showcase {
                consent: None,
                ..good.clone()
            },
        ),
        (
            "showcase.consent.person_name",
            with(ShowcaseConsent {
                person_name: String::new(),
                ..consent.clone()
            }),
        ),
        (
            "showcase.consent.consent_date",
            with(ShowcaseConsent {
                consent_date: day(2024, 4, 2),
                ..consent.clone()
            }),
        ),
        (
            "showcase.consent.evidence",
            with(ShowcaseConsent {
                evidence: String::new(),
                ..consent.clone()
            }),
        ),
        (
            "showcase.text",
            Showcase {
                text: "太短".to_owned(),
                ..good.clone()
            },
        ),
        (
            "showcase.text",
            Showcase {
                text: "长".repeat(4_001),
                ..good.clone()
            },
        ),
        (
            "showcase.title",
            Showcase {
                title: "长".repeat(61),
                ..good.clone()
            },
        ),
        (
            "showcase.kind",
            Showcase {
                kind: 0,
                ..good.clone()
            },
        ),
        (
            "showcase.division",
            Showcase {
                division: division(TOWN),
                ..good.clone()
            },
        ),
    ] {
        let request = NominateShowcaseRequest {
            showcase: Some(showcase),
            request_id: request_id(&harness),
        };
        let refused = nominate_showcase(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM showcases").await, ["0"]);
    nominated(&harness).await;
    let open = behind(
        &harness,
        "SELECT count(*)::text FROM showcases WHERE position(convert_to('徐永顺', 'UTF8') IN person_name || content) > 0",
    )
    .await;
    assert_eq!(open, ["0"]);
    harness.stop().await;
}
