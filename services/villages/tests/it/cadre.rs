use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AssignHouseholdsRequest, AssignPostRequest, DiscloseCadreRequest, DisclosurePurpose, EndAssignmentRequest,
    GetCadreRequest, ListAssignmentsRequest, ListCadresRequest, ListHouseholdsRequest, Post,
};
use tonic::Code;

use crate::county::{
    Asks as _, LANKAO, cadres, counts, day, fields, header, households, import, import_as, lankao, list, reason,
    refusals, request_id,
};

const STATIONED: &str = "cadres/C410225001213-P1";
const SECRETARY: &str = "cadres/C410225001213-V1";

async fn with_cadres() -> Harness {
    let harness = lankao().await;
    let report = import(&harness, "cadres", &list("cadres")).await.expect("cadres");
    assert_eq!(
        (counts(&report), report.applied),
        ((2_052, 0, 0), true),
        "{:?}",
        report.errors
    );
    harness
}

#[tokio::test]
async fn the_register_is_taken_searched_and_taken_again_without_effect() {
    let harness = with_cadres().await;
    let again = import(&harness, "cadres", &list("cadres")).await.expect("again");
    assert_eq!(counts(&again), (0, 0, 2_052));
    let stationed = ListCadresRequest {
        division: "divisions/410225001213".to_owned(),
        filter: r#"post = "STATIONED_CADRE""#.to_owned(),
        ..ListCadresRequest::default()
    };
    let found = cadres(&harness)
        .list_cadres(harness.ask(LANKAO, stationed))
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(found.cadres.len(), 1);
    let cadre = &found.cadres[0];
    assert_eq!((cadre.name.as_str(), cadre.assignments.len()), (STATIONED, 1));
    assert_eq!(cadre.assignments[0].post(), Post::StationedCadre);
    assert!(cadre.phone.contains("****"), "{}", cadre.phone);

    let disclose = DiscloseCadreRequest {
        name: STATIONED.to_owned(),
        purpose: DisclosurePurpose::Contact.into(),
        reason: "值班联系".to_owned(),
    };
    let phone = cadres(&harness)
        .disclose_cadre(harness.ask(LANKAO, disclose))
        .await
        .expect("shown")
        .into_inner()
        .phone;
    let by_phone = ListCadresRequest {
        phone,
        ..ListCadresRequest::default()
    };
    let found = cadres(&harness)
        .list_cadres(harness.ask(LANKAO, by_phone))
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(found.cadres.len(), 1);
    assert_eq!(found.cadres[0].name, STATIONED);
    harness.stop().await;
}

#[tokio::test]
async fn a_cadre_who_moves_keeps_the_history() {
    let harness = with_cadres().await;
    let mut later = header("cadres");
    later.effective_date = "2024-05-01".to_owned();
    let file = "cadre_id,name,post,org_code\nC410225001213-P1,同一人,stationed_cadre,410225001214\n";
    let report = import_as(&harness, LANKAO, later, file.as_bytes())
        .await
        .expect("taken");
    assert_eq!(counts(&report), (0, 1, 0));
    let request = ListAssignmentsRequest {
        cadre: STATIONED.to_owned(),
        ..ListAssignmentsRequest::default()
    };
    let posts = cadres(&harness)
        .list_assignments(harness.ask(LANKAO, request))
        .await
        .expect("a list")
        .into_inner();
    let posts: Vec<_> = posts
        .assignments
        .iter()
        .map(|post| (post.division.as_str(), post.valid_from, post.valid_until))
        .collect();
    assert_eq!(
        posts,
        [
            ("divisions/410225001214", day(2024, 5, 1), None),
            ("divisions/410225001213", day(2024, 1, 1), day(2024, 5, 1))
        ]
    );
    let then = GetCadreRequest {
        name: STATIONED.to_owned(),
        as_of: day(2024, 4, 30),
        known_at: None,
    };
    let then = cadres(&harness)
        .get_cadre(harness.ask(LANKAO, then))
        .await
        .expect("there")
        .into_inner();
    assert_eq!(then.division, "divisions/410225001213");
    harness.stop().await;
}

