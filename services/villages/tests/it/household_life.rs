//! Registration, heads, moves and ends of households; helpers of the other files about households in their life.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AssignHouseholdsRequest, ChangeHouseholdHeadRequest, EndHouseholdRequest, GetHouseholdRequest,
    GetPointAccountRequest, Household, HouseholdEndReason, HouseholdLineageKind, HouseholdRegistration,
    ListHouseholdsRequest, MoveHouseholdRequest, RegisterHouseholdRequest, ResidenceStatus,
};
use tonic::{Code, Status};

use crate::{
    calls::{
        assign_households, change_household_head, end_household, get_household, get_point_account, list_households,
        move_household, register_household,
    },
    county::{Asks as _, LANKAO, behind, day, fields, households, import, reason, request_id},
    points::{FIRST, account, award, with_points},
    township::{BESIDE, PILOT, SECOND, THIRD, TOWN, division},
};

/// A date of 2024 as month and day.
pub type Day = (i32, i32);

/// A household of four as a person enters it.
pub fn registration(id: &str, village: &str) -> HouseholdRegistration {
    HouseholdRegistration {
        household_id: id.to_owned(),
        division: division(village),
        head_name: "孙富富".to_owned(),
        phone: "138 0000 2222".to_owned(),
        registered_person_count: 4,
        resident_person_count: 3,
        residence_status: ResidenceStatus::Resident.into(),
        ..HouseholdRegistration::default()
    }
}

/// Its entry into the register, not yet sent.
pub fn entry(harness: &Harness, registration: HouseholdRegistration, (month, on): Day) -> RegisterHouseholdRequest {
    RegisterHouseholdRequest {
        registration: Some(registration),
        effective_date: day(2024, month, on),
        basis: "户籍证明 12".to_owned(),
        request_id: request_id(harness),
        ..RegisterHouseholdRequest::default()
    }
}

/// A new head, not yet sent.
pub fn headed(harness: &Harness, household: &str, head: &str, (month, on): Day) -> ChangeHouseholdHeadRequest {
    ChangeHouseholdHeadRequest {
        name: household.to_owned(),
        head_name: head.to_owned(),
        effective_date: day(2024, month, on),
        basis: "户主变更申请 7".to_owned(),
        request_id: request_id(harness),
        ..ChangeHouseholdHeadRequest::default()
    }
}

/// A move, not yet sent.
pub fn moved(harness: &Harness, household: &str, village: &str, (month, on): Day) -> MoveHouseholdRequest {
    MoveHouseholdRequest {
        name: household.to_owned(),
        division: division(village),
        effective_date: day(2024, month, on),
        basis: "迁移证 3".to_owned(),
        request_id: request_id(harness),
        ..MoveHouseholdRequest::default()
    }
}

/// An end, not yet sent.
pub fn ended(harness: &Harness, household: &str, (month, on): Day) -> EndHouseholdRequest {
    EndHouseholdRequest {
        name: household.to_owned(),
        end_reason: HouseholdEndReason::Extinct.into(),
        effective_date: day(2024, month, on),
        basis: "注销证明 5".to_owned(),
        request_id: request_id(harness),
        ..EndHouseholdRequest::default()
    }
}

/// The household as it was on a day.
pub async fn on(harness: &Harness, scope: &str, household: &str, (month, on): Day) -> Result<Household, Status> {
    let request = GetHouseholdRequest {
        name: household.to_owned(),
        as_of: day(2024, month, on),
        known_at: None,
    };
    get_household(harness, scope, request).await
}

/// Village, name of the head as shown, persons on the register.
pub async fn state(harness: &Harness, household: &str, at: Day) -> Option<(String, String, i32)> {
    let found = on(harness, LANKAO, household, at).await.ok()?;
    let code = found.division.trim_start_matches("divisions/").to_owned();
    Some((code, found.head_name, found.registered_person_count))
}

/// Lets a cadre look after households from the beginning of the year on.
pub async fn care(harness: &Harness, cadre: &str, households: &[&str]) {
    let request = AssignHouseholdsRequest {
        cadre: format!("cadres/{cadre}"),
        households: households.iter().map(|name| (*name).to_owned()).collect(),
        valid_from: day(2024, 1, 1),
        request_id: request_id(harness),
    };
    assign_households(harness, LANKAO, request).await.expect("assigned");
}

/// Whom a cadre looks after on a day, as somebody of `scope` sees it.
pub async fn cared(harness: &Harness, scope: &str, cadre: &str, (month, on): Day) -> Vec<String> {
    let request = ListHouseholdsRequest {
        cadre: format!("cadres/{cadre}"),
        as_of: day(2024, month, on),
        ..ListHouseholdsRequest::default()
    };
    let listed = list_households(harness, scope, request).await.expect("a list");
    listed.households.into_iter().map(|household| household.name).collect()
}

/// Types of what was stated about households, in order.
pub async fn events(harness: &Harness) -> Vec<String> {
    let types =
        "SELECT type FROM kit.outbox WHERE type LIKE 'household.%' AND type <> 'household.imported' ORDER BY id";
    behind(harness, types).await
}

