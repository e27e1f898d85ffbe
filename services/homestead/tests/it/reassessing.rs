//! What follows when an import says something else of plots than before.

use proto::xiangtu::homestead::v1::{
    Correction, ListCorrectionsRequest, OccupiedDays, ReassessBillsRequest, ReassessmentRun,
    correction_service_client::CorrectionServiceClient,
};
use tonic::Status;

use crate::world::{COUNTY, World, date, reason, year_2024};

pub async fn reassess(
    world: &World,
    validate_only: bool,
    max_added_fen: Option<i64>,
) -> Result<ReassessmentRun, Status> {
    let request = ReassessBillsRequest {
        division: COUNTY.to_owned(),
        due_date: date(2025, 6, 30),
        request_id: world.key(),
        validate_only,
        max_added_fen,
    };
    let mut client = CorrectionServiceClient::new(world.channel());
    let operation = client.reassess_bills(world.request(request)).await?.into_inner();
    world.wait(operation).await
}

fn difference(corrections: &[Correction]) -> Vec<(i64, i64)> {
    corrections
        .iter()
        .map(|correction| (correction.gross_fen, correction.relief_fen))
        .collect()
}

#[tokio::test]
async fn an_import_of_plots_is_followed_by_reassessing() {
    let world = World::billed().await;
    let plots = "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed
A1P1,A1,1,267.00,167,100.00,1999_on,extension,occupied,1,0
B1P1,B1,1,167.00,167,0.00,1999_on,,occupied,1,0
";
    assert!(world.import("homesteads", plots).await.applied);
    let outcome = |run: &ReassessmentRun| {
        (
            run.household_count,
            run.correction_count,
            run.added_fen,
            run.credited_fen,
        )
    };
    let dry = reassess(&world, true, None).await.expect("computed");
    assert_eq!(outcome(&dry), (2, 2, 40_000, 24_000));
    assert_eq!(world.standing("A1").await, (24_000, 0));
    assert_eq!(
        reason(&reassess(&world, false, Some(39_999)).await.expect_err("too much")),
        "CORRECTION_OUT_OF_BOUNDS"
    );
    assert_eq!(
        outcome(&reassess(&world, false, Some(40_000)).await.expect("posted")),
        (2, 2, 40_000, 24_000)
    );
    assert_eq!(
        (world.standing("A1").await, world.standing("B1").await),
        ((64_000, 0), (0, 0))
    );
    assert_eq!(
        outcome(&reassess(&world, false, None).await.expect("nothing left")),
        (0, 0, 0, 0)
    );
    let request = ListCorrectionsRequest {
        filter: "household = A1".to_owned(),
        ..ListCorrectionsRequest::default()
    };
    let listed = CorrectionServiceClient::new(world.channel())
        .list_corrections(world.request(request))
        .await
        .expect("listed")
        .into_inner()
        .corrections;
    assert_eq!(difference(&listed), [(40_000, 0)]);
    let areas = |days: &[OccupiedDays]| days.iter().map(|part| part.over_occupied_dm2).collect::<Vec<_>>();
    assert_eq!(
        (areas(&listed[0].before), areas(&listed[0].after)),
        (vec![6_000], vec![10_000])
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_plot_that_changes_hands_is_charged_to_whoever_has_it() {
    let world = World::billed().await;
    let moved = "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed
A1P1,A5,2,227.00,167,60.00,1999_on,extension,occupied,1,0
";
    assert!(world.import("homesteads", moved).await.applied);
    let run = reassess(&world, false, None).await.expect("posted");
    assert_eq!((run.correction_count, run.credited_fen), (1, 24_000));
    assert_eq!(world.standing("A1").await, (0, 0));
    // A5 had no bill to correct; billing the same days again gives it one, and nobody else.
    let again = world.bill(year_2024()).await.expect("billed");
    assert_eq!((again.bill_count, again.gross_fen), (1, 24_000));
    assert_eq!(world.standing("A5").await, (24_000, 0));
    world.recount().await;
    world.stop().await;
}