#[tokio::test]
async fn posts_are_given_once_and_ended_once() {
    let harness = with_cadres().await;
    let assign = AssignPostRequest {
        cadre: SECRETARY.to_owned(),
        division: "divisions/410225001214".to_owned(),
        post: Post::GridWorker.into(),
        valid_from: day(2024, 6, 1),
        request_id: request_id(&harness),
    };
    let given = cadres(&harness)
        .assign_post(harness.ask(LANKAO, assign.clone()))
        .await
        .expect("given")
        .into_inner();
    let twice = AssignPostRequest {
        request_id: request_id(&harness),
        ..assign.clone()
    };
    let twice = cadres(&harness)
        .assign_post(harness.ask(LANKAO, twice))
        .await
        .expect_err("held already");
    assert_eq!(twice.code(), Code::AlreadyExists);
    let stranger = AssignPostRequest {
        cadre: "cadres/none".to_owned(),
        request_id: request_id(&harness),
        ..assign.clone()
    };
    let stranger = cadres(&harness)
        .assign_post(harness.ask(LANKAO, stranger))
        .await
        .expect_err("unknown");
    assert_eq!(stranger.code(), Code::NotFound);
    let aimless = AssignPostRequest {
        post: 0,
        request_id: request_id(&harness),
        ..assign
    };
    let aimless = cadres(&harness)
        .assign_post(harness.ask(LANKAO, aimless))
        .await
        .expect_err("no post");
    assert_eq!(fields(&aimless), ["post"]);

    let end = |until| EndAssignmentRequest {
        name: given.name.clone(),
        valid_until: until,
        request_id: request_id(&harness),
    };
    let early = cadres(&harness)
        .end_assignment(harness.ask(LANKAO, end(day(2024, 6, 1))))
        .await
        .expect_err("no day");
    assert_eq!(fields(&early), ["valid_until"]);
    let ended = cadres(&harness)
        .end_assignment(harness.ask(LANKAO, end(day(2024, 9, 1))))
        .await
        .expect("ended");
    assert_eq!(ended.into_inner().valid_until, day(2024, 9, 1));
    let again = cadres(&harness)
        .end_assignment(harness.ask(LANKAO, end(day(2024, 8, 1))))
        .await
        .expect_err("ended");
    assert_eq!(reason(&again), "ASSIGNMENT_ENDED");
    harness.stop().await;
}

#[tokio::test]
async fn a_household_has_one_carer_at_a_time() {
    let harness = with_cadres().await;
    let columns = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,sewage_connected,five_beauty";
    let file =
        format!("{columns}\nh1,410225001213,赵水志,5,3,resident,0,1,0\nh2,410225001213,李梅,4,4,resident,1,0,0\n");
    import(&harness, "households", file.as_bytes())
        .await
        .expect("households");
    let assign = |cadre: &str, ids: &[&str], month| AssignHouseholdsRequest {
        cadre: cadre.to_owned(),
        households: ids.iter().map(|id| format!("households/{id}")).collect(),
        valid_from: day(2024, month, 1),
        request_id: request_id(&harness),
    };
    let call = async |request: AssignHouseholdsRequest| {
        let answer = cadres(&harness)
            .assign_households(harness.ask(LANKAO, request))
            .await?
            .into_inner();
        Ok::<_, tonic::Status>((answer.assigned_count, answer.taken_over_count))
    };
    assert_eq!(
        call(assign(STATIONED, &["h1", "h2"], 2)).await.expect("assigned"),
        (2, 0)
    );
    assert_eq!(
        call(assign(STATIONED, &["h1", "h2"], 3)).await.expect("as before"),
        (0, 0)
    );
    assert_eq!(call(assign(SECRETARY, &["h2"], 4)).await.expect("taken over"), (1, 1));
    let earlier = call(assign(STATIONED, &["h2"], 3)).await.expect_err("a later change");
    assert_eq!(reason(&earlier), "CARER_LATER_CHANGE");
    assert_eq!(
        call(assign(STATIONED, &["h1", "h9"], 5))
            .await
            .expect_err("unknown")
            .code(),
        Code::NotFound
    );
    let portfolio = async |cadre: &str, month| {
        let request = ListHouseholdsRequest {
            cadre: cadre.to_owned(),
            as_of: day(2024, month, 1),
            ..ListHouseholdsRequest::default()
        };
        let found = households(&harness)
            .list_households(harness.ask(LANKAO, request))
            .await
            .expect("a list");
        found.into_inner().households.len()
    };
    assert_eq!((portfolio(STATIONED, 3).await, portfolio(STATIONED, 4).await), (2, 1));
    assert_eq!((portfolio(SECRETARY, 3).await, portfolio(SECRETARY, 4).await), (0, 1));
    harness.stop().await;
}

#[tokio::test]
async fn bad_rows_are_refused_by_line() {
    let harness = lankao().await;
    let file = "cadre_id,name,post,org_code,phone\nc1,王礼孝,boss,410225001000,\nc2,王礼孝,grid_worker,41022500,\n";
    let report = import(&harness, "cadres", file.as_bytes()).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [(2, "post", "BAD_VALUE"), (3, "org_code", "BAD_CODE")]
    );
    let file = "cadre_id,name,post,org_code\nc1,王礼孝,grid_worker,410225099000\nc1,王礼孝,grid_worker,410225001000\n";
    let report = import(&harness, "cadres", file.as_bytes()).await.expect("a report");
    assert_eq!(
        refusals(&report),
        [(2, "org_code", "UNKNOWN_DIVISION"), (3, "cadre_id", "DUPLICATE")]
    );
    harness.stop().await;
}
