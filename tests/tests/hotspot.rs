//! A hotspot reaches the inbox of the person on duty as an urgent notice.

use std::time::Duration;

use kit::{clock::Clock, id::Ids};
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use tests::{Suite, import};

const COUNTY: &str = "410225";
const VILLAGE: &str = "410225105200";

fn text(message: &DynamicMessage, path: &[&str]) -> String {
    let (first, rest) = path.split_first().expect("a field");
    let value = message.get_field_by_name(first).expect(first);
    match value.as_message() {
        Some(inner) if !rest.is_empty() => text(inner, rest),
        _ => value.as_str().expect("text").to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hotspot_is_in_the_inbox_of_the_person_on_duty() {
    let suite = Suite::start_only(&["villages", "notifications"], &[]).await;
    let ids = Ids::random(Clock::system());
    let token = suite.token(&["*"], COUNTY);
    let call = async |service: &str, method: &str, mut request: Json| {
        request["request_id"] = json!(ids.next().to_string());
        let answer = suite.ask(service, method, &request, &token).await;
        answer.unwrap_or_else(|status| panic!("{method}: {status:?}"))
    };
    let divisions = format!("code,name\n{COUNTY},兰考县\n410225105,谷营镇\n{VILLAGE},一村\n");
    let cadres = format!("cadre_id,name,post,org_code,phone\nG1,赵水志,grid_worker,{VILLAGE},13800000001\n");
    let recipients = format!("person,name,division_code,roles\ncadres/G1,赵水志,{VILLAGE},grid_worker\n");
    for (service, register, csv) in [
        ("villages", "divisions", &divisions),
        ("villages", "cadres", &cadres),
        ("notifications", "recipients", &recipients),
    ] {
        let report = import(&suite, service, register, COUNTY, "2024-01-01", csv.as_bytes())
            .await
            .expect(register);
        assert!(report.applied, "{register}: {report:?}");
    }
    let section = json!({
        "templates": [{
            "id": "hotspot", "display_name": "火点紧急处置",
            "variables": [{"name": "division_display_name", "type": "TEXT"}, {"name": "grid_display_name", "type": "TEXT"}],
            "contents": [{
                "language": "zh-Hans", "title": "火点：{{division_display_name}}{{grid_display_name}}", "body": "请立即到场处置。",
            }],
        }],
        "rules": [{
            "id": "hotspot", "event_type": "hotspot.raised", "template": "hotspot",
            "audience": {"level": "VILLAGE", "person_variable": "cadre"}, "channels": ["INBOX"], "priority": "URGENT",
        }],
    });
    let plan = json!({"division": COUNTY, "section": section, "effective_date": "2024-01-01"});
    call("notifications", "PlanService.ApplyPlan", plan).await;
    let corners = [
        (114.8, 34.8),
        (114.9, 34.8),
        (114.9, 34.9),
        (114.8, 34.9),
        (114.8, 34.8),
    ];
    let points: Vec<Json> = corners
        .iter()
        .map(|(longitude, latitude)| json!({"longitude": longitude, "latitude": latitude}))
        .collect();
    let grid = format!("{VILLAGE}-1");
    let drawn = json!({
        "code": grid, "display_name": "东地", "size": "LARGE", "division": VILLAGE,
        "boundary": {"polygons": [{"outer": {"points": points}}]},
    });
    let draw = json!({"division": COUNTY, "effective_date": "2024-01-01", "grids": [drawn]});
    call("villages", "GridService.DrawGrids", draw).await;
    let hour = |ahead: i64| json!({"seconds": Clock::system().now().unix_timestamp() + 3_600 * ahead});
    let shift = json!({"person": {"cadre": "cadres/G1"}, "start_time": hour(-1), "end_time": hour(1)});
    let roster = json!({
        "grid": format!("grids/{grid}"), "start_time": hour(-1), "end_time": hour(1), "shifts": [shift],
    });
    call("villages", "GridService.ReplaceRoster", roster).await;

    let report = json!({
        "division": COUNTY, "position": {"longitude": 114.85, "latitude": 34.85}, "source": "CAMERA", "external_id": "7",
    });
    let hotspot = call("villages", "HotspotService.ReportHotspot", report).await;
    assert_eq!(text(&hotspot, &["duty", "person", "cadre"]), "cadres/G1");

    let recipients = suite
        .ask("notifications", "RecipientService.ListRecipients", &json!({}), &token)
        .await;
    let recipients = recipients
        .expect("recipients")
        .get_field_by_name("recipients")
        .expect("a list")
        .into_owned();
    let recipient = text(
        recipients.as_list().expect("a list")[0]
            .as_message()
            .expect("a recipient"),
        &["name"],
    );
    for _ in 0..500 {
        let inbox = json!({"recipient": recipient});
        let inbox = suite
            .ask("notifications", "InboxService.ListInbox", &inbox, &token)
            .await
            .expect("an inbox");
        let items = inbox.get_field_by_name("items").expect("a list").into_owned();
        if let Some(item) = items.as_list().expect("a list").first() {
            let item = item.as_message().expect("an item");
            assert_eq!(text(item, &["title"]), "火点：一村东地");
            let priority = item.get_field_by_name("priority").expect("a priority").as_enum_number();
            assert_eq!(priority, Some(2), "urgent");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing came");
}
