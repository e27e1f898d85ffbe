use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    DiscloseHouseholdRequest, DisclosurePurpose, GetHouseholdRequest, Household, ListHouseholdsRequest,
    MergeDivisionsRequest, ToiletKind,
};
use tonic::Code;

use crate::county::{
    Asks as _, LANKAO, behind, counts, day, divisions, fields, header, households, import, import_as, lankao, list,
    reason, refusals, request_id,
};

const COLUMNS: &str = "household_id,village_code,group_code,head_name,registered_persons,resident_persons,status,low_income,\
                       toilet,sewage_connected,house_grade,five_beauty,phone,id_number";
const FIRST: &str =
    "41022500121301001,410225001213,41022500121301,赵水志,5,3,resident,0,flush,1,B,0,13800001111,11010519491231002X";
const SECOND: &str = "41022500121301002,410225001213,41022500121301,李梅,4,4,resident,1,dry_pit,0,D,0,,";
const OTHER: &str = "41022500121401001,410225001214,,赵水志,2,0,vacant,0,,0,,0,,";

fn file(rows: &[&str]) -> Vec<u8> {
    format!("{COLUMNS}\n{}\n", rows.join("\n")).into_bytes()
}

async fn with_households() -> Harness {
    let harness = lankao().await;
    let report = import(&harness, "groups", &list("groups")).await.expect("groups");
    assert_eq!(counts(&report), (5_182, 0, 0));
    let report = import(&harness, "households", &file(&[FIRST, SECOND, OTHER]))
        .await
        .expect("households");
    assert_eq!((counts(&report), report.applied), ((3, 0, 0), true), "{report:?}");
    harness
}

async fn find(harness: &Harness, request: ListHouseholdsRequest) -> Vec<Household> {
    let request = harness.ask(LANKAO, request);
    households(harness)
        .list_households(request)
        .await
        .expect("a list")
        .into_inner()
        .households
}

fn names(found: &[Household]) -> Vec<&str> {
    found.iter().map(|household| household.name.as_str()).collect()
}

#[tokio::test]
async fn personal_data_is_sealed_masked_and_found_by_exact_value() {
    let harness = with_households().await;
    let request = GetHouseholdRequest {
        name: "households/41022500121301001".to_owned(),
        as_of: None,
        known_at: None,
    };
    let household = households(&harness)
        .get_household(harness.ask(LANKAO, request))
        .await
        .expect("there")
        .into_inner();
    assert_eq!(
        (
            household.head_name.as_str(),
            household.phone.as_str(),
            household.id_number.as_str()
        ),
        ("赵**", "138****1111", "110105********002X")
    );
    assert_eq!(household.group, "divisions/410225001213001");
    assert_eq!(household.toilet(), ToiletKind::Flush);

    let by_name = ListHouseholdsRequest {
        head_name: "赵水志".to_owned(),
        ..ListHouseholdsRequest::default()
    };
    let found = find(&harness, by_name.clone()).await;
    assert_eq!(
        names(&found),
        ["households/41022500121301001", "households/41022500121401001"]
    );
    let in_village = ListHouseholdsRequest {
        division: "divisions/410225001213".to_owned(),
        ..by_name
    };
    assert_eq!(find(&harness, in_village).await.len(), 1);
    let by_phone = ListHouseholdsRequest {
        phone: "138 0000 1111".to_owned(),
        ..ListHouseholdsRequest::default()
    };
    assert_eq!(names(&find(&harness, by_phone).await), ["households/41022500121301001"]);
    let filter = r#"toilet = "DRY_PIT" AND low_income = true"#.to_owned();
    let poor = ListHouseholdsRequest {
        filter,
        ..ListHouseholdsRequest::default()
    };
    assert_eq!(names(&find(&harness, poor).await), ["households/41022500121301002"]);

    let stored = behind(&harness, "SELECT h::text FROM households h").await.concat();
    for plain in ["赵水志", "13800001111", "11010519491231002X"] {
        assert!(
            !stored.contains(plain) && !stored.contains(&hex(plain)),
            "{plain} lies open in the database"
        );
    }
    harness.stop().await;
}

fn hex(text: &str) -> String {
    hex::encode(text)
}

