//! Lists and lists of changes of a made-up county: what they may say, and what is refused.

use kit::testing::Harness;
use proto::xiangtu::{
    transfer::v1::{ImportChangeKind as Kind, ImportDecision as Decision, ImportHeader, ImportReport},
    villages::v1::{DivisionSplit, ListHouseholdsRequest},
};

use crate::{
    county::{Asks as _, LANKAO, behind, counts, day, header, households, import, import_as, refusals},
    plan_section::plan,
    township::{FAR, HILL, PILOT, SECOND, THIRD, at_work, county},
};

const LATER: &str = "2024-05-01";

async fn take(harness: &Harness, division: &str, register: &str, date: &str, file: &str) -> ImportReport {
    let header = ImportHeader {
        division: division.to_owned(),
        effective_date: date.to_owned(),
        ..header(register)
    };
    import_as(harness, LANKAO, header, file.as_bytes())
        .await
        .expect("a report")
}

async fn list(harness: &Harness, file: &str) -> ImportReport {
    take(
        harness,
        LANKAO,
        "division_list",
        LATER,
        &format!("code,name,successor_code\n{file}"),
    )
    .await
}

async fn changes(harness: &Harness, file: &str) -> ImportReport {
    let file = format!("change,old_code,old_name,new_code,new_name\n{file}");
    take(harness, LANKAO, "division_changes", LATER, &file).await
}

/// Kind, old code, new code and decision of each change.
fn told(report: &ImportReport) -> Vec<(Kind, &str, &str, Decision)> {
    let diff = report.diff.as_ref().expect("a diff");
    let told = diff.changes.iter();
    told.map(|change| {
        (
            change.kind(),
            change.old_code.as_str(),
            change.new_code.as_str(),
            change.decision(),
        )
    })
    .collect()
}

async fn stated(harness: &Harness) -> Vec<String> {
    behind(
        harness,
        "SELECT type || ' ' || subject FROM kit.outbox WHERE type LIKE 'division.%' AND type <> 'division.imported' ORDER BY id",
    )
    .await
}

const KEPT: &str = "410225,兰考县,\n410225101,堌阳镇,\n410225101201,徐场村,\n410225102,南彰镇,\n";

#[tokio::test]
async fn what_holds_nothing_ends_and_what_holds_something_does_not() {
    let harness = county().await;
    let groups = format!("group_code,village_code,name\n{SECOND}001,{SECOND},河湾\n");
    assert!(
        import(&harness, "groups", groups.as_bytes())
            .await
            .expect("taken")
            .applied
    );
    let file = format!("{KEPT}410225102201,李寨村,\n");
    let refused = list(&harness, &file).await;
    assert_eq!(refusals(&refused), [(0, "code", "SUCCESSOR_UNDECIDED")]);
    assert_eq!(
        told(&refused),
        [
            (Kind::Abolished, THIRD, "", Decision::Empty),
            (Kind::Abolished, FAR, "", Decision::Empty),
            (Kind::Undecided, SECOND, "", Decision::Unspecified),
        ]
    );
    assert!(
        refused.errors[0].message.contains("1 natural villages"),
        "{}",
        refused.errors[0].message
    );
    assert_eq!(stated(&harness).await, [""; 0]);

    let decided = list(&harness, &format!("{file}{SECOND},范场村,none\n")).await;
    assert!(decided.applied, "{:?}", decided.errors);
    assert_eq!(told(&decided)[0], (Kind::Abolished, SECOND, "", Decision::Stated));
    let ended = behind(
        &harness,
        "SELECT division_code FROM divisions WHERE known_until IS NULL AND valid_until = '2024-05-01' ORDER BY 1",
    )
    .await;
    assert_eq!(ended, [SECOND, &format!("{SECOND}001"), THIRD, FAR]);
    let abolished = [SECOND, THIRD, FAR].map(|code| format!("division.abolished divisions/{code}"));
    assert_eq!(stated(&harness).await, abolished);
    harness.stop().await;
}

