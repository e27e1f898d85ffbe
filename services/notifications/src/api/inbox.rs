//! `xiangtu.notifications.v1.InboxService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::notifications::v1::{
    AcknowledgeInboxItemRequest, InboxItem, ListInboxRequest, ListInboxResponse, NoticeServed, WatchInboxRequest,
    WatchInboxResponse, inbox_service_server::InboxService,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::watch::{self, Answers, Watched};
use crate::{
    store::{self, inbox::ItemRow},
    wake::Wake,
    wire::{inbox as wire, name::Collection, template::hex},
};

/// Most items of one look of a watch.
const BATCH: i64 = 200;

/// Reads inboxes.
#[derive(Clone)]
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
    /// Wakes the watches.
    pub wake: Wake,
}

/// Whose inbox is asked for: one recipient's, or the caller's own.
async fn whose(tx: &mut Tx, call: &Call, name: &str) -> Result<Vec<Uuid>> {
    let own = store::recipient::by_subject(tx, &call.caller.subject).await?;
    let Some(uid) = Collection::Recipients.optional("recipient", name)? else {
        return Ok(own);
    };
    if own.contains(&uid) {
        return Ok(vec![uid]);
    }
    if !call.caller.can("notifications.recipients.read") {
        return Err(Error::denied("notifications.recipients.read"));
    }
    let found = store::recipient::recipient_get(tx, uid).await?;
    found.map(|_| vec![uid]).ok_or_else(|| Error::not_found(name))
}

#[tonic::async_trait]
impl InboxService for Api {
    async fn list_inbox(&self, request: Request<ListInboxRequest>) -> Result<Response<ListInboxResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let unacknowledged = if request.unacknowledged_only { "1" } else { "" };
        let query = [&call.caller.subject, request.recipient.as_str(), unacknowledged];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListInbox", &query)?;
        let before = page
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Error::internal)?;
        let mut tx = self.kit.db.read(&call).await?;
        let recipients = whose(&mut tx, &call, &request.recipient).await?;
        let rows = store::inbox::item_list(&mut tx, &recipients, request.unacknowledged_only, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.position.to_string());
        Ok(Response::new(ListInboxResponse {
            items: rows.iter().map(wire::answer).collect(),
            next_page_token,
        }))
    }

    async fn acknowledge_inbox_item(
        &self,
        request: Request<AcknowledgeInboxItemRequest>,
    ) -> Result<Response<InboxItem>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let uid = Collection::InboxItems.parse("name", &request.name)?;
        let own = whose(&mut tx, &call, "").await?;
        let row = store::inbox::item_lock(&mut tx, uid, &own).await.map_err(Error::from)?;
        let mut row = row.ok_or_else(|| Error::not_found(&request.name))?;
        if row.acknowledged_at.is_none() {
            let now = self.kit.clock.now();
            row.acknowledged_at = Some(now);
            store::inbox::item_acknowledge(&mut tx, uid, now)
                .await
                .map_err(Error::from)?;
            if row.acknowledgement_required {
                let served = served(&mut tx, &row).await?;
                tx.emit("notice.served", &row.division_code, &served.notice.clone(), &served);
            }
        }
        let change = Change::new("acknowledge", &row.division_code, &request.name);
        Ok(tx.finish(change, wire::answer(&row)).await?)
    }

    type WatchInboxStream = Answers<WatchInboxResponse>;

    async fn watch_inbox(
        &self,
        request: Request<WatchInboxRequest>,
    ) -> Result<Response<Self::WatchInboxStream>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let position =
            match request.resume_token.as_str() {
                "" => 0,
                token => token.parse().ok().filter(|position| *position >= 0).ok_or_else(|| {
                    Error::invalid("resume_token", token, "the resume_token of a message of this watch")
                })?,
            };
        let recipients = {
            let mut tx = self.kit.db.read(&call).await?;
            whose(&mut tx, &call, &request.recipient).await?
        };
        let watched = Inbox {
            kit: self.kit.clone(),
            call,
            recipients,
            position,
        };
        Ok(watch::stream(watched, &self.wake.items, self.kit.stop.clone()))
    }
}

async fn served(tx: &mut Tx, row: &ItemRow) -> Result<NoticeServed> {
    let recipient = store::recipient::recipient_get(tx, row.recipient_uid).await?;
    Ok(NoticeServed {
        notice: Collection::Notices.name(row.notice_uid),
        topic: row.topic.clone(),
        subject: row.subject.clone(),
        recipient: Collection::Recipients.name(row.recipient_uid),
        person: recipient.and_then(|recipient| recipient.person).unwrap_or_default(),
        acknowledge_time: row.acknowledged_at.map(dates::timestamp),
        text_digest: hex(&row.digest),
    })
}

struct Inbox {
    kit: Kit,
    call: Call,
    recipients: Vec<Uuid>,
    position: i64,
}

#[tonic::async_trait]
impl Watched for Inbox {
    type Message = WatchInboxResponse;

    async fn news(&mut self) -> Result<Vec<WatchInboxResponse>> {
        let mut tx = self.kit.db.read(&self.call).await?;
        let rows = store::inbox::item_after(&mut tx, &self.recipients, self.position, BATCH).await?;
        if let Some(last) = rows.last() {
            self.position = last.position;
        }
        let told = |row: &ItemRow| WatchInboxResponse {
            item: Some(wire::answer(row)),
            resume_token: row.position.to_string(),
        };
        Ok(rows.iter().map(told).collect())
    }

    fn heartbeat(&self) -> WatchInboxResponse {
        WatchInboxResponse {
            item: None,
            resume_token: self.position.to_string(),
        }
    }
}
