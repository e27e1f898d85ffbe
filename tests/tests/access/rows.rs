//! Every method that takes the name of a row × the name of a row of a sibling division.

use std::collections::{BTreeMap, BTreeSet};

use kit::{clock::Clock, id::Ids};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use proto::xiangtu::auth::v1::DivisionScope;
use serde_json::{Value as Json, json};
use tests::{Suite, dynamic, json};
use tonic::{Code, Status};

use crate::{
    OWN, SIBLING,
    contract::{Method, matches, reason, strings},
    lists::{self, Names},
    seed,
};

/// Names that a method takes in its body: method, field, pattern.
const IN_BODY: [(&str, &str, &str); 15] = [
    ("villages.v1.BlockerService.ReportBlocker", "blocker.task", "tasks/*"),
    ("villages.v1.CaseService.OpenCase", "claim", "measurements/*"),
    (
        "villages.v1.ChangeRequestService.ProposeChange",
        "target",
        "households/*",
    ),
    (
        "sanitation.v1.CollectionPointService.ReportMissedCollection",
        "missed_collection.collection_point",
        "collectionPoints/*",
    ),
    (
        "sanitation.v1.HandOverService.RecordHandOver",
        "hand_over.trip",
        "trips/*",
    ),
    (
        "sanitation.v1.HandOverService.CorrectHandOver",
        "hand_over.corrects",
        "trips/*/handOvers/*",
    ),
    (
        "sanitation.v1.SigningKeyService.CreateSigningKey",
        "signing_key.holder",
        "vehicles/*",
    ),
    ("sanitation.v1.StopEventService.ReportStopEvents", "device", "devices/*"),
    ("sanitation.v1.PositionService.ReportPositions", "device", "devices/*"),
    ("notifications.v1.InboxService.ListInbox", "recipient", "recipients/*"),
    ("notifications.v1.InboxService.WatchInbox", "recipient", "recipients/*"),
    ("homestead.v1.SurveyService.RecordSurvey", "survey.parcel", "parcels/*"),
    (
        "homestead.v1.SurveyService.RecordVacating",
        "vacating.parcel",
        "parcels/*",
    ),
    (
        "homestead.v1.PaymentService.RecordPayment",
        "payment.household",
        "households/*",
    ),
    (
        "homestead.v1.PendingPaymentService.CreatePendingPayment",
        "pending_payment.household",
        "households/*",
    ),
];

/// Methods over rows that are not tried, and why.
const NOT_TRIED: [(&str, &str); 4] = [
    (
        "villages.v1.TaskService.BatchReportProgress",
        "answers each report by itself; its own tests hold the reports to the caller's division",
    ),
    (
        "villages.v1.PointService.BatchAwardPoints",
        "answers each award by itself; its own tests hold the households to the caller's division",
    ),
    (
        "sanitation.v1.HandOverService.BatchRecordHandOvers",
        "answers each hand-over by itself, as RecordHandOver does",
    ),
    (
        "sanitation.v1.TripService.CreateTrip",
        "takes the division of its station; its own tests hold stations and vehicles to the caller's division",
    ),
];

/// Every service has this list, also where it has no operations.
const OPERATIONS: &str = "xiangtu.operation.v1.OperationService.ListOperations";

/// Lists that show nothing to anybody, and why.
const EMPTY: [(&str, &str); 5] = [
    (
        "xiangtu.operation.v1.OperationService.ListOperations of notifications",
        "it has no operations",
    ),
    (
        "xiangtu.operation.v1.OperationService.ListOperations of villages",
        "it has no operations",
    ),
    (
        "xiangtu.sanitation.v1.RoutePlanService.ListUnservedPoints of sanitation",
        "the township's trucks serve every point",
    ),
    (
        "xiangtu.homestead.v1.LedgerService.ListRecounts of homestead",
        "recounts are of whole counties, and made once a day",
    ),
    (
        "xiangtu.homestead.v1.LedgerService.ListRoots of homestead",
        "roots are of whole counties",
    ),
];