#[tokio::test]
async fn an_open_task_needs_a_successor() {
    let harness = at_work(plan()).await;
    let refused = list(
        &harness,
        &format!("{KEPT}{SECOND},范场村,\n{THIRD},秦寨村,\n{FAR},王庄村,\n"),
    )
    .await;
    assert_eq!(refusals(&refused), [(0, "code", "SUCCESSOR_UNDECIDED")]);
    let error = &refused.errors[0];
    assert!(
        error.value == HILL && error.message.contains("1 open tasks"),
        "{error:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn households_that_came_by_a_merger_count_as_those_of_the_village() {
    let harness = county().await;
    let homes = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,sewage_connected,\
                 five_beauty\nH1,410225102202,赵水志,4,3,resident,0,1,0\n";
    assert!(
        import(&harness, "households", homes.as_bytes())
            .await
            .expect("taken")
            .applied
    );
    let merged = take(
        &harness,
        LANKAO,
        "division_changes",
        "2024-03-01",
        &format!("change,old_code,new_code,new_name\nmerged,{FAR},{HILL},\n"),
    )
    .await;
    assert!(merged.applied, "{:?}", merged.errors);
    let all = format!("{KEPT}{SECOND},范场村,\n{THIRD},秦寨村,\n");
    let refused = list(&harness, &format!("{all}410225102203,寨上村,\n")).await;
    assert_eq!(refusals(&refused), [(0, "code", "SUCCESSOR_UNDECIDED")]);
    assert!(
        refused.errors[0].message.contains("1 households"),
        "{}",
        refused.errors[0].message
    );

    let moved = list(&harness, &format!("{all}410225102203,寨上村,\n{HILL},,410225102203\n")).await;
    assert!(moved.applied, "{:?}", moved.errors);
    let request = ListHouseholdsRequest {
        division: "410225102203".to_owned(),
        as_of: day(2024, 5, 1),
        ..ListHouseholdsRequest::default()
    };
    let found = households(&harness)
        .list_households(harness.ask(LANKAO, request))
        .await
        .expect("a list");
    assert_eq!(found.into_inner().households.len(), 1, "through both changes");
    harness.stop().await;
}

#[tokio::test]
async fn a_list_that_is_not_whole_or_contradicts_itself_is_refused_by_line() {
    let harness = county().await;
    let villages = format!("{SECOND},范场村,\n{THIRD},秦寨村,\n{HILL},李寨村,\n{FAR},王庄村,\n");
    let cut = list(&harness, "410225,兰考县,\n410225101,堌阳镇,\n410225102,南彰镇,\n").await;
    assert_eq!(refusals(&cut), [(0, "code", "LEVEL_MISSING")]);
    let orphan = list(&harness, &format!("{KEPT}{villages}410225103201,新村,\n")).await;
    assert_eq!(refusals(&orphan), [(10, "parent_code", "UNKNOWN_PARENT")]);
    let group = list(
        &harness,
        &format!("{KEPT}{villages}{SECOND}001,河湾,\n{SECOND},,410225101\n"),
    )
    .await;
    assert_eq!(
        refusals(&group),
        [(10, "code", "GROUP_LISTED"), (11, "successor_code", "LEVEL_MISMATCH")]
    );
    let rest = format!("{THIRD},秦寨村,\n{HILL},李寨村,\n{FAR},王庄村,\n");
    let wrong = [
        format!("{SECOND},范庄村,{THIRD}"),
        format!("{SECOND},,410225101299"),
        format!("410225101298,,{THIRD}"),
    ];
    for (row, expected) in wrong.iter().zip([
        ("name", "NAME_MISMATCH"),
        ("successor_code", "UNKNOWN_SUCCESSOR"),
        ("code", "UNKNOWN_DIVISION"),
    ]) {
        let refused = list(&harness, &format!("{KEPT}{rest}{row}\n")).await;
        assert_eq!(refusals(&refused), [(9, expected.0, expected.1)], "{row}");
    }
    // 范场 and 秦寨 have each other's code: nobody could tell from the code which of them is meant.
    let swapped = list(
        &harness,
        &format!("{KEPT}{SECOND},秦寨村,\n{THIRD},范场村,\n{HILL},李寨村,\n{FAR},王庄村,\n"),
    )
    .await;
    assert_eq!(
        refusals(&swapped),
        [(6, "code", "CODE_REUSED"), (7, "code", "CODE_REUSED")]
    );

    let renamed = list(&harness, &format!("{KEPT}{villages}").replace("范场村", "范场社区")).await;
    assert_eq!(
        (counts(&renamed), renamed.applied),
        ((0, 1, 7), true),
        "{:?}",
        renamed.errors
    );
    let earlier = take(
        &harness,
        LANKAO,
        "division_list",
        "2024-04-01",
        &format!(
            "code,name\n{}",
            format!("{KEPT}{villages}")
                .replace(",\n", "\n")
                .replace("范场村", "范家场村")
        ),
    )
    .await;
    assert_eq!(refusals(&earlier), [(6, "code", "DIVISION_LATER_CHANGE")]);
    assert_eq!(stated(&harness).await, [format!("division.renamed divisions/{SECOND}")]);
    harness.stop().await;
}

#[tokio::test]
async fn a_list_of_a_township_touches_nothing_beside_it() {
    let harness = county().await;
    let header = ImportHeader {
        division: "410225101".to_owned(),
        effective_date: LATER.to_owned(),
        ..header("division_list")
    };
    let file = format!("code,name\n{PILOT},徐场村\n410225101204,范场社区居委会\n{THIRD},秦寨村\n");
    let report = import_as(&harness, "410225101", header, file.as_bytes())
        .await
        .expect("a report");
    assert!(report.applied, "{:?}", report.errors);
    assert_eq!(told(&report), [(Kind::Recoded, SECOND, "410225101204", Decision::Name)]);
    let open = behind(
        &harness,
        "SELECT division_code FROM divisions WHERE known_until IS NULL AND valid_until IS NULL ORDER BY 1",
    )
    .await;
    let expected = [
        "410225",
        "410225101",
        PILOT,
        THIRD,
        "410225101204",
        "410225102",
        HILL,
        FAR,
    ];
    assert_eq!(open, expected);
    harness.stop().await;
}

#[tokio::test]
async fn changes_state_what_single_calls_would_state_and_once_only() {
    let harness = county().await;
    let file = format!(
        "renamed,{PILOT},徐场村,,徐场社区\nmerged,{SECOND},范场村,{PILOT},\nmerged,{THIRD},,{PILOT},\n\
         split,{HILL},李寨村,410225102203,李寨新村\nabolished,{FAR},,,\nadded,,,410225101204,桐乡社区\n"
    );
    let report = changes(&harness, &file).await;
    assert!(report.applied, "{:?}", report.errors);
    assert_eq!(counts(&report), (2, 4, 0));
    assert_eq!(
        told(&report),
        [
            (Kind::Added, "", "410225101204", Decision::Unspecified),
            (Kind::Renamed, PILOT, PILOT, Decision::Unspecified),
            (Kind::Merged, SECOND, PILOT, Decision::Stated),
            (Kind::Merged, THIRD, PILOT, Decision::Stated),
            (Kind::Split, HILL, "410225102203", Decision::Stated),
            (Kind::Abolished, FAR, "", Decision::Stated),
        ]
    );
    let once = stated(&harness).await;
    let expected = [
        ("renamed", PILOT),
        ("merged", PILOT),
        ("split", HILL),
        ("abolished", FAR),
    ];
    assert_eq!(
        once,
        expected.map(|(kind, code)| format!("division.{kind} divisions/{code}"))
    );
    let kept = behind(
        &harness,
        "SELECT encode(payload, 'hex') FROM kit.outbox WHERE type = 'division.split'",
    )
    .await;
    let bytes = hex::decode(&kept[0]).expect("hexadecimal");
    assert!(
        <DivisionSplit as prost::Message>::decode(bytes.as_slice())
            .expect("an event")
            .kept
    );

    let again = changes(&harness, &file).await;
    assert_eq!((counts(&again), again.applied), ((0, 0, 6), true));
    assert_eq!(stated(&harness).await, once);
    let audit = behind(
        &harness,
        "SELECT resource || ' ' || detail FROM kit.audit WHERE resource = 'registers/division_changes'",
    );
    assert_eq!(
        audit.await,
        ["inserted 2, updated 4", "inserted 0, updated 0"].map(|detail| format!("registers/division_changes {detail}"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn changes_that_cannot_be_are_refused_by_line_and_change_nothing() {
    let harness = county().await;
    let shapes = changes(
        &harness,
        &format!(
            "vanished,{SECOND},,,\nadded,{SECOND},,410225101204,桐乡社区\nadded,,,410225101204,\nrecoded,{SECOND},,410225103,范场村\n\
             renamed,{SECOND},,{THIRD},范场社区\nabolished,{SECOND},,{THIRD},\n"
        ),
    )
    .await;
    assert_eq!(
        refusals(&shapes),
        [
            (2, "change", "BAD_VALUE"),
            (3, "old_code", "NOT_EMPTY"),
            (4, "new_name", "MISSING_VALUE"),
            (5, "new_code", "LEVEL_MISMATCH"),
            (6, "new_code", "CODE_CHANGES"),
            (7, "new_code", "NOT_EMPTY"),
        ]
    );
    let outside = changes(&harness, "added,,,410226101204,桐乡社区\nremoved,410226101204,,,\n").await;
    assert_eq!(
        refusals(&outside),
        [(2, "new_code", "OUTSIDE_DIVISION"), (3, "old_code", "OUTSIDE_DIVISION")]
    );
    let facts = changes(
        &harness,
        &format!(
            "recoded,{SECOND},,{THIRD},范场村\nabolished,{THIRD},,,\nremoved,410225102,,,\nadded,,,{PILOT},桐乡社区\n\
             removed,{PILOT},徐庄村,,\nadded,,,410225103201,新村\nmerged,410225101299,,{PILOT},\n"
        ),
    )
    .await;
    assert_eq!(
        refusals(&facts),
        [
            (2, "new_code", "CODE_REUSED"),
            (4, "old_code", "HAS_DIVISIONS"),
            (5, "new_code", "CODE_IN_USE"),
            (6, "old_name", "NAME_MISMATCH"),
            (7, "new_code", "UNKNOWN_PARENT"),
            (8, "old_code", "UNKNOWN_DIVISION"),
        ]
    );
    assert_eq!(stated(&harness).await, [""; 0]);
    harness.stop().await;
}
