//! Grids over time.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{GetGridRequest, Grid};
use tonic::Code;

use crate::{
    calls::get_grid,
    county::{LANKAO, behind, day, reason},
    grid::{EAST, INNER, LARGE, WEST, at, draw, draw_and_end, drawn, duty, grid, rectangle, town},
};

async fn on(harness: &Harness, code: &str, month: i32, of_month: i32) -> Result<Grid, Code> {
    let request = GetGridRequest {
        name: format!("grids/{code}"),
        as_of: day(2024, month, of_month),
        known_at: None,
    };
    get_grid(harness, LANKAO, request).await.map_err(|status| status.code())
}

#[tokio::test]
async fn neighbours_move_their_border_together_from_a_day_on() {
    let harness = drawn().await;
    let hole = rectangle((10, 10), (20, 20));
    let west = grid(WEST, LARGE, &rectangle((0, 0), (60, 100)), &[&hole]);
    let east = grid(EAST, LARGE, &rectangle((60, 0), (100, 100)), &[]);
    draw(&harness, (5, 1), vec![west.clone()])
        .await
        .expect_err("onto the other");
    let moved = draw(&harness, (5, 1), vec![west.clone(), east]).await.expect("both");
    assert_eq!((moved.revised_count, moved.created_count), (2, 0));
    assert_eq!(
        on(&harness, WEST, 4, 30).await.expect("before").boundary,
        town()[1].boundary
    );
    let after = on(&harness, WEST, 5, 1).await.expect("after");
    assert_eq!(
        (after.boundary, after.valid_from),
        (west.boundary.clone(), day(2024, 5, 1))
    );
    // The clock stands in April.
    assert_eq!(duty(&harness, at(55, 50)).await.grid, format!("grids/{EAST}"));

    let again = draw(&harness, (5, 1), vec![west.clone()]).await.expect("as it is");
    assert_eq!((again.unchanged_count, again.revised_count), (1, 0));
    let earlier = draw(&harness, (4, 1), vec![west]).await.expect_err("it changes in May");
    assert_eq!(reason(&earlier), "GRID_CHANGES_LATER");
    harness.stop().await;
}

#[tokio::test]
async fn a_grid_is_ended_and_never_deleted() {
    let harness = drawn().await;
    let filled = grid(WEST, LARGE, &rectangle((0, 0), (50, 100)), &[]);
    draw(&harness, (5, 1), vec![filled.clone()])
        .await
        .expect_err("the inner grid is there");
    let answer = draw_and_end(&harness, (5, 1), vec![filled], &[INNER])
        .await
        .expect("ended");
    assert_eq!((answer.ended_count, answer.revised_count), (1, 1));
    assert_eq!(on(&harness, INNER, 5, 1).await.expect_err("ended"), Code::NotFound);
    let last = on(&harness, INNER, 4, 30).await.expect("its last day");
    assert_eq!(last.valid_until, day(2024, 5, 1));
    let all = [LARGE, WEST, EAST];
    let gone = draw_and_end(&harness, (6, 1), vec![], &all).await.expect("all of them");
    assert_eq!(gone.ended_count, 3);
    let events = behind(
        &harness,
        "SELECT count(*)::text FROM kit.outbox WHERE type = 'grid.drawn'",
    )
    .await;
    assert_eq!(events, ["9"], "four began, one changed, one ended, three ended");
    harness.stop().await;
}
