//! Contracted areas: drawn, revised and ended from a day on, and what becomes of them when villages merge or split.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    Area, DivisionPart, DrawAreasRequest, DrawAreasResponse, GetAreaRequest, GetLeagueTableRequest, ListAreasRequest,
    ListDivisionsRequest, MergeDivisionsRequest, RateVillagesRequest, SplitDivisionRequest, TaskPerson,
};
use tonic::{Code, Status};

use crate::{
    calls::{draw_areas, get_area, get_league_table, list_areas, rate_villages},
    county::{Asks as _, LANKAO, behind, day, divisions, fields, reason, request_id},
    plan_section::plan,
    township::{BESIDE, FAR, HILL, PILOT, SECOND, THIRD, TOWN, code, county, division, figure, record, under},
};

const NORTH: &str = "410225-N";
const SOUTH: &str = "410225-S";

fn area(code: &str, members: &[&str]) -> Area {
    Area {
        code: code.to_owned(),
        display_name: format!("片区{code}"),
        tree: "contracted".to_owned(),
        division: division(LANKAO),
        members: members.iter().map(|code| division(code)).collect(),
        ..Area::default()
    }
}

/// Two areas across the townships: the town's last village goes with that beside it.
fn both() -> Vec<Area> {
    vec![area(NORTH, &[SECOND, PILOT]), area(SOUTH, &[BESIDE, THIRD])]
}

fn drawing(harness: &Harness, on: (i32, i32), areas: Vec<Area>) -> DrawAreasRequest {
    DrawAreasRequest {
        division: division(LANKAO),
        effective_date: day(2024, on.0, on.1),
        areas,
        request_id: request_id(harness),
        ..DrawAreasRequest::default()
    }
}

/// Draws areas so that they hold from a day of 2024 on.
async fn draw(harness: &Harness, on: (i32, i32), areas: Vec<Area>) -> Result<DrawAreasResponse, Status> {
    draw_areas(harness, LANKAO, drawing(harness, on, areas)).await
}

async fn drawn() -> Harness {
    let harness = county().await;
    draw(&harness, (1, 1), both()).await.expect("drawn");
    harness
}

async fn on(harness: &Harness, code: &str, (month, of_month): (i32, i32)) -> Result<Area, Status> {
    let request = GetAreaRequest {
        name: format!("areas/{code}"),
        as_of: day(2024, month, of_month),
        known_at: None,
    };
    get_area(harness, LANKAO, request).await
}

async fn members(harness: &Harness, code: &str, day: (i32, i32)) -> Vec<String> {
    let area = on(harness, code, day).await.expect("an area");
    area.members.iter().map(|name| self::code(name).to_owned()).collect()
}

/// The divisions that are listed of an area on a day.
async fn inside(harness: &Harness, area: &str, (month, of_month): (i32, i32)) -> Vec<String> {
    let request = ListDivisionsRequest {
        area: format!("areas/{area}"),
        as_of: day(2024, month, of_month),
        ..ListDivisionsRequest::default()
    };
    let answer = divisions(harness)
        .list_divisions(harness.ask(LANKAO, request))
        .await
        .expect("a list");
    let listed = answer.into_inner().divisions.into_iter();
    listed.map(|it| code(&it.name).to_owned()).collect()
}

async fn merge(harness: &Harness, sources: &[&str], target: &str, on: (i32, i32)) {
    let request = MergeDivisionsRequest {
        sources: sources.iter().map(|code| division(code)).collect(),
        target: division(target),
        display_name: "合并村".to_owned(),
        effective_date: day(2024, on.0, on.1),
        request_id: request_id(harness),
        ..MergeDivisionsRequest::default()
    };
    divisions(harness)
        .merge_divisions(harness.ask(LANKAO, request))
        .await
        .expect("merged");
}