/// What a request needs beside the name, so that only the name can be refused.
fn rest(method: &str) -> Json {
    match method {
        "DiscloseWorker" => json!({"reason": "投诉回访"}),
        "RecordVisit" => json!({"cadre": "cadres/K1", "visit_time": seed::hours(-1), "outcome": "ABSENT"}),
        "RecordServedNotice" => json!({"service_method": "POST", "serve_time": seed::hours(0), "proof": "回执 1"}),
        "RecordMediation" => json!({
            "mediation_date": seed::ago(1), "mediator": "村调解委员会", "parties": ["户主"], "outcome": "FAILED",
        }),
        "AgreeInstalments" => json!({
            "instalment_count": 2, "first_due_date": seed::ahead(30), "document": "协议 2",
        }),
        "FileObjection" => json!({"ground": "OTHER", "text": "另有说明"}),
        "DecideObjection" => json!({"decision": "REJECTED", "reason": "核对"}),
        "OfferHandOver" => json!({"reason": "核对", "to_cadre": "cadres/K2"}),
        "AnswerHandOver" => json!({"accept": true}),
        "GetFeeSheet" => json!({"year": 2024}),
        "RecordPayment" => json!({"payment": {"amount_fen": 1, "method": "BANK", "payment_date": seed::ago(1)}}),
        "CreatePendingPayment" => {
            json!({"pending_payment": {"amount_fen": 1, "method": "BANK", "document": "核对"}})
        }
        "ResolveStatementLine" => json!({"ignore_reason": "核对"}),
        "RotateEndpointSecret" => json!({"secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDI="}),
        "ReportMissedCollection" => json!({"missed_collection": {"date": "2024-03-30", "reason": "ROAD_BLOCKED"}}),
        "AssignHouseholds" => json!({"households": ["households/H1"], "valid_from": seed::ago(1)}),
        "ChangeHouseholdHead" => json!({
            "head_name": "李梅", "effective_date": seed::ago(1), "basis": "核对", "validate_only": true,
        }),
        "ProposeChange" => json!({"values": {"low_income": true}, "reason": "核对", "evidence": ["证明"]}),
        "MoveHousehold" => {
            json!({"address": "新村 3 号", "effective_date": seed::ago(1), "basis": "核对", "validate_only": true})
        }
        "SplitHousehold" => json!({
            "registration": {"head_name": "李梅", "registered_person_count": 1, "residence_status": "RESIDENT"},
            "effective_date": seed::ago(1), "basis": "核对", "validate_only": true,
        }),
        "MergeHouseholds" => json!({
            "sources": ["households/H2"], "effective_date": seed::ago(1), "basis": "核对", "validate_only": true,
        }),
        "EndHousehold" => json!({
            "end_reason": "EXTINCT", "effective_date": seed::ago(1), "basis": "核对", "validate_only": true,
        }),
        "AssignPost" => json!({"post": "GRID_WORKER", "valid_from": seed::ago(1)}),
        "EndAssignment" => json!({"valid_until": seed::ago(1)}),
        "DiscloseCadre" | "DiscloseChangeRequest" | "DiscloseHousehold" => {
            json!({"purpose": "CONTACT", "reason": "核对"})
        }
        "ReassignTask" => json!({"leader": "cadres/G1", "reason": "调整分工"}),
        "ReportBlocker" => json!({"blocker": {
            "kind": "WEATHER", "start_date": seed::ago(1), "end_date": seed::ago(0), "reason": "降雨",
        }}),
        "EndBlocker" => json!({"end_date": seed::ago(1)}),
        "DecideCase" => json!({"decision": "HONEST_ERROR", "decider": "cadres/K2", "reason": "核对"}),
        "ReplaceRoster" => json!({"start_time": seed::hours(-2), "end_time": seed::hours(-1)}),
        "TriageHotspot" => json!({"verdict": "FALSE"}),
        "ExonerateHotspot" => json!({"reason": "核对", "evidence": ["照片"]}),
        "EndFixedSource" => json!({"end_date": seed::ahead(1), "reason": "核对"}),
        "RecordInspection" => json!({"inspector": "cadres/K2", "unit_number": 1}),
        "ReplaceInspector" => json!({"inspector": "cadres/K2", "reason": "核对"}),
        "PubliciseAcceptance" => json!({"text": "村公示栏"}),
        "AnswerObjection" => json!({"objection_number": 1, "answer": "经核实"}),
        "DecideAcceptance" => json!({"decision": "CERTIFY", "decider": "cadres/K2", "reason": "核对"}),
        "CreateSigningKey" => json!({"signing_key_id": "K2", "signing_key": {
            "display_name": "李师傅", "valid_from": {"seconds": 1_704_067_200},
            "public_key": "IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=",
        }}),
        "AssignComplaint" => json!({"assignee": "workers/WS"}),
        "CompleteWorksOrder" => json!({"outcome": "已清理", "photo_digests": ["2".repeat(64)]}),
        "VerifyWorksOrder" => json!({"accepted": true}),
        "AnswerComplaint" => json!({"answer": "已清运"}),
        "ReportStopEvents" => json!({"send_time": seed::hours(0), "events": [{"sequence_number": 1}]}),
        "ReportPositions" => json!({"send_time": seed::hours(0), "positions": [{"sequence_number": 1}]}),
        "CancelInstalments" | "DiscloseComplaint" | "OpenCase" | "RefuseBlocker" | "ReopenComplaint"
        | "ReversePointEntry" | "ReverseRedPoint" | "RevokeSigningKey" | "VoidPendingPayment" | "WithdrawShowcase"
        | "WithdrawAcceptance" | "WithdrawChange" | "WithdrawWorksOrder" => {
            json!({"reason": "核对"})
        }
        "ApproveChange" | "RejectChange" | "RevokeAcceptance" => json!({"decider": "cadres/K2", "reason": "核对"}),
        "ServeLadderStep" => json!({"service_method": "IN_PERSON", "evidence": ["回执"]}),
        "DefendLadderStep" | "AppealLadderStep" | "ExplainCase" | "LodgeObjection" => json!({"statement": "情况说明"}),
        "DecideLadderStep" => json!({"decision": "DROP", "decider": "cadres/K2", "reason": "核对"}),
        "AwardPoints" => json!({"item": "clean_yard", "occurrence_date": seed::ago(1)}),
        "AdjustPoints" => json!({"points": 5, "resolution": "决议 2", "reason": "核对"}),
        "GrantRelief" | "WriteOffBill" => json!({"resolution": "决议 4", "amount_fen": 1}),
        "RefundAdvance" | "PayReward" => json!({"amount_fen": 1, "method": "BANK", "document": "转账 1"}),
        "OffsetReward" => json!({"document": "协议 1"}),
        "RecordSurvey" => json!({"survey": {
            "survey_date": seed::ago(1), "effective_date": seed::ago(1), "area_dm2": 20_000, "surveyor": "测绘队",
            "evidence": ["测量表 2"], "reason": "复测",
        }}),
        "RecordVacating" => json!({"vacating": {
            "vacate_date": seed::ago(1), "vacated_dm2": 1, "resolution": "决议 3", "evidence": ["验收表 2"],
        }}),
        "ReversePayment" => json!({"reason": "核对", "cause": "MISTAKE"}),
        "ReplanRoutes" => json!({"time_s": 30_000, "on_schedule": true, "search_millis": 100}),
        "RedeemPoints" => json!({"household": "households/H1", "goods_count": 1}),
        "MovePointAccount" => json!({"successor": "households/H2", "resolution": "决议 2"}),
        "StockPointGoods" => json!({"change_count": 1, "reason": "核对"}),
        "NominateHonour" => json!({"kind": "FIVE_BEAUTY_COURTYARD", "season": "2024-Q1", "reason": "核对"}),
        "EvaluateHonour" => json!({"finding": "核对", "evidence": ["照片"]}),
        "ObjectToHonour" => json!({"statement": "核对"}),
        "DismissObjection" => json!({"objection": 1, "reason": "核对"}),
        "DecideHonour" => json!({"decision": "REJECT", "reason": "核对"}),
        "ApproveShowcase" => json!({"approver": "cadres/K2"}),
        "DecideLadderAppeal" => json!({"decision": "UPHOLD", "decider": "cadres/K2", "reason": "核对"}),
        _ => json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_sibling_division_does_not_exist() {
    let suite = Suite::start(&[]).await;
    let methods = Method::all();
    let unlisted = seed::all(&suite).await;
    let (mut names, empty) = lists::seen_by_sibling(&suite, &methods).await;
    assert_eq!(
        empty,
        EMPTY.map(|(list, _)| list.to_owned()).into(),
        "lists that show nothing"
    );
    for (service, name) in unlisted {
        names.entry(service).or_default().insert(name);
    }
    nothing_is_listed(&suite, &methods, &names).await;
    let tried = no_name_is_known(&suite, &methods, &names).await;
    everything_was_tried(&methods, &tried);
}

/// Lists of an officer of the other township show none of it.
async fn nothing_is_listed(suite: &Suite, methods: &[Method], names: &Names) {
    let token = suite.token(&["*"], OWN);
    for method in methods
        .iter()
        .filter(|method| lists::is_list(method) && method.names().is_empty())
    {
        for message in lists::requests(method, &BTreeSet::new()) {
            let answer = method.call(suite, &message, Some(&token)).await;
            let answer = answer.unwrap_or_else(|status| panic!("{}: {status:?}", method.name()));
            for text in strings(&answer) {
                let shown = text.contains(SIBLING) || names[method.service].contains(&text);
                assert!(!shown, "{} shows {text} to {OWN}", method.name());
            }
        }
    }
}

/// Tries every name that a method takes, and answers which methods were tried.
async fn no_name_is_known(suite: &Suite, methods: &[Method], names: &Names) -> BTreeSet<String> {
    let (own, sibling) = (suite.token(&["*"], OWN), suite.token(&["*"], SIBLING));
    let ids = Ids::random(Clock::system());
    let (mut tried, mut wrong) = (BTreeSet::new(), Vec::new());
    // Deleting comes last: it takes away what others need.
    let (last, first): (Vec<_>, Vec<_>) = methods.iter().partition(|m| m.descriptor.name().starts_with("Delete"));
    for method in first.into_iter().chain(last) {
        for (field, pattern) in taken(method) {
            let known_names = &names[method.service];
            let Some(name) = a_name(known_names, &pattern) else {
                let operations = format!("{OPERATIONS} of {}", method.service);
                let none = pattern == "operations/*" && EMPTY.iter().any(|(list, _)| *list == operations);
                assert!(none, "{}: no {pattern} among {known_names:?}", method.name());
                continue;
            };
            let mut message = json::message(&method.descriptor.input(), &rest(method.descriptor.name()));
            if let Some(request_id) = message.descriptor().get_field_by_name("request_id") {
                message.set_field(&request_id, Value::String(ids.next().to_string()));
            }
            dynamic::set(&mut message, &field, &name);
            wrong.extend(refused(suite, method, &in_division(method, &message, OWN), &own, &name).await);
            wrong.extend(known(suite, method, &in_division(method, &message, SIBLING), &sibling, &name).await);
            tried.insert(method.name().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    tried
}

/// Fields and patterns of the names that a method takes.
fn taken(method: &Method) -> Vec<(String, String)> {
    let in_body = IN_BODY
        .iter()
        .filter(|(of, ..)| method.name() == format!("xiangtu.{of}"));
    let in_body = in_body.map(|(_, field, pattern)| ((*field).to_owned(), (*pattern).to_owned()));
    method.names().into_iter().chain(in_body).collect()
}

/// A name of this form, or one below a name that is known, as `households/7/account` below `households/7`.
fn a_name(known: &BTreeSet<String>, pattern: &str) -> Option<String> {
    if pattern == "divisions/*" {
        return Some(format!("divisions/{SIBLING}"));
    }
    if pattern == "haulagePlans/*/vehicles/*" {
        // No list shows its name: the day of the one truck of the township that hauls.
        let plan = known.iter().find(|name| matches(name, "haulagePlans/*"))?;
        return Some(format!("{plan}/vehicles/V410225039"));
    }
    let found = known.iter().find(|name| matches(name, pattern)).cloned();
    found.or_else(|| {
        let (above, last) = pattern.rsplit_once('/')?;
        let above = known.iter().find(|name| matches(name, above))?;
        (last != "*").then(|| format!("{above}/{last}"))
    })
}

/// The message with the caller's own division wherever it names one.
fn in_division(method: &Method, message: &DynamicMessage, division: &str) -> DynamicMessage {
    let mut message = message.clone();
    for path in method.rule.division_paths() {
        dynamic::set(&mut message, path, &format!("divisions/{division}200"));
    }
    message
}

/// What is wrong if the call is not refused as one of a row that does not exist.
async fn refused(suite: &Suite, method: &Method, message: &DynamicMessage, token: &str, name: &str) -> Option<String> {
    let answer = method.call(suite, message, Some(token)).await;
    let found = answer.map_or_else(|status| (status.code(), reason(&status)), |_| (Code::Ok, String::new()));
    let expected = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
    (found != expected).then(|| format!("{} {name} for {OWN}: {found:?}", method.name()))
}

/// What is wrong if the same call of the sibling's own officer gets no further: then the refusal was not for the division.
async fn known(suite: &Suite, method: &Method, message: &DynamicMessage, token: &str, name: &str) -> Option<String> {
    let answer = method.call(suite, message, Some(token)).await;
    let code = answer.as_ref().map_or_else(Status::code, |_| Code::Ok);
    let read = method.descriptor.name().starts_with("Get");
    let wrong = code == Code::NotFound || (read && code != Code::Ok);
    wrong.then(|| {
        format!(
            "{} {name} for {SIBLING}: {code:?} {}",
            method.name(),
            answer.err().unwrap_or(Status::ok(""))
        )
    })
}

/// Every method over rows was tried with a name, or is a list, or says why not.
fn everything_was_tried(methods: &[Method], tried: &BTreeSet<String>) {
    let excused: BTreeMap<String, &str> = NOT_TRIED
        .iter()
        .map(|(method, why)| (format!("xiangtu.{method}"), *why))
        .collect();
    let over_rows = methods.iter().filter(|method| method.rule.scope == DivisionScope::Rows);
    let left: Vec<&str> = over_rows
        .filter(|method| !tried.contains(method.name()) && !lists::is_list(method))
        .filter(|method| !method.descriptor.is_client_streaming())
        .map(Method::name)
        .filter(|name| !excused.contains_key(*name))
        .collect();
    assert!(left.is_empty(), "not tried with a row of a sibling: {left:?}");
    let stale: Vec<_> = excused
        .keys()
        .filter(|name| tried.contains(*name) || !methods.iter().any(|method| method.name() == *name))
        .collect();
    assert!(stale.is_empty(), "excused without need: {stale:?}");
}
