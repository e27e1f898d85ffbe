use proto::xiangtu::villages::v1::{
    DivisionKind, DivisionLevel, GetDivisionRequest, ListDivisionsRequest, ListLineageRequest,
};
use tonic::Code;

use crate::county::{
    Asks as _, LANKAO, behind, counts, day, divisions, empty, header, import, import_as, lankao, list, reason, refusals,
};

fn get(code: &str) -> GetDivisionRequest {
    GetDivisionRequest {
        name: format!("divisions/{code}"),
        ..GetDivisionRequest::default()
    }
}

fn all(subtree: &str) -> ListDivisionsRequest {
    ListDivisionsRequest {
        subtree: subtree.to_owned(),
        page_size: 1_000,
        ..ListDivisionsRequest::default()
    }
}

#[tokio::test]
async fn the_official_list_is_taken_and_again_without_effect() {
    let harness = empty().await;
    let first = import(&harness, "divisions", &list("divisions")).await.expect("taken");
    // 494 rows, of which the province and the prefecture lie above the county.
    assert_eq!(
        (first.row_count, counts(&first), first.applied),
        (494, (492, 0, 2), true)
    );
    let again = import(&harness, "divisions", &list("divisions"))
        .await
        .expect("taken again");
    assert_eq!((counts(&again), again.applied), ((0, 0, 494), true));
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM divisions").await, ["492"]);

    let county = divisions(&harness)
        .get_division(harness.ask(LANKAO, get(LANKAO)))
        .await
        .expect("there");
    let county = county.into_inner();
    assert_eq!(
        (county.display_name.as_str(), county.level()),
        ("兰考县", DivisionLevel::County)
    );
    assert_eq!(
        (county.parent.as_str(), county.valid_from, county.valid_until),
        ("divisions/4102", day(2024, 1, 1), None)
    );
    let listed = divisions(&harness)
        .list_divisions(harness.ask(LANKAO, all("")))
        .await
        .expect("a list")
        .into_inner();
    let of = |kind| {
        listed
            .divisions
            .iter()
            .filter(|division| division.kind() == kind)
            .count()
    };
    assert_eq!(listed.divisions.len(), 492);
    assert_eq!(
        [
            DivisionKind::Village,
            DivisionKind::Community,
            DivisionKind::SpecialArea,
            DivisionKind::QuasiTownship
        ]
        .map(of),
        [431, 32, 6, 6]
    );
    harness.stop().await;
}