#[tokio::test]
async fn areas_hold_from_their_day_and_keep_what_was_before() {
    let harness = county().await;
    let led = Area {
        leader: Some(TaskPerson {
            cadre: "cadres/county-leader".to_owned(),
            ..TaskPerson::default()
        }),
        ..area(NORTH, &[SECOND, PILOT])
    };
    let request = drawing(&harness, (1, 1), vec![led.clone(), area(SOUTH, &[BESIDE, THIRD])]);
    let dry = DrawAreasRequest {
        validate_only: true,
        request_id: request_id(&harness),
        ..request.clone()
    };
    assert_eq!(
        draw_areas(&harness, LANKAO, dry).await.expect("possible").created_count,
        2
    );
    let nothing = on(&harness, NORTH, (1, 1)).await.expect_err("nothing was drawn");
    assert_eq!(nothing.code(), Code::NotFound);

    let first = draw_areas(&harness, LANKAO, request.clone()).await.expect("drawn");
    let again = draw_areas(&harness, LANKAO, request).await.expect("replayed");
    assert_eq!((first.created_count, &first), (2, &again));
    let north = on(&harness, NORTH, (1, 1)).await.expect("an area");
    let leader = north.leader.expect("a leader");
    assert_eq!(
        (leader.cadre.as_str(), leader.display_name.as_str()),
        ("cadres/county-leader", "周明")
    );
    assert_eq!((north.valid_from, north.valid_until), (day(2024, 1, 1), None));
    assert_eq!(members(&harness, NORTH, (1, 1)).await, [PILOT, SECOND]);
    assert_eq!(on(&harness, NORTH, (1, 1)).await.expect("an area").members.len(), 2);
    let before = GetAreaRequest {
        name: format!("areas/{NORTH}"),
        as_of: day(2023, 12, 31),
        known_at: None,
    };
    assert_eq!(
        get_area(&harness, LANKAO, before).await.expect_err("before").code(),
        Code::NotFound
    );

    // One goes on as it is, one gives a village to it and ends, and the first is told apart by its name.
    let unchanged = Area {
        members: vec![division(PILOT), division(SECOND)],
        ..led.clone()
    };
    let answer = draw(&harness, (3, 1), vec![unchanged]).await.expect("the same");
    assert_eq!((answer.unchanged_count, answer.revised_count), (1, 0));
    let known = harness.kit.clock.now();
    harness.kit.clock.advance(time::Duration::HOUR);
    let larger = Area {
        members: vec![division(TOWN)],
        ..led
    };
    let revision = DrawAreasRequest {
        ended: vec![format!("areas/{SOUTH}")],
        ..drawing(&harness, (3, 1), vec![larger])
    };
    let answer = draw_areas(&harness, LANKAO, revision).await.expect("revised");
    assert_eq!((answer.revised_count, answer.ended_count), (1, 1));
    assert_eq!(members(&harness, NORTH, (2, 29)).await, [PILOT, SECOND]);
    assert_eq!(members(&harness, NORTH, (3, 1)).await, [TOWN]);
    assert_eq!(members(&harness, SOUTH, (2, 29)).await, [THIRD, BESIDE]);
    assert_eq!(
        on(&harness, SOUTH, (3, 1)).await.expect_err("ended").code(),
        Code::NotFound
    );
    let list = ListAreasRequest {
        as_of: day(2024, 3, 1),
        ..ListAreasRequest::default()
    };
    let then = ListAreasRequest {
        known_at: Some(kit::dates::timestamp(known)),
        ..list.clone()
    };
    let codes = async |request| {
        let areas = list_areas(&harness, LANKAO, request).await.expect("a list").areas;
        areas
            .into_iter()
            .map(|area| (area.code, area.members.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(list).await, [(NORTH.to_owned(), 1)]);
    assert_eq!(codes(then).await, [(NORTH.to_owned(), 2), (SOUTH.to_owned(), 2)]);
    let told = "SELECT type || ' ' || subject FROM kit.outbox WHERE type LIKE 'area.%' ORDER BY id";
    assert_eq!(
        behind(&harness, told).await,
        [NORTH, SOUTH, NORTH, SOUTH].map(|code| format!("area.drawn areas/{code}"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_village_lies_in_one_area_of_a_tree() {
    let harness = drawn().await;
    let inside_one = draw(&harness, (2, 1), vec![area("410225-X", &[FAR, PILOT])])
        .await
        .expect_err("twice");
    assert_eq!(fields(&inside_one), ["areas[0].members[0]", "areas[0].members[1]"]);
    let twice = draw(&harness, (2, 1), vec![area(NORTH, &[PILOT, SECOND, PILOT])])
        .await
        .expect_err("twice");
    assert_eq!(fields(&twice), ["areas[0].members[2]"]);
    // An officer of the town sees no area of the county, and draws over none.
    let hidden = DrawAreasRequest {
        division: division(TOWN),
        areas: vec![Area {
            division: division(TOWN),
            ..area("410225101-1", &[PILOT])
        }],
        ..drawing(&harness, (2, 1), Vec::new())
    };
    let seen = list_areas(&harness, TOWN, ListAreasRequest::default())
        .await
        .expect("a list")
        .areas;
    assert_eq!(seen, []);
    let error = draw_areas(&harness, TOWN, hidden.clone()).await.expect_err("taken");
    assert_eq!(fields(&error), ["areas[0].members[0]"]);
    // In another tree they may, and what one area gives up another takes on the same day.
    let mut other = hidden;
    other.areas[0].tree = "belt".to_owned();
    other.request_id = request_id(&harness);
    draw_areas(&harness, TOWN, other).await.expect("another tree");
    let moved = vec![area(NORTH, &[PILOT]), area(SOUTH, &[BESIDE, SECOND, THIRD])];
    let answer = draw(&harness, (2, 1), moved).await.expect("moved");
    assert_eq!(answer.revised_count, 2);
    assert_eq!(
        inside(&harness, SOUTH, (2, 1)).await,
        [SECOND, THIRD, BESIDE, HILL, FAR]
    );
    harness.stop().await;
}

#[tokio::test]
async fn drawings_that_cannot_be_are_refused_precisely() {
    let harness = drawn().await;
    let wrong = Area {
        tree: "包片".to_owned(),
        ..area("410225-X", &[FAR])
    };
    let elsewhere = Area {
        display_name: String::new(),
        ..area("410225-Y", &[FAR])
    };
    let foreign = area("410225-Z", &[FAR, "410226101", LANKAO]);
    let village = Area {
        division: division(PILOT),
        ..area("410225-V", &[PILOT])
    };
    let error = draw(&harness, (2, 1), vec![wrong, elsewhere, foreign, village])
        .await
        .expect_err("wrong");
    assert_eq!(
        fields(&error),
        [
            "areas[0].tree",
            "areas[1].display_name",
            "areas[2].members[1]",
            "areas[2].members[2]",
            "areas[3].division"
        ]
    );
    let lead = |cadre: &str| Area {
        leader: Some(TaskPerson {
            cadre: cadre.to_owned(),
            ..TaskPerson::default()
        }),
        ..area(NORTH, &[PILOT])
    };
    for (areas, expected) in [
        (
            vec![area("410225-X", &["410225101299"])],
            "divisions/410225101299 on 2024-02-01",
        ),
        (vec![lead("cadres/nobody")], "cadres/nobody on 2024-02-01"),
    ] {
        let error = draw(&harness, (2, 1), areas).await.expect_err(expected);
        assert_eq!(error.code(), Code::NotFound);
        assert!(error.message().contains(expected), "{}", error.message());
    }
    let elsewhere = draw(
        &harness,
        (2, 1),
        vec![Area {
            tree: "belt".to_owned(),
            ..area("410226-X", &[FAR])
        }],
    )
    .await
    .expect_err("the code of another");
    assert_eq!(fields(&elsewhere), ["areas[0].code"]);
    let tree = Area {
        tree: "belt".to_owned(),
        ..area(NORTH, &[PILOT])
    };
    let tree = draw(&harness, (2, 1), vec![tree]).await.expect_err("another tree");
    assert_eq!(fields(&tree), ["areas[0].tree"]);
    let twice = draw(&harness, (2, 1), vec![area(NORTH, &[PILOT]), area(NORTH, &[SECOND])])
        .await
        .expect_err("twice");
    assert_eq!(fields(&twice), ["areas"]);
    let unknown = DrawAreasRequest {
        ended: vec!["areas/410225-Q".to_owned()],
        ..drawing(&harness, (2, 1), Vec::new())
    };
    let unknown = draw_areas(&harness, LANKAO, unknown).await.expect_err("nothing to end");
    assert_eq!(unknown.code(), Code::NotFound);
    draw(&harness, (3, 1), vec![area(NORTH, &[PILOT])])
        .await
        .expect("later");
    let late = draw(&harness, (2, 1), vec![area(NORTH, &[SECOND])])
        .await
        .expect_err("changes later");
    assert_eq!(
        (late.code(), reason(&late).as_str()),
        (Code::FailedPrecondition, "AREA_CHANGES_LATER")
    );
    assert_eq!(members(&harness, NORTH, (2, 1)).await, [PILOT, SECOND]);
    harness.stop().await;
}

#[tokio::test]
async fn members_go_with_mergers_and_splits() {
    let harness = drawn().await;
    // A village of each area: the new one goes with the smaller code. One that stays keeps the area drawn around it.
    merge(&harness, &[SECOND, THIRD], "410225101204", (2, 1)).await;
    merge(&harness, &[PILOT], HILL, (2, 1)).await;
    assert_eq!(inside(&harness, NORTH, (1, 31)).await, [PILOT, SECOND]);
    assert_eq!(inside(&harness, NORTH, (2, 1)).await, ["410225101204"]);
    assert_eq!(inside(&harness, SOUTH, (2, 1)).await, [BESIDE, HILL, FAR]);
    let request = SplitDivisionRequest {
        name: division("410225101204"),
        parts: ["410225101205", "410225101206"]
            .map(|code| DivisionPart {
                division: division(code),
                display_name: format!("分村{code}"),
            })
            .to_vec(),
        keep: false,
        effective_date: day(2024, 3, 1),
        request_id: request_id(&harness),
        ..SplitDivisionRequest::default()
    };
    divisions(&harness)
        .split_division(harness.ask(LANKAO, request))
        .await
        .expect("split");
    assert_eq!(inside(&harness, NORTH, (3, 1)).await, ["410225101205", "410225101206"]);
    assert_eq!(members(&harness, NORTH, (2, 29)).await, ["410225101204"]);
    harness.stop().await;
}

#[tokio::test]
async fn areas_stand_in_a_league_of_their_own() {
    let harness = under(plan()).await;
    draw(
        &harness,
        (1, 1),
        vec![area(NORTH, &[PILOT, HILL]), area(SOUTH, &[SECOND, FAR])],
    )
    .await
    .expect("drawn");
    let mine = Area {
        division: division(TOWN),
        tree: "belt".to_owned(),
        ..area("410225101-1", &[THIRD])
    };
    draw(&harness, (1, 1), vec![mine]).await.expect("drawn");
    let figures = [(PILOT, 90), (SECOND, 10), (THIRD, 90), (HILL, 90), (FAR, 90)];
    let figures = figures.map(|(village, count)| figure(village, "toilet", (2024, 3, 31), count, Some(100)));
    record(&harness, figures.to_vec()).await;
    let rate = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    rate_villages(&harness, LANKAO, rate).await.expect("rated");
    let table = async |of: &str, tree: &str| {
        let request = GetLeagueTableRequest {
            division: division(of),
            as_of: day(2024, 4, 1),
            tree: tree.to_owned(),
        };
        get_league_table(&harness, LANKAO, request).await
    };
    let places = async |of: &str, tree: &str| {
        let entries = table(of, tree).await.expect("a table").entries;
        let place = |it: proto::xiangtu::villages::v1::LeagueEntry| (it.rank, it.area, it.village_count, it.division);
        entries.into_iter().map(place).collect::<Vec<_>>()
    };
    let place = |rank, code: &str, villages| (rank, format!("areas/{code}"), villages, String::new());
    assert_eq!(
        places(LANKAO, "contracted").await,
        [place(1, NORTH, 2), place(2, SOUTH, 2)]
    );
    assert_eq!(places(TOWN, "contracted").await, []);
    assert_eq!(places(TOWN, "belt").await, [place(1, "410225101-1", 1)]);
    let named = table(LANKAO, "contracted").await.expect("a table").entries;
    assert_eq!(named[0].display_name, format!("片区{NORTH}"));
    let wrong = table(LANKAO, "包片").await.expect_err("no tree");
    assert_eq!(fields(&wrong), ["tree"]);
    harness.stop().await;
}
