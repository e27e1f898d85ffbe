//! Objections pause dunning, and nobody decides their own.

use proto::xiangtu::homestead::v1::{
    DecideObjectionRequest, FileObjectionRequest, GetObjectionRequest, GetParcelRequest, ListObjectionsRequest,
    Objection, ObjectionDecided, ObjectionFiled, ObjectionGround, ObjectionState, RecordSurveyRequest, Survey,
    survey_service_client::SurveyServiceClient,
};
use sqlx::Connection as _;
use tonic::{Code, Response, Status};

use crate::{
    collection::{draft_on, events},
    world::{HOMESTEADS, SIBLING, World, date, fields, reason},
};

pub fn filing(world: &World, household: &str) -> FileObjectionRequest {
    FileObjectionRequest {
        household: format!("households/{household}"),
        ground: ObjectionGround::Other.into(),
        text: "另有说明".to_owned(),
        request_id: world.key(),
        ..FileObjectionRequest::default()
    }
}

fn area(world: &World) -> FileObjectionRequest {
    FileObjectionRequest {
        ground: ObjectionGround::Area.into(),
        parcel: "parcels/A1P1".to_owned(),
        ..filing(world, "A1")
    }
}

pub async fn file(world: &World, request: FileObjectionRequest) -> Result<Objection, Status> {
    let answer = world.objections().file_objection(world.request(request)).await;
    answer.map(Response::into_inner)
}

async fn decide(world: &World, subject: &str, name: &str, decision: ObjectionState) -> Result<Objection, Status> {
    let request = DecideObjectionRequest {
        name: name.to_owned(),
        decision: decision.into(),
        reason: "经核实".to_owned(),
        decision_date: None,
        request_id: world.key(),
    };
    let answer = world
        .objections()
        .decide_objection(world.request_by(subject, request))
        .await;
    answer.map(Response::into_inner)
}

async fn disputed(world: &World) -> bool {
    let request = GetParcelRequest {
        name: "parcels/A1P1".to_owned(),
    };
    let parcel = world.parcels().get_parcel(world.request(request)).await;
    parcel.expect("a plot").into_inner().disputed
}

/// Surveys A1's plot on a day of February 2025 or, on day 1, on 1 March, and finds it as it is.
async fn survey(world: &World, day: i32) -> String {
    let request = RecordSurveyRequest {
        survey: Some(Survey {
            parcel: "parcels/A1P1".to_owned(),
            survey_date: date(2025, if day == 1 { 3 } else { 2 }, day),
            effective_date: date(2025, 2, 1),
            area_dm2: 22_700,
            over_occupied_dm2: 6_000,
            surveyor: "测绘队".to_owned(),
            evidence: vec!["测量表 1".to_owned()],
            reason: "复测".to_owned(),
            ..Survey::default()
        }),
        request_id: world.key(),
        ..RecordSurveyRequest::default()
    };
    let mut client = SurveyServiceClient::new(world.channel());
    let recorded = client.record_survey(world.request(request)).await;
    recorded.expect("recorded").into_inner().name
}

/// What is kept of the plot as it was, oldest first.
async fn kept(world: &World) -> Vec<bool> {
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    sqlx::query_scalar("SELECT disputed FROM parcel_past WHERE parcel_id = 'A1P1' AND area_dm2 = 22700 ORDER BY superseded_at, disputed")
        .fetch_all(&mut conn)
        .await
        .expect("rows")
}

#[tokio::test]
async fn an_open_objection_pauses_dunning() {
    let world = World::billed().await;
    let open = file(&world, filing(&world, "A2")).await.expect("filed");
    assert_eq!((open.state(), open.file_date), (ObjectionState::Open, date(2025, 3, 1)));
    let run = draft_on(&world, 3, 1).await;
    assert_eq!((run.notice_count, run.objection_count, run.disputed_count), (5, 1, 0));
    let twice = file(&world, filing(&world, "A2")).await.expect_err("open");
    assert_eq!(reason(&twice), "OBJECTION_OPEN");

    let own = decide(&world, "officer", &open.name, ObjectionState::Withdrawn).await;
    assert_eq!(reason(&own.expect_err("who filed it")), "SELF_DECISION");
    let decided = decide(&world, "leader", &open.name, ObjectionState::Rejected)
        .await
        .expect("decided");
    assert_eq!(
        (decided.state(), decided.decider.as_str(), decided.resurvey_required),
        (ObjectionState::Rejected, "leader", false)
    );
    let again = decide(&world, "leader", &open.name, ObjectionState::Upheld).await;
    assert_eq!(reason(&again.expect_err("decided")), "OBJECTION_DECIDED");
    let run = draft_on(&world, 3, 2).await;
    assert_eq!((run.notice_count, run.objection_count), (1, 0));

    let filed = events::<ObjectionFiled>(&world, "objection.filed").await;
    let told = events::<ObjectionDecided>(&world, "objection.decided").await;
    assert_eq!((filed.len(), told.len()), (1, 1));
    assert_eq!(
        (filed[0].objection.as_str(), told[0].decision()),
        (open.name.as_str(), ObjectionState::Rejected)
    );
    let get = GetObjectionRequest { name: open.name };
    let got = world.objections().get_objection(world.request(get.clone())).await;
    assert_eq!(got.expect("there").into_inner(), decided);
    let hidden = world.objections().get_objection(world.request_in(SIBLING, get)).await;
    assert_eq!(hidden.expect_err("outside").code(), Code::NotFound);
    let list = |open_only| ListObjectionsRequest {
        filter: "household = A2".to_owned(),
        open_only,
        ..ListObjectionsRequest::default()
    };
    for (open_only, expected) in [(false, 1), (true, 0)] {
        let listed = world.objections().list_objections(world.request(list(open_only))).await;
        assert_eq!(listed.expect("listed").into_inner().objections.len(), expected);
    }
    world.stop().await;
}

