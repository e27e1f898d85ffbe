use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AbolishDivisionRequest, Division, DivisionPart, GetDivisionRequest, LineageKind, ListDivisionsRequest,
    ListLineageRequest, MergeDivisionsRequest, RenameDivisionRequest, SplitDivisionRequest,
};
use tonic::{Code, Status};

use crate::county::{Asks as _, LANKAO, behind, day, divisions, fields, lankao, reason, request_id};

/// 五爷庙, 老韩陵 and 牛王庙 of 兰阳街道.
const WUYEMIAO: &str = "divisions/410225001213";
const HANLING: &str = "divisions/410225001214";
const NIUWANGMIAO: &str = "divisions/410225001215";

async fn get(harness: &Harness, name: &str, month: i32, date: i32) -> Result<Division, Status> {
    let request = GetDivisionRequest {
        name: name.to_owned(),
        as_of: day(2024, month, date),
        known_at: None,
    };
    divisions(harness)
        .get_division(harness.ask(LANKAO, request))
        .await
        .map(tonic::Response::into_inner)
}

fn rename(harness: &Harness, to: &str) -> RenameDivisionRequest {
    RenameDivisionRequest {
        name: HANLING.to_owned(),
        display_name: to.to_owned(),
        effective_date: day(2024, 7, 1),
        request_id: request_id(harness),
        ..RenameDivisionRequest::default()
    }
}

fn merge(harness: &Harness, sources: &[&str], target: &str) -> MergeDivisionsRequest {
    MergeDivisionsRequest {
        sources: sources.iter().map(|&name| name.to_owned()).collect(),
        target: target.to_owned(),
        effective_date: day(2024, 6, 15),
        request_id: request_id(harness),
        ..MergeDivisionsRequest::default()
    }
}

#[tokio::test]
async fn a_name_changes_on_its_day_and_a_repeat_answers_the_same() {
    let harness = lankao().await;
    let request = rename(&harness, "韩陵村委会");
    let dry = RenameDivisionRequest {
        validate_only: true,
        request_id: request_id(&harness),
        ..request.clone()
    };
    let dry = divisions(&harness)
        .rename_division(harness.ask(LANKAO, dry))
        .await
        .expect("possible")
        .into_inner();
    assert_eq!(dry.display_name, "韩陵村委会");
    assert_eq!(
        get(&harness, HANLING, 7, 1).await.expect("there").display_name,
        "老韩陵村委会"
    );

    let first = divisions(&harness)
        .rename_division(harness.ask(LANKAO, request.clone()))
        .await
        .expect("renamed");
    let again = divisions(&harness)
        .rename_division(harness.ask(LANKAO, request.clone()))
        .await
        .expect("replayed");
    assert_eq!(first.into_inner(), again.into_inner());
    let before = get(&harness, HANLING, 6, 30).await.expect("there");
    assert_eq!(
        (before.display_name.as_str(), before.valid_until),
        ("老韩陵村委会", day(2024, 7, 1))
    );
    assert_eq!(
        get(&harness, HANLING, 7, 1).await.expect("there").display_name,
        "韩陵村委会"
    );

    let other = RenameDivisionRequest {
        display_name: "别名村委会".to_owned(),
        ..request.clone()
    };
    let reused = divisions(&harness)
        .rename_division(harness.ask(LANKAO, other))
        .await
        .expect_err("another body");
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::InvalidArgument, "REQUEST_ID_REUSED")
    );
    let earlier = RenameDivisionRequest {
        effective_date: day(2024, 6, 1),
        ..rename(&harness, "别名村委会")
    };
    let earlier = divisions(&harness)
        .rename_division(harness.ask(LANKAO, earlier))
        .await
        .expect_err("a later one");
    assert_eq!(
        (earlier.code(), reason(&earlier).as_str()),
        (Code::FailedPrecondition, "DIVISION_LATER_CHANGE")
    );
    let audit = behind(
        &harness,
        "SELECT action || ' ' || resource FROM kit.audit WHERE action <> 'import'",
    )
    .await;
    assert_eq!(audit, [format!("rename {HANLING}")]);
    harness.stop().await;
}

