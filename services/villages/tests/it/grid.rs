//! Grids on the map: a hole, shared borders, and drawings that are refused.

use kit::testing::Harness;
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        CoordinateSystem, DrawGridsRequest, DrawGridsResponse, Duty, FindDutyRequest, GetGridRequest, Grid,
        GridBoundary, GridPolygon, GridRing, GridSize, ListGridsRequest, LocationRule,
    },
};
use tonic::{Code, Status};

use crate::{
    calls::{draw_grids, find_duty, get_grid, list_grids},
    county::{LANKAO, behind, day, fields, reason, request_id},
    township::{BESIDE, PILOT, SECOND, THIRD, TOWN, county, division},
};

/// Code of the town's large grid.
pub const LARGE: &str = "410225101-1";
/// Small grid of the pilot village: the western half, around a hole.
pub const WEST: &str = "410225101201-1";
/// Small grid of the second village: the eastern half.
pub const EAST: &str = "410225101202-1";
/// Small grid of the third village: it fills the hole.
pub const INNER: &str = "410225101203-1";

/// A place in thousandths of a degree east and north of the south-west corner of the town.
pub fn at(east: i32, north: i32) -> LatLng {
    LatLng {
        longitude: f64::from(114_800 + east) / 1_000.0,
        latitude: f64::from(34_800 + north) / 1_000.0,
    }
}

fn ring(corners: &[(i32, i32)]) -> GridRing {
    let closed = corners.iter().chain(corners.first());
    GridRing {
        points: closed.map(|(east, north)| at(*east, *north)).collect(),
    }
}

/// A rectangle from one corner to the other.
pub fn rectangle((west, south): (i32, i32), (east, north): (i32, i32)) -> [(i32, i32); 4] {
    [(west, south), (east, south), (east, north), (west, north)]
}

/// A grid of one part.
pub fn grid(code: &str, parent: &str, corners: &[(i32, i32)], holes: &[&[(i32, i32)]]) -> Grid {
    let size = if parent.is_empty() {
        GridSize::Large
    } else {
        GridSize::Small
    };
    let parent = if parent.is_empty() {
        String::new()
    } else {
        format!("grids/{parent}")
    };
    Grid {
        code: code.to_owned(),
        display_name: format!("网格{code}"),
        size: size.into(),
        division: division(code.split('-').next().expect("a division")),
        parent,
        boundary: Some(GridBoundary {
            polygons: vec![GridPolygon {
                outer: Some(ring(corners)),
                holes: holes.iter().map(|hole| ring(hole)).collect(),
            }],
        }),
        ..Grid::default()
    }
}

/// The town's large grid and its three small ones, which fill it.
pub fn town() -> Vec<Grid> {
    let hole = rectangle((10, 10), (20, 20));
    vec![
        grid(LARGE, "", &rectangle((0, 0), (100, 100)), &[]),
        grid(WEST, LARGE, &rectangle((0, 0), (50, 100)), &[&hole]),
        grid(EAST, LARGE, &rectangle((50, 0), (100, 100)), &[]),
        grid(INNER, LARGE, &hole, &[]),
    ]
}

/// Draws grids so that they hold from a day of 2024 on.
pub async fn draw(harness: &Harness, on: (i32, i32), grids: Vec<Grid>) -> Result<DrawGridsResponse, Status> {
    draw_and_end(harness, on, grids, &[]).await
}

/// Draws grids and ends others.
pub async fn draw_and_end(
    harness: &Harness,
    (month, of_month): (i32, i32),
    grids: Vec<Grid>,
    ended: &[&str],
) -> Result<DrawGridsResponse, Status> {
    let request = DrawGridsRequest {
        division: division(TOWN),
        effective_date: day(2024, month, of_month),
        grids,
        ended: ended.iter().map(|code| format!("grids/{code}")).collect(),
        request_id: request_id(harness),
        ..DrawGridsRequest::default()
    };
    draw_grids(harness, LANKAO, request).await
}

/// The county with the grids of the town from 1 January 2024 on.
pub async fn drawn() -> Harness {
    let harness = county().await;
    let answer = draw(&harness, (1, 1), town()).await.expect("drawn");
    assert_eq!((answer.created_count, answer.revised_count), (4, 0));
    harness
}