#[tokio::test]
async fn disclosure_needs_its_permission_and_a_purpose_and_is_audited() {
    let harness = with_households().await;
    let request = DiscloseHouseholdRequest {
        name: "households/41022500121301001".to_owned(),
        purpose: DisclosurePurpose::Contact.into(),
        reason: "入户走访 2024-06".to_owned(),
    };
    let reader = harness.pass(&["villages.households.read"], LANKAO);
    let denied = households(&harness)
        .disclose_household(harness.request_with(&reader, request.clone()))
        .await;
    assert_eq!(denied.expect_err("no permission").code(), Code::PermissionDenied);
    let aimless = DiscloseHouseholdRequest {
        purpose: 0,
        ..request.clone()
    };
    let aimless = households(&harness)
        .disclose_household(harness.ask(LANKAO, aimless))
        .await
        .expect_err("no purpose");
    assert_eq!(fields(&aimless), ["purpose"]);
    let silent = DiscloseHouseholdRequest {
        reason: String::new(),
        ..request.clone()
    };
    let silent = households(&harness)
        .disclose_household(harness.ask(LANKAO, silent))
        .await
        .expect_err("no reason");
    assert_eq!(fields(&silent), ["reason"]);
    let sibling = households(&harness)
        .disclose_household(harness.ask("410225002", request.clone()))
        .await;
    assert_eq!(sibling.expect_err("not theirs").code(), Code::NotFound);
    let audit = "SELECT principal || ' ' || resource || ' ' || detail FROM kit.audit WHERE action = 'disclose'";
    assert!(behind(&harness, audit).await.is_empty());

    let token = harness.pass(&["villages.households.disclose"], "410225001");
    let shown = households(&harness)
        .disclose_household(harness.request_with(&token, request))
        .await
        .expect("shown");
    let shown = shown.into_inner();
    assert_eq!(
        (shown.head_name.as_str(), shown.phone.as_str(), shown.id_number.as_str()),
        ("赵水志", "13800001111", "11010519491231002X")
    );
    let rows = behind(&harness, audit).await;
    assert_eq!(
        rows,
        ["officer households/41022500121301001 CONTACT (head_name, phone, id_number): 入户走访 2024-06"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_register_changes_by_valid_time_and_an_empty_value_leaves_what_is_known() {
    let harness = with_households().await;
    let again = import(&harness, "households", &file(&[FIRST, SECOND, OTHER]))
        .await
        .expect("taken again");
    assert_eq!(counts(&again), (0, 0, 3));
    let mut later = header("households");
    later.effective_date = "2024-05-01".to_owned();
    let converted = "41022500121301002,410225001213,,李梅,4,4,resident,1,flush,1,,0,,";
    let report = import_as(&harness, LANKAO, later, &file(&[converted]))
        .await
        .expect("taken");
    assert_eq!(counts(&report), (0, 1, 0));
    let toilet = async |month| {
        let name = "households/41022500121301002".to_owned();
        let request = GetHouseholdRequest {
            name,
            as_of: day(2024, month, 1),
            known_at: None,
        };
        let household = households(&harness)
            .get_household(harness.ask(LANKAO, request))
            .await
            .expect("there");
        let household = household.into_inner();
        (household.toilet(), household.group, household.house_grade)
    };
    let group = "divisions/410225001213001".to_owned();
    assert_eq!(toilet(4).await, (ToiletKind::DryPit, group.clone(), 4));
    assert_eq!(toilet(5).await, (ToiletKind::Flush, group, 4));
    let before = GetHouseholdRequest {
        name: "households/41022500121301002".to_owned(),
        as_of: day(2023, 12, 31),
        known_at: None,
    };
    let before = households(&harness)
        .get_household(harness.ask(LANKAO, before))
        .await
        .expect_err("not yet");
    assert_eq!(before.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn bad_rows_are_refused_without_showing_personal_data() {
    let harness = lankao().await;
    let rows = [
        "h1,410225001213,,赵水志,-1,3,resident,0,flush,1,B,0,,",
        "h2,410225001213,41022500121401,赵水志,5,3,resident,0,flush,1,B,0,,",
        "h3,410225001213,,赵水志,5,3,away,0,flush,1,B,0,,",
        "h4,410225001213,,赵水志,5,3,resident,0,flush,1,B,0,12,",
        "h5,410225001213,,赵水志,5,3,resident,0,flush,1,B,0,,110105194912310021",
        "h 6,410225001213,,赵水志,5,3,resident,0,flush,1,B,0,,",
        "h7,410225001,,赵水志,5,3,resident,0,flush,1,B,0,,",
    ];
    let report = import(&harness, "households", &file(&rows)).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (2, "registered_persons", "OUT_OF_RANGE"),
            (3, "group_code", "PARENT_MISMATCH"),
            (4, "status", "BAD_VALUE"),
            (5, "phone", "BAD_PHONE"),
            (6, "id_number", "BAD_ID_NUMBER"),
            (7, "household_id", "BAD_ID"),
            (8, "village_code", "NOT_A_VILLAGE")
        ]
    );
    assert!(report.errors.iter().all(|error| !error.value.contains("110105")));
    let unknown = [
        "h1,410225001999,,赵水志,5,3,resident,0,flush,1,B,0,,",
        "h1,410225001213,,赵水志,5,3,vacant,0,,1,B,0,,",
    ];
    let report = import(&harness, "households", &file(&unknown)).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (2, "village_code", "UNKNOWN_DIVISION"),
            (3, "household_id", "DUPLICATE")
        ]
    );
    let lacking = import(&harness, "households", b"household_id,head_name\nh1,x\n")
        .await
        .expect_err("columns");
    assert_eq!(
        (lacking.code(), reason(&lacking).as_str()),
        (Code::InvalidArgument, "MISSING_COLUMN")
    );
    harness.stop().await;
}

#[tokio::test]
async fn households_of_a_merged_village_are_listed_with_its_successor() {
    let harness = with_households().await;
    let request = MergeDivisionsRequest {
        sources: vec!["410225001214".to_owned()],
        target: "410225001213".to_owned(),
        effective_date: day(2024, 5, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    divisions(&harness)
        .merge_divisions(harness.ask(LANKAO, request))
        .await
        .expect("merged");
    let in_village = |month| ListHouseholdsRequest {
        division: "410225001213".to_owned(),
        as_of: day(2024, month, 1),
        ..ListHouseholdsRequest::default()
    };
    assert_eq!(find(&harness, in_village(4)).await.len(), 2);
    let after = find(&harness, in_village(5)).await;
    assert_eq!(after.len(), 3);
    assert_eq!(after[2].division, "divisions/410225001214");
    harness.stop().await;
}

#[tokio::test]
async fn pages_and_names_of_others_are_refused() {
    let harness = with_households().await;
    let page = |token: &str, head: &str| ListHouseholdsRequest {
        page_size: 1,
        page_token: token.to_owned(),
        head_name: head.to_owned(),
        ..ListHouseholdsRequest::default()
    };
    let first = households(&harness)
        .list_households(harness.ask(LANKAO, page("", "")))
        .await
        .expect("a page");
    let other = page(&first.into_inner().next_page_token, "赵水志");
    let refused = households(&harness)
        .list_households(harness.ask(LANKAO, other))
        .await
        .expect_err("another query");
    assert_eq!(reason(&refused), "PAGE_TOKEN_MISMATCH");
    for name in ["households/", "41022500121301001", "cadres/1", "households/a b"] {
        let request = GetHouseholdRequest {
            name: name.to_owned(),
            as_of: None,
            known_at: None,
        };
        let refused = households(&harness)
            .get_household(harness.ask(LANKAO, request))
            .await
            .expect_err(name);
        assert_eq!(fields(&refused), ["name"]);
    }
    let request = GetHouseholdRequest {
        name: "households/41022500121301001".to_owned(),
        as_of: None,
        known_at: None,
    };
    let refused = households(&harness)
        .get_household(harness.ask("410225002", request))
        .await
        .expect_err("not theirs");
    assert_eq!(refused.code(), Code::NotFound);
    let theirs = ListHouseholdsRequest {
        division: "410225001".to_owned(),
        ..ListHouseholdsRequest::default()
    };
    let refused = households(&harness)
        .list_households(harness.ask("410225002", theirs))
        .await
        .expect_err("not theirs");
    assert_eq!(refused.code(), Code::NotFound);
    harness.stop().await;
}
