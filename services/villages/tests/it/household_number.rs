//! An ID number is in force in one household at a time.

use futures::future::join_all;
use proto::xiangtu::villages::v1::{ChangeHouseholdHeadRequest, HouseholdRegistration};
use tonic::Code;

use crate::{
    calls::{change_household_head, end_household, register_household},
    county::{import, reason, refusals},
    household_life::{ended, entry, headed, registration},
    points::{FIRST, with_points},
    township::{PILOT, SECOND, TOWN},
};

/// The example of GB 11643.
const NUMBER: &str = "11010519491231002X";

fn numbered(id: &str, village: &str) -> HouseholdRegistration {
    HouseholdRegistration {
        id_number: NUMBER.to_lowercase(),
        ..registration(id, village)
    }
}

#[tokio::test]
async fn the_household_that_has_it_is_named_only_to_those_who_may_see_it() {
    let harness = with_points().await;
    register_household(&harness, TOWN, entry(&harness, numbered("N1", SECOND), (3, 1)))
        .await
        .expect("registered");
    for (scope, named) in [(TOWN, true), (PILOT, false)] {
        let refused = register_household(&harness, scope, entry(&harness, numbered("N2", PILOT), (3, 1)))
            .await
            .expect_err("in use");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "ID_NUMBER_IN_USE")
        );
        let said = format!("{refused:?}");
        assert_eq!(refused.message().contains("households/N1"), named, "{said}");
        assert!(named || !said.contains("N1"), "{said}");
        assert!(!said.contains(NUMBER), "{said}");
    }
    let request = ChangeHouseholdHeadRequest {
        id_number: NUMBER.to_owned(),
        ..headed(&harness, FIRST, "李梅", (2, 1))
    };
    // In February it was nobody's yet, but it would still be hers in March.
    let early = change_household_head(&harness, TOWN, request.clone())
        .await
        .expect_err("in use");
    assert_eq!(reason(&early), "ID_NUMBER_IN_USE");
    end_household(&harness, TOWN, ended(&harness, "households/N1", (4, 1)))
        .await
        .expect("ended");
    let early = change_household_head(&harness, TOWN, request.clone())
        .await
        .expect_err("in use in March");
    assert_eq!(reason(&early), "ID_NUMBER_IN_USE");
    let after = ChangeHouseholdHeadRequest {
        effective_date: crate::county::day(2024, 4, 1),
        request_id: crate::county::request_id(&harness),
        ..request
    };
    change_household_head(&harness, TOWN, after).await.expect("free again");
    harness.stop().await;
}

#[tokio::test]
async fn of_fifty_households_that_claim_it_at_once_one_gets_it() {
    let harness = with_points().await;
    let ids: Vec<String> = (0..50).map(|at| format!("N{at}")).collect();
    let claims = ids.iter().map(|id| entry(&harness, numbered(id, PILOT), (4, 1)));
    let claims = claims.map(|request| register_household(&harness, PILOT, request));
    let outcomes = join_all(claims).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), "ID_NUMBER_IN_USE");
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_file_is_refused_by_line_and_cause() {
    let harness = with_points().await;
    register_household(&harness, TOWN, entry(&harness, numbered("N1", SECOND), (3, 1)))
        .await
        .expect("registered");
    let header = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,\
                  sewage_connected,five_beauty,id_number\n";
    let row = |id: &str, number: &str| format!("{id},{PILOT},赵水志,4,3,resident,0,1,0,{number}\n");
    let other = "440524188001010014";
    let file = [
        header,
        &row("P1", NUMBER),
        &row("P2", other),
        &row("P3", other),
        &row("P4", ""),
    ]
    .concat();
    let report = import(&harness, "households", file.as_bytes()).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [(2, "id_number", "ID_NUMBER_IN_USE"), (4, "id_number", "DUPLICATE")]
    );
    assert!(report.errors[0].message.contains("households/N1"), "{report:?}");
    assert!(!format!("{report:?}").contains("0105194912"), "{report:?}");
    // Who gives the number up in the same file does not keep it from another.
    let swapped = [
        header,
        &row("P1", NUMBER),
        &format!("N1,{SECOND},孙富富,4,3,resident,0,1,0,{other}\n"),
    ]
    .concat();
    let mut header = crate::county::header("households");
    header.effective_date = "2024-04-01".to_owned();
    let report = crate::county::import_as(&harness, "410225", header, swapped.as_bytes())
        .await
        .expect("a report");
    assert!(report.applied, "{report:?}");
    harness.stop().await;
}