/// Who answers for a place now.
pub async fn duty(harness: &Harness, position: LatLng) -> Duty {
    let request = FindDutyRequest {
        division: division(LANKAO),
        position: Some(position),
        ..FindDutyRequest::default()
    };
    find_duty(harness, LANKAO, request).await.expect("an answer")
}

#[tokio::test]
async fn every_place_of_the_town_lies_in_one_grid() {
    let harness = drawn().await;
    for (place, expected, village) in [
        (at(5, 5), WEST, PILOT),
        (at(15, 15), INNER, THIRD),
        (at(75, 50), EAST, SECOND),
        // On the shared border, on the borders of the hole, in its corners.
        (at(50, 50), EAST, SECOND),
        (at(10, 15), INNER, THIRD),
        (at(20, 15), WEST, PILOT),
        (at(15, 10), INNER, THIRD),
        (at(15, 20), WEST, PILOT),
        (at(10, 10), INNER, THIRD),
        (at(20, 20), WEST, PILOT),
        (at(0, 0), WEST, PILOT),
    ] {
        let duty = duty(&harness, place).await;
        let found = (duty.grid.as_str(), duty.large_grid.as_str(), duty.division.as_str());
        assert_eq!(
            found,
            (
                format!("grids/{expected}").as_str(),
                format!("grids/{LARGE}").as_str(),
                division(village).as_str()
            ),
            "{place:?}"
        );
        assert_eq!(duty.location_rule(), LocationRule::Grid);
    }
    // The outer border to the east and north belongs to whatever lies there.
    for place in [at(100, 50), at(50, 100), at(-1, 50)] {
        let duty = duty(&harness, place).await;
        assert_eq!(
            (duty.grid.as_str(), duty.location_rule()),
            ("", LocationRule::CallerDivision),
            "{place:?}"
        );
    }
    let list = ListGridsRequest {
        filter: format!("size = \"SMALL\" AND parent = \"{LARGE}\""),
        page_size: 2,
        ..ListGridsRequest::default()
    };
    let page = list_grids(&harness, TOWN, list.clone()).await.expect("a page");
    let codes: Vec<&str> = page.grids.iter().map(|grid| grid.code.as_str()).collect();
    assert_eq!(codes, [WEST, EAST]);
    assert!(page.grids.iter().all(|grid| grid.boundary.is_none()));
    let rest = ListGridsRequest {
        page_token: page.next_page_token,
        ..list
    };
    assert_eq!(list_grids(&harness, TOWN, rest).await.expect("a page").grids.len(), 1);
    let get = GetGridRequest {
        name: format!("grids/{WEST}"),
        as_of: None,
        known_at: None,
    };
    let whole = get_grid(&harness, TOWN, get.clone()).await.expect("a grid");
    assert_eq!(whole.boundary, town()[1].boundary);
    let elsewhere = get_grid(&harness, BESIDE, get).await.expect_err("not theirs");
    assert_eq!(elsewhere.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn bad_drawings_are_told_by_place_and_change_nothing() {
    let harness = drawn().await;
    let rows = "SELECT count(*) || ' ' || (SELECT count(*) FROM kit.outbox) FROM grids";
    let before = behind(&harness, rows).await;
    let small = |corners: &[(i32, i32)]| grid("410225101201-9", LARGE, corners, &[]);
    let unclosed = {
        let mut grid = small(&rectangle((0, 0), (5, 5)));
        let polygon = &mut grid.boundary.as_mut().expect("drawn").polygons[0];
        polygon.outer.as_mut().expect("a ring").points.pop();
        grid
    };
    let outer = "grids[0].boundary.polygons[0].outer";
    for (bad, field) in [
        (small(&[(0, 0), (9, 9), (9, 0), (0, 9)]), format!("{outer}.points[0]")),
        (unclosed, outer.to_owned()),
        (small(&[(0, 0), (9, 9)]), outer.to_owned()),
        (
            grid(
                "410225101201-9",
                LARGE,
                &rectangle((0, 0), (5, 5)),
                &[&rectangle((3, 3), (8, 8))],
            ),
            "grids[0].boundary.polygons[0].holes[0]".to_owned(),
        ),
        (small(&rectangle((40, 40), (60, 60))), "grids[0].boundary".to_owned()),
        (small(&rectangle((90, 90), (110, 110))), "grids[0].boundary".to_owned()),
        (
            grid("410225101-2", "", &rectangle((99, 0), (120, 9)), &[]),
            "grids[0].boundary".to_owned(),
        ),
        (
            grid("410225101201-9", "410225101-7", &rectangle((0, 0), (5, 5)), &[]),
            "grids[0].parent".to_owned(),
        ),
        (
            Grid {
                code: "410225101202-9".to_owned(),
                ..small(&rectangle((0, 0), (5, 5)))
            },
            "grids[0].code".to_owned(),
        ),
        (
            Grid {
                division: division(BESIDE),
                ..small(&rectangle((0, 0), (5, 5)))
            },
            "grids[0].division".to_owned(),
        ),
        // The large grid would no longer reach around its small ones.
        (
            grid(LARGE, "", &rectangle((0, 0), (99, 100)), &[]),
            "grids[0].boundary".to_owned(),
        ),
    ] {
        let refused = draw(&harness, (6, 1), vec![bad]).await.expect_err(&field);
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}: {refused:?}");
        assert!(fields(&refused).contains(&field), "{field}: {refused:?}");
    }
    let ended = draw_and_end(&harness, (6, 1), vec![], &[LARGE])
        .await
        .expect_err("it has parts");
    assert_eq!(reason(&ended), "GRID_HAS_PARTS");
    let unknown = draw_and_end(&harness, (6, 1), vec![], &["410225101-7"])
        .await
        .expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    let sibling = DrawGridsRequest {
        division: division(TOWN),
        grids: town(),
        request_id: request_id(&harness),
        ..DrawGridsRequest::default()
    };
    let sibling = draw_grids(&harness, BESIDE, sibling).await.expect_err("not theirs");
    assert_eq!(sibling.code(), Code::NotFound);
    assert_eq!(behind(&harness, rows).await, before);
    harness.stop().await;
}

#[tokio::test]
async fn positions_of_chinese_maps_are_converted() {
    let harness = county().await;
    // Tiananmen in both systems; the grid around it is some 100 m wide.
    let (wgs, gcj) = ((116.391_349, 39.907_375), (116.397_591, 39.908_777));
    let corners = [(-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5)];
    let around = |(longitude, latitude): (f64, f64)| GridBoundary {
        polygons: vec![GridPolygon {
            outer: Some(GridRing {
                points: corners
                    .iter()
                    .map(|(east, north)| LatLng {
                        longitude: longitude + f64::from(*east) / 10_000.0,
                        latitude: latitude + f64::from(*north) / 10_000.0,
                    })
                    .collect(),
            }),
            holes: vec![],
        }],
    };
    let request = DrawGridsRequest {
        division: division(TOWN),
        grids: vec![Grid {
            boundary: Some(around(gcj)),
            ..grid(LARGE, "", &[], &[])
        }],
        coordinate_system: CoordinateSystem::Gcj02.into(),
        request_id: request_id(&harness),
        ..DrawGridsRequest::default()
    };
    draw_grids(&harness, LANKAO, request).await.expect("drawn");
    let find = |(longitude, latitude), system: CoordinateSystem| FindDutyRequest {
        division: division(LANKAO),
        position: Some(LatLng { longitude, latitude }),
        coordinate_system: system.into(),
        time: None,
    };
    for (position, system, inside) in [
        (wgs, CoordinateSystem::Wgs84, true),
        (wgs, CoordinateSystem::Unspecified, true),
        (gcj, CoordinateSystem::Gcj02, true),
        (gcj, CoordinateSystem::Wgs84, false),
    ] {
        let duty = find_duty(&harness, LANKAO, find(position, system))
            .await
            .expect("an answer");
        assert_eq!(!duty.grid.is_empty(), inside, "{position:?} {system:?}");
    }
    harness.stop().await;
}