#[tokio::test]
async fn bad_renames_are_refused_precisely() {
    let harness = lankao().await;
    let call = async |change: fn(&mut RenameDivisionRequest)| {
        let mut request = rename(&harness, "韩陵村委会");
        change(&mut request);
        let status = divisions(&harness)
            .rename_division(harness.ask(LANKAO, request))
            .await
            .expect_err("refused");
        (status.code(), fields(&status).concat())
    };
    let invalid = |field: &str| (Code::InvalidArgument, field.to_owned());
    assert_eq!(
        call(|request| request.effective_date = day(2023, 2, 29)).await,
        invalid("effective_date")
    );
    assert_eq!(
        call(|request| request.effective_date = None).await,
        invalid("effective_date")
    );
    assert_eq!(
        call(|request| request.display_name = " ".to_owned()).await,
        invalid("display_name")
    );
    assert_eq!(
        call(|request| request.display_name = "老韩陵村委会".to_owned()).await,
        invalid("display_name")
    );
    assert_eq!(
        call(|request| request.request_id = String::new()).await,
        invalid("request_id")
    );
    assert_eq!(call(|request| request.etag = "stale".to_owned()).await.0, Code::Aborted);
    assert_eq!(
        call(|request| request.name = "divisions/410225001999".to_owned())
            .await
            .0,
        Code::NotFound
    );

    // 29 February 2024 is a day like any other.
    let leap = RenameDivisionRequest {
        effective_date: day(2024, 2, 29),
        ..rename(&harness, "韩陵村委会")
    };
    let leap = divisions(&harness)
        .rename_division(harness.ask(LANKAO, leap))
        .await
        .expect("a leap year");
    assert_eq!(leap.into_inner().valid_from, day(2024, 2, 29));

    let sibling = harness.ask("410225002", rename(&harness, "韩陵村委会"));
    let refused = divisions(&harness)
        .rename_division(sibling)
        .await
        .expect_err("not theirs");
    assert_eq!(refused.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn merged_villages_end_and_lineage_tells_where_they_went() {
    let harness = lankao().await;
    let request = merge(&harness, &[HANLING, NIUWANGMIAO], WUYEMIAO);
    let answer = divisions(&harness)
        .merge_divisions(harness.ask(LANKAO, request))
        .await
        .expect("merged")
        .into_inner();
    assert_eq!(answer.edges.len(), 2);
    for name in [HANLING, NIUWANGMIAO] {
        assert!(get(&harness, name, 6, 14).await.is_ok());
        assert_eq!(
            get(&harness, name, 6, 15).await.expect_err("ended").code(),
            Code::NotFound
        );
    }
    let lineage = ListLineageRequest {
        division: WUYEMIAO.to_owned(),
        ..ListLineageRequest::default()
    };
    let lineage = divisions(&harness)
        .list_lineage(harness.ask(LANKAO, lineage))
        .await
        .expect("a list")
        .into_inner();
    let mut edges: Vec<_> = lineage
        .edges
        .iter()
        .map(|edge| (edge.predecessor.as_str(), edge.successor.as_str(), edge.kind()))
        .collect();
    edges.sort_unstable_by_key(|edge| edge.0);
    let merged = LineageKind::Merged;
    assert_eq!(edges, [(HANLING, WUYEMIAO, merged), (NIUWANGMIAO, WUYEMIAO, merged)]);
    let request = ListDivisionsRequest {
        subtree: "410225001".to_owned(),
        as_of: day(2024, 6, 15),
        ..<_>::default()
    };
    let listed = divisions(&harness)
        .list_divisions(harness.ask(LANKAO, request))
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(listed.divisions.len(), 16);

    let gone = merge(&harness, &[HANLING], WUYEMIAO);
    let gone = divisions(&harness)
        .merge_divisions(harness.ask(LANKAO, gone))
        .await
        .expect_err("ended already");
    assert_eq!(gone.code(), Code::NotFound);
    let events = behind(
        &harness,
        "SELECT type || ' ' || subject FROM kit.outbox WHERE type = 'division.merged'",
    )
    .await;
    assert_eq!(events, [format!("division.merged {WUYEMIAO}")]);
    harness.stop().await;
}

#[tokio::test]
async fn a_merger_into_a_new_code_needs_a_name_and_a_parent() {
    let harness = lankao().await;
    let call = async |request: MergeDivisionsRequest| {
        divisions(&harness)
            .merge_divisions(harness.ask(LANKAO, request))
            .await
            .map(tonic::Response::into_inner)
    };
    let new = "divisions/410225001299";
    let nameless = call(merge(&harness, &[HANLING], new)).await.expect_err("no name");
    assert_eq!(fields(&nameless), ["display_name"]);
    let orphan = MergeDivisionsRequest {
        display_name: "新村".to_owned(),
        ..merge(&harness, &[HANLING], "divisions/410225099201")
    };
    assert_eq!(reason(&call(orphan).await.expect_err("no parent")), "UNKNOWN_PARENT");
    for sources in [&[][..], &[HANLING, HANLING], &[WUYEMIAO], &["divisions/410225002"]] {
        let refused = call(merge(&harness, sources, WUYEMIAO)).await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument, "{sources:?}");
    }
    let sibling = merge(&harness, &[HANLING], "divisions/410225002004");
    let sibling = divisions(&harness)
        .merge_divisions(harness.ask("410225001", sibling))
        .await;
    assert_eq!(sibling.expect_err("not theirs").code(), Code::NotFound);

    let named = MergeDivisionsRequest {
        display_name: "韩王村委会".to_owned(),
        ..merge(&harness, &[HANLING, WUYEMIAO], new)
    };
    let target = call(named).await.expect("merged").target.expect("a target");
    assert_eq!(
        (target.display_name.as_str(), target.parent.as_str()),
        ("韩王村委会", "divisions/410225001")
    );
    assert_eq!(
        get(&harness, new, 6, 14).await.expect_err("not yet").code(),
        Code::NotFound
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_division_is_split_and_another_abolished_with_all_below() {
    let harness = lankao().await;
    let part = |code: &str, name: &str| DivisionPart {
        division: code.to_owned(),
        display_name: name.to_owned(),
    };
    let split = SplitDivisionRequest {
        name: HANLING.to_owned(),
        parts: vec![
            part("410225001298", "东韩陵村委会"),
            part("410225001299", "西韩陵村委会"),
        ],
        effective_date: day(2024, 6, 15),
        request_id: request_id(&harness),
        ..SplitDivisionRequest::default()
    };
    let taken = SplitDivisionRequest {
        parts: vec![part(WUYEMIAO, "东韩陵村委会")],
        request_id: request_id(&harness),
        ..split.clone()
    };
    let taken = divisions(&harness)
        .split_division(harness.ask(LANKAO, taken))
        .await
        .expect_err("in force");
    assert_eq!(taken.code(), Code::AlreadyExists);
    let answer = divisions(&harness)
        .split_division(harness.ask(LANKAO, split))
        .await
        .expect("split")
        .into_inner();
    assert_eq!((answer.divisions.len(), answer.edges.len()), (2, 2));
    assert_eq!(
        get(&harness, HANLING, 6, 15).await.expect_err("ended").code(),
        Code::NotFound
    );
    assert_eq!(
        get(&harness, "divisions/410225001299", 6, 15)
            .await
            .expect("there")
            .display_name,
        "西韩陵村委会"
    );

    let farm = "divisions/410225401";
    let abolish = AbolishDivisionRequest {
        name: farm.to_owned(),
        effective_date: day(2024, 12, 31),
        request_id: request_id(&harness),
        ..AbolishDivisionRequest::default()
    };
    let ended = divisions(&harness)
        .abolish_division(harness.ask(LANKAO, abolish))
        .await
        .expect("ended")
        .into_inner();
    assert_eq!(ended.valid_until, day(2024, 12, 31));
    assert!(get(&harness, "divisions/410225401598", 12, 30).await.is_ok());
    for name in [farm, "divisions/410225401598"] {
        assert_eq!(
            get(&harness, name, 12, 31).await.expect_err("ended").code(),
            Code::NotFound
        );
    }
    harness.stop().await;
}