#[tokio::test]
async fn an_objection_to_an_area_disputes_the_plot_until_it_is_settled() {
    let world = World::billed().await;
    let first = file(&world, area(&world)).await.expect("filed");
    assert!(disputed(&world).await);
    assert_eq!(kept(&world).await, [false]);
    // A register that does not know of it does not settle it.
    world.import("homesteads", HOMESTEADS).await;
    assert!(disputed(&world).await);
    let upheld = decide(&world, "leader", &first.name, ObjectionState::Upheld)
        .await
        .expect("decided");
    assert!(upheld.resurvey_required);
    let told = events::<ObjectionDecided>(&world, "objection.decided").await;
    assert_eq!(
        (told[0].parcel.as_str(), told[0].resurvey_required),
        ("parcels/A1P1", true)
    );
    assert_eq!(upheld.resurvey, "");
    // It stays disputed, also for a register, until the plot is surveyed; what was measured before it was raised is no answer.
    world.import("homesteads", HOMESTEADS).await;
    survey(&world, 27).await;
    assert!(disputed(&world).await);
    assert_eq!(kept(&world).await, [false, true]);
    let name = survey(&world, 1).await;
    assert!(!disputed(&world).await);
    let get = GetObjectionRequest { name: first.name };
    let got = world.objections().get_objection(world.request(get)).await;
    assert_eq!(got.expect("there").into_inner().resurvey, name);
    // Where it was surveyed between objection and decision, nothing is waited for.
    let again = file(&world, area(&world)).await.expect("filed");
    let name = survey(&world, 1).await;
    assert!(disputed(&world).await);
    let upheld = decide(&world, "leader", &again.name, ObjectionState::Upheld).await;
    assert_eq!(upheld.expect("decided").resurvey, name);
    assert!(!disputed(&world).await);

    // While another one is open it stays disputed: here one of a household that had the plot before.
    let second = file(&world, area(&world)).await.expect("filed");
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let other =
        "INSERT INTO objection (id, division_code, household_id, ground, parcel_id, text, filed_on, filed_by, filed_at)
        VALUES (gen_random_uuid(), '410225001213', 'A3', 1, 'A1P1', 'x', '2025-03-01', 'other', now())";
    sqlx::query(other).execute(&mut conn).await.expect("another");
    decide(&world, "leader", &second.name, ObjectionState::Withdrawn)
        .await
        .expect("decided");
    assert!(disputed(&world).await);
    world.stop().await;
}

#[tokio::test]
async fn objections_name_what_is_the_households_own() {
    let world = World::billed().await;
    let bill = world.bills_of("A1").await.remove(0).name;
    let good = || filing(&world, "A1");
    for (field, bad) in [
        ("ground", FileObjectionRequest { ground: 0, ..good() }),
        (
            "parcel",
            FileObjectionRequest {
                ground: ObjectionGround::Area.into(),
                ..good()
            },
        ),
        (
            "parcel",
            FileObjectionRequest {
                parcel: "parcels/A1P1".to_owned(),
                ..good()
            },
        ),
        (
            "bill",
            FileObjectionRequest {
                ground: ObjectionGround::Amount.into(),
                ..good()
            },
        ),
        (
            "bill",
            FileObjectionRequest {
                bill: bill.clone(),
                ..good()
            },
        ),
        (
            "text",
            FileObjectionRequest {
                text: String::new(),
                ..good()
            },
        ),
        (
            "file_date",
            FileObjectionRequest {
                file_date: date(2025, 3, 2),
                ..good()
            },
        ),
    ] {
        assert_eq!(fields(&file(&world, bad).await.expect_err(field)), [field]);
    }
    let amount = FileObjectionRequest {
        ground: ObjectionGround::Amount.into(),
        bill,
        ..good()
    };
    let foreign = FileObjectionRequest {
        household: "households/A2".to_owned(),
        request_id: world.key(),
        ..amount.clone()
    };
    assert_eq!(
        file(&world, foreign).await.expect_err("not its bill").code(),
        Code::NotFound
    );
    let foreign = FileObjectionRequest {
        household: "households/A2".to_owned(),
        ..area(&world)
    };
    assert_eq!(
        file(&world, foreign).await.expect_err("not its plot").code(),
        Code::NotFound
    );
    let filed = file(&world, amount.clone()).await.expect("filed");
    assert_eq!(file(&world, amount).await.expect("a repeat"), filed);
    let early = DecideObjectionRequest {
        name: filed.name,
        decision: ObjectionState::Rejected.into(),
        reason: "核实".to_owned(),
        decision_date: date(2025, 2, 28),
        request_id: world.key(),
    };
    for (field, bad) in [
        ("decision_date", early.clone()),
        (
            "decision",
            DecideObjectionRequest {
                decision: ObjectionState::Open.into(),
                ..early.clone()
            },
        ),
        (
            "reason",
            DecideObjectionRequest {
                reason: String::new(),
                ..early
            },
        ),
    ] {
        let answer = world
            .objections()
            .decide_objection(world.request_by("leader", bad))
            .await;
        assert_eq!(fields(&answer.expect_err(field)), [field]);
    }
    world.stop().await;
}
