//! A recipient, a template, an endpoint, a notice with its deliveries and an item in an inbox.

use std::time::{Duration, Instant};

use prost_reflect::Value;
use serde_json::json;

use super::{Seed, VILLAGE, first, text};
use crate::SIBLING;

pub async fn sow(seed: &mut Seed<'_>) {
    let of = "notifications";
    let village = format!("divisions/{VILLAGE}");
    let recipient = json!({
        "division": village, "display_name": "王主任", "roles": ["village_secretary"], "subject": "officer",
    });
    seed.call(of, "RecipientService.CreateRecipient", json!({"recipient": recipient}))
        .await;
    let template = json!({
        "display_name": "会议通知", "contents": [{"language": "zh-Hans", "title": "会议", "body": "请到会。"}],
    });
    let create = json!({"division": SIBLING, "template_id": "meeting", "template": template});
    let template = text(&seed.call(of, "TemplateService.CreateTemplate", create).await, "name");
    let (whole, _) = template.split_once("/versions/").expect("a name with its version");
    seed.unlisted.push((of, whole.to_owned()));
    let endpoint = json!({
        "division": SIBLING, "display_name": "镇平台", "url": "http://127.0.0.1:9/", "topics": ["meeting.called"],
        "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    });
    seed.call(of, "EndpointService.CreateEndpoint", json!({"endpoint": endpoint}))
        .await;
    let notice = json!({
        "division": SIBLING, "topic": "meeting.called", "template": template, "audience": {"division": SIBLING},
        "channels": ["WEBHOOK", "INBOX"], "priority": "NORMAL",
    });
    seed.call(of, "NoticeService.SendNotice", notice).await;
    let section = json!({"quiet_hours": {"start": "21:00", "end": "08:00", "channels": ["SMS"]}});
    let plan = json!({"division": SIBLING, "section": section, "effective_date": "2024-01-01"});
    seed.call(of, "PlanService.ApplyPlan", plan).await;

    // The item is put into the inbox by a courier.
    let sent = Instant::now();
    loop {
        let inbox = seed.call(of, "InboxService.ListInbox", json!({})).await;
        if inbox
            .get_field_by_name("items")
            .is_some_and(|items| !items.as_list().is_none_or(<[Value]>::is_empty))
        {
            assert_eq!(text(&first(&inbox, "items"), "title"), "会议");
            return;
        }
        assert!(sent.elapsed() < Duration::from_secs(20), "the inbox stays empty");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