#[tokio::test]
async fn lists_are_walked_filtered_and_cut_to_the_caller() {
    let harness = lankao().await;
    let page = |token: &str, filter: &str| ListDivisionsRequest {
        subtree: "410225001".to_owned(),
        filter: filter.to_owned(),
        page_size: 7,
        page_token: token.to_owned(),
        ..ListDivisionsRequest::default()
    };
    let mut codes = Vec::new();
    let mut token = String::new();
    loop {
        let request = harness.ask(LANKAO, page(&token, r#"level = "VILLAGE""#));
        let answer = divisions(&harness)
            .list_divisions(request)
            .await
            .expect("a page")
            .into_inner();
        codes.extend(answer.divisions.into_iter().map(|division| division.code));
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert!(codes.len() == 17 && codes.is_sorted(), "{codes:?}");

    let first = divisions(&harness)
        .list_divisions(harness.ask(LANKAO, page("", "")))
        .await
        .expect("a page");
    let other = page(&first.into_inner().next_page_token, r#"level = "VILLAGE""#);
    let refused = divisions(&harness)
        .list_divisions(harness.ask(LANKAO, other))
        .await
        .expect_err("another query");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH")
    );

    let named = ListDivisionsRequest {
        filter: r#"display_name = "*韩陵*""#.to_owned(),
        ..all("")
    };
    let named = divisions(&harness)
        .list_divisions(harness.ask(LANKAO, named))
        .await
        .expect("a list")
        .into_inner();
    assert!(
        named
            .divisions
            .iter()
            .any(|division| division.display_name == "老韩陵村委会")
    );

    let seen = divisions(&harness)
        .list_divisions(harness.ask("410225001", all("")))
        .await
        .expect("a list");
    assert_eq!(seen.into_inner().divisions.len(), 18);
    for (scope, code) in [
        ("410225001", "410225002"),
        ("410225001", LANKAO),
        ("410225001", "410225002004"),
    ] {
        let refused = divisions(&harness)
            .get_division(harness.ask(scope, get(code)))
            .await
            .expect_err("not theirs");
        assert_eq!(refused.code(), Code::NotFound, "{scope} {code}");
    }
    let sibling = divisions(&harness)
        .list_divisions(harness.ask("410225001", all("410225002")))
        .await;
    assert_eq!(sibling.expect_err("not theirs").code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn what_contradicts_itself_is_refused_by_line() {
    let harness = empty().await;
    let rows = [
        "410225000000,兰考县,3,410200000000,county",
        "410225001000,兰阳街道,4,410225000000,subdistrict",
        "410225001000,兰阳街道,4,410225000000,subdistrict",
        "410225009201,无上级村,5,410225009000,village",
        "410305001201,别处村,5,410305001000,village",
    ];
    let file = format!("code,name,level,parent_code,kind\n{}\n", rows.join("\n"));
    let report = import(&harness, "divisions", file.as_bytes()).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (4, "code", "DUPLICATE"),
            (5, "parent_code", "UNKNOWN_PARENT"),
            (6, "code", "OUTSIDE_DIVISION")
        ]
    );
    let rows = [
        "41022500100,短码,5,410225001000,village",
        "410225001201,错级,4,410225001000,village",
        "410225001202,错上级,5,410225002000,village",
        "410225001203,错类,5,410225001000,town",
        "410225001204,?村,5,410225001000,village",
        "410225001205,,5,410225001000,village",
    ];
    let file = format!("code,name,level,parent_code,kind\n{}\n", rows.join("\n"));
    let report = import(&harness, "divisions", file.as_bytes()).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (2, "code", "BAD_CODE"),
            (3, "level", "LEVEL_MISMATCH"),
            (4, "parent_code", "PARENT_MISMATCH"),
            (5, "kind", "KIND_MISMATCH"),
            (6, "name", "LOST_CHARACTER"),
            (7, "name", "MISSING_VALUE")
        ]
    );
    assert!(!report.applied);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM divisions").await, ["0"]);
    harness.stop().await;
}

#[tokio::test]
async fn a_missing_column_is_named_once_whatever_its_language() {
    let harness = empty().await;
    for (file, lacks) in [
        ("code,level\n410225001,4\n410225002,4\n", "name"),
        ("行政区划代码,级别\n410225001,4\n", "name"),
        ("名称,级别\n城关街道,4\n", "code"),
        ("a,b\n1,2\n", "code, name"),
    ] {
        let refused = import(&harness, "divisions", file.as_bytes())
            .await
            .expect_err("refused as a whole");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::InvalidArgument, "MISSING_COLUMN"),
            "{file}"
        );
        let text = format!("code or 行政区划代码, name or 名称; it lacks {lacks}");
        assert!(refused.message().ends_with(&text), "{}", refused.message());
    }
    let empty_cell = "行政区划代码,名称\n410225001,\n";
    let report = import(&harness, "divisions", empty_cell.as_bytes())
        .await
        .expect("a report");
    assert_eq!(
        refusals(&report),
        [(2, "名称", "MISSING_VALUE")],
        "by the name it has in the file"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_newer_list_with_another_name_leaves_both_readable() {
    let harness = lankao().await;
    let mut later = header("divisions");
    later.effective_date = "2024-05-01".to_owned();
    let file = "code,name\n410225001214,韩陵村委会\n";
    let report = import_as(&harness, LANKAO, later.clone(), file.as_bytes())
        .await
        .expect("taken");
    assert_eq!(counts(&report), (0, 1, 0));
    let name_on = async |month, date| {
        let request = GetDivisionRequest {
            as_of: day(2024, month, date),
            ..get("410225001214")
        };
        divisions(&harness)
            .get_division(harness.ask(LANKAO, request))
            .await
            .expect("there")
            .into_inner()
            .display_name
    };
    assert_eq!(
        (name_on(4, 30).await.as_str(), name_on(5, 1).await.as_str()),
        ("老韩陵村委会", "韩陵村委会")
    );
    let edges = divisions(&harness)
        .list_lineage(harness.ask(LANKAO, ListLineageRequest::default()))
        .await;
    let edges = edges.expect("a list").into_inner().edges;
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].predecessor_display_name, "老韩陵村委会");

    // The list of January says the old name again: what was believed of January to April stays as it was.
    let again = import(&harness, "divisions", &list("divisions")).await.expect("taken");
    assert_eq!(counts(&again), (0, 0, 494));
    let types = behind(&harness, "SELECT type FROM kit.outbox ORDER BY id").await;
    assert_eq!(types, ["division.imported", "division.renamed", "division.imported"]);
    harness.stop().await;
}

#[tokio::test]
async fn an_import_of_another_division_or_without_permission_is_refused() {
    let harness = empty().await;
    let outside = import_as(&harness, "410225001", header("divisions"), b"code,name\n")
        .await
        .expect_err("not theirs");
    assert_eq!(outside.code(), Code::NotFound);
    let mut bad = header("divisions");
    bad.effective_date = "2023-02-29".to_owned();
    let refused = import_as(&harness, LANKAO, bad, b"code,name\n")
        .await
        .expect_err("no such day");
    assert_eq!(refused.code(), Code::InvalidArgument);
    harness.stop().await;
}

#[tokio::test]
async fn lines_are_counted_alike_in_crlf_files() {
    let harness = empty().await;
    let file = "code,name\r\n410225000000,兰考县\r\n41022500100,短码\r\n";
    let report = import(&harness, "divisions", file.as_bytes()).await.expect("a report");
    assert_eq!(refusals(&report), [(3, "code", "BAD_CODE")]);
    harness.stop().await;
}
