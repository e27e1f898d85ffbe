//! Reads a stream as a member of a consumer group.

use std::{sync::Arc, time::Duration};

use prost::Message as _;
use redis::{
    AsyncCommands as _,
    aio::MultiplexedConnection,
    streams::{StreamReadOptions, StreamReadReply},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Handler, effect};
use crate::{
    bus::{Bus, down},
    db::Db,
    error::Result,
    lease,
};
use proto::xiangtu::event::v1::Event;

const BATCH: usize = 200;
const BLOCK_MS: usize = 1_000;
/// How soon a store that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// One member a group: the lease says which replica it is, and its successor finds the unfinished entries under this name.
const MEMBER: &str = "holder";

/// Feeds one handler with the events of one source.
pub(crate) struct Consumer {
    pub db: Db,
    pub bus: Arc<Bus>,
    pub holder: Uuid,
    pub service: &'static str,
    pub source: &'static str,
    pub handler: Arc<dyn Handler>,
}

impl Consumer {
    /// Consumes while this replica holds the lease, until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let lease = format!("consume:{}:{}", self.source, self.handler.name());
        lease::hold(&self.db, self.holder, &lease, &stop, |held| self.consume(held)).await;
    }

    async fn consume(&self, held: CancellationToken) {
        let mut failing = false;
        while !held.is_cancelled() {
            let result = self.read_until_lost(&held).await;
            if let Err(error) = result {
                if !failing {
                    tracing::warn!(consumer = self.handler.name(), source = self.source, %error, "event consumer waits");
                }
                failing = true;
                tokio::select! {
                    () = tokio::time::sleep(RETRY) => {}
                    () = held.cancelled() => {}
                }
            } else {
                failing = false;
            }
        }
    }

    async fn read_until_lost(&self, held: &CancellationToken) -> Result<()> {
        let mut redis = self.bus.dedicated().await?;
        let stream = self.bus.stream(self.source);
        let group = format!("{}:{}", self.service, self.handler.name());
        // From the very beginning: what was handled before is dropped by the inbox.
        let created: Result<(), _> = redis.xgroup_create_mkstream(&stream, &group, "0").await;
        if let Err(error) = created
            && error.code() != Some("BUSYGROUP")
        {
            return Err(down(error));
        }
        // First what an earlier holder read and did not finish.
        let mut unfinished = true;
        while !held.is_cancelled() {
            let from = if unfinished { "0" } else { ">" };
            let batch = self.read(&mut redis, &stream, &group, from).await?;
            if batch.is_empty() {
                unfinished = false;
                continue;
            }
            let (ids, events): (Vec<String>, Vec<Event>) = batch.into_iter().unzip();
            effect::apply(&self.db, self.handler.as_ref(), &events, held).await?;
            redis.xack::<_, _, _, ()>(&stream, &group, &ids).await.map_err(down)?;
        }
        Ok(())
    }

    async fn read(
        &self,
        redis: &mut MultiplexedConnection,
        stream: &str,
        group: &str,
        from: &str,
    ) -> Result<Vec<(String, Event)>> {
        let options = StreamReadOptions::default()
            .group(group, MEMBER)
            .count(BATCH)
            .block(BLOCK_MS);
        let reply: Option<StreamReadReply> = redis.xread_options(&[stream], &[from], &options).await.map_err(down)?;
        let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
        Ok(entries
            .map(|entry| {
                let event = decode(&entry);
                (entry.id, event)
            })
            .collect())
    }
}

/// An entry that is no event of ours (trimmed, or foreign) becomes an empty event, which every handler skips.
fn decode(entry: &redis::streams::StreamId) -> Event {
    let bytes: Vec<u8> = entry.get("event").unwrap_or_default();
    Event::decode(bytes.as_slice()).unwrap_or_default()
}