fn place(village: &str, head: &str) -> Option<(String, String, i32)> {
    Some((village.to_owned(), head.to_owned(), 4))
}

#[tokio::test]
async fn a_household_is_registered_headed_anew_and_ended_each_from_its_day() {
    let harness = with_points().await;
    let request = entry(&harness, registration("", PILOT), (3, 1));
    let born = register_household(&harness, PILOT, request.clone())
        .await
        .expect("registered");
    let again = register_household(&harness, PILOT, request)
        .await
        .expect("the first answer");
    assert_eq!(again, born);
    assert_eq!((born.phone.as_str(), born.head_name.as_str()), ("138****2222", "孙**"));
    let name = born.name.as_str();

    let stale = ChangeHouseholdHeadRequest {
        etag: "other".to_owned(),
        ..headed(&harness, name, "李梅", (4, 1))
    };
    let stale = change_household_head(&harness, PILOT, stale)
        .await
        .expect_err("another state");
    assert_eq!(stale.code(), Code::Aborted);
    let request = ChangeHouseholdHeadRequest {
        etag: born.etag.clone(),
        ..headed(&harness, name, "李梅", (4, 1))
    };
    let changed = change_household_head(&harness, PILOT, request).await.expect("changed");
    assert_eq!((changed.head_name.as_str(), changed.phone.as_str()), ("李**", ""));
    assert_ne!(changed.etag, born.etag);

    let edge = end_household(&harness, PILOT, ended(&harness, name, (4, 1)))
        .await
        .expect("ended");
    assert_eq!(
        (
            edge.kind(),
            edge.end_reason(),
            edge.successor.as_str(),
            edge.basis.as_str()
        ),
        (
            HouseholdLineageKind::Ended,
            HouseholdEndReason::Extinct,
            "",
            "注销证明 5"
        )
    );
    assert_eq!(state(&harness, name, (2, 29)).await, None);
    assert_eq!(state(&harness, name, (3, 31)).await, place(PILOT, "孙**"));
    assert_eq!(
        state(&harness, name, (4, 1)).await,
        None,
        "the head of that day never was"
    );
    assert_eq!(
        events(&harness).await,
        ["household.registered", "household.head_changed", "household.ended"]
    );
    let audit = "SELECT action || ' ' || detail FROM kit.audit WHERE resource LIKE 'households/%' ORDER BY id";
    assert_eq!(
        behind(&harness, audit).await,
        ["register 户籍证明 12", "change_head 户主变更申请 7", "end 注销证明 5"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn two_moves_recorded_in_reverse_order_each_hold_in_their_time_with_whoever_cares() {
    let harness = with_points().await;
    care(&harness, "pilot-secretary", &[FIRST]).await;
    for request in [
        moved(&harness, FIRST, SECOND, (3, 20)),
        moved(&harness, FIRST, THIRD, (3, 10)),
    ] {
        move_household(&harness, TOWN, request).await.expect("moved");
    }
    // Learned of last, and headed by her in every village since.
    let request = headed(&harness, FIRST, "李梅", (3, 5));
    change_household_head(&harness, TOWN, request).await.expect("changed");
    for (at, expected) in [
        ((3, 4), place(PILOT, "赵**")),
        ((3, 9), place(PILOT, "李**")),
        ((3, 10), place(THIRD, "李**")),
        ((3, 19), place(THIRD, "李**")),
        ((3, 20), place(SECOND, "李**")),
        ((12, 31), place(SECOND, "李**")),
    ] {
        assert_eq!(state(&harness, FIRST, at).await, expected, "{at:?}");
    }
    for (scope, at) in [(PILOT, (3, 9)), (THIRD, (3, 10)), (SECOND, (3, 20))] {
        let seen = cared(&harness, scope, "pilot-secretary", at).await;
        assert_eq!(seen, [FIRST], "nobody is without a carer: {at:?}");
    }
    assert!(cared(&harness, PILOT, "pilot-secretary", (3, 10)).await.is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_village_does_not_go_on_with_what_has_left_it() {
    let harness = with_points().await;
    award(&harness, FIRST, "clean_yard").await;
    let request = moved(&harness, FIRST, SECOND, (4, 1));
    let beyond = move_household(&harness, PILOT, request.clone())
        .await
        .expect_err("into a sibling");
    assert_eq!(beyond.code(), Code::NotFound);
    move_household(&harness, TOWN, request).await.expect("moved");

    on(&harness, PILOT, FIRST, (3, 31)).await.expect("was there");
    let gone = on(&harness, PILOT, FIRST, (4, 1)).await.expect_err("left");
    assert_eq!(gone.code(), Code::NotFound);
    let later = headed(&harness, FIRST, "李梅", (3, 15));
    let later = change_household_head(&harness, PILOT, later)
        .await
        .expect_err("registered elsewhere");
    assert_eq!(
        (later.code(), reason(&later).as_str()),
        (Code::FailedPrecondition, "REGISTERED_ELSEWHERE")
    );
    let points = GetPointAccountRequest {
        name: format!("{FIRST}/pointAccount"),
        ..GetPointAccountRequest::default()
    };
    let left = get_point_account(&harness, PILOT, points.clone())
        .await
        .expect_err("left");
    assert_eq!(left.code(), Code::NotFound);
    let there = get_point_account(&harness, SECOND, points).await.expect("an account");
    assert_eq!((there.balance_points, there.household_ended), (10, false));
    assert_eq!(account(&harness, FIRST, None).await, there);
    harness.stop().await;
}

#[tokio::test]
async fn wrong_requests_name_their_field_and_change_nothing() {
    let harness = with_points().await;
    let rows = "SELECT h::text FROM households h ORDER BY id";
    let before = behind(&harness, rows).await;
    let with = |change: fn(&mut HouseholdRegistration)| {
        let mut given = registration("N1", PILOT);
        change(&mut given);
        entry(&harness, given, (4, 1))
    };
    for (field, request) in [
        (
            "registration.household_id",
            with(|it| it.household_id = "a b".to_owned()),
        ),
        ("registration.division", with(|it| it.division = division(TOWN))),
        ("registration.group", with(|it| it.group = division(SECOND))),
        ("registration.head_name", with(|it| it.head_name = "赵?志".to_owned())),
        ("registration.phone", with(|it| it.phone = "12".to_owned())),
        (
            "registration.id_number",
            with(|it| it.id_number = "110105194912310021".to_owned()),
        ),
        (
            "registration.registered_person_count",
            with(|it| it.registered_person_count = 101),
        ),
        ("registration.residence_status", with(|it| it.residence_status = 0)),
    ] {
        let refused = register_household(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
        let said = format!("{refused:?}");
        assert!(!said.contains("1101051949") && !said.contains("赵?志"), "{said}");
    }
    let with = |change: fn(&mut RegisterHouseholdRequest)| {
        let mut request = entry(&harness, registration("N1", PILOT), (4, 1));
        change(&mut request);
        request
    };
    for (field, request) in [
        ("registration", with(|it| it.registration = None)),
        ("effective_date", with(|it| it.effective_date = None)),
        ("basis", with(|it| it.basis = String::new())),
        ("request_id", with(|it| it.request_id = String::new())),
    ] {
        let refused = register_household(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let known = register_household(&harness, TOWN, entry(&harness, registration("P1", PILOT), (4, 1)))
        .await
        .expect_err("a number in use");
    assert_eq!(known.code(), Code::AlreadyExists);
    let ahead = entry(&harness, registration("N1", PILOT), (1, 1));
    let early = RegisterHouseholdRequest {
        effective_date: day(2023, 12, 31),
        ..ahead
    };
    let early = register_household(&harness, TOWN, early)
        .await
        .expect_err("before the village");
    assert_eq!(early.code(), Code::NotFound);
    let stays = move_household(&harness, TOWN, moved(&harness, FIRST, PILOT, (4, 1)))
        .await
        .expect_err("no move");
    assert_eq!(fields(&stays), ["division"]);
    let reader = harness.pass(&["villages.households.read"], TOWN);
    let denied = households(&harness)
        .end_household(harness.request_with(&reader, ended(&harness, FIRST, (4, 1))))
        .await
        .expect_err("no permission");
    assert_eq!(denied.code(), Code::PermissionDenied);
    let beside = end_household(&harness, BESIDE, ended(&harness, FIRST, (4, 1)))
        .await
        .expect_err("not theirs");
    assert_eq!(beside.code(), Code::NotFound);
    let trial = EndHouseholdRequest {
        validate_only: true,
        ..ended(&harness, FIRST, (4, 1))
    };
    let edge = end_household(&harness, TOWN, trial).await.expect("would end");
    assert_eq!(edge.predecessor, FIRST);
    assert_eq!(behind(&harness, rows).await, before);
    assert!(events(&harness).await.is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn what_has_ended_is_not_brought_back_by_an_old_file() {
    let harness = with_points().await;
    end_household(&harness, TOWN, ended(&harness, FIRST, (3, 1)))
        .await
        .expect("ended");
    let row = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,sewage_connected,\
               five_beauty\nP1,410225101201,赵水志,4,3,resident,0,1,0\n";
    let before = import(&harness, "households", row.as_bytes()).await.expect("a report");
    assert!(before.applied, "before its end it was as the file says: {before:?}");
    let mut header = crate::county::header("households");
    header.effective_date = "2024-04-01".to_owned();
    let after = crate::county::import_as(&harness, LANKAO, header, row.as_bytes())
        .await
        .expect("a report");
    assert_eq!(
        crate::county::refusals(&after),
        [(2, "household_id", "HOUSEHOLD_ENDED")]
    );
    let number = entry(&harness, registration("P1", PILOT), (4, 1));
    let number = register_household(&harness, TOWN, number)
        .await
        .expect_err("its number stays its own");
    assert_eq!(number.code(), Code::AlreadyExists);
    harness.stop().await;
}
