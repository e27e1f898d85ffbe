//! `xiangtu.notifications.v1.EventService`.

use std::collections::BTreeMap;

use kit::{
    Kit,
    call::Call,
    error::{Error, Result},
};
use notifications_core::topic;
use prost::Message as _;
use proto::xiangtu::{
    event::v1::Event,
    notifications::v1::{WatchEventsRequest, WatchEventsResponse, event_service_server::EventService},
};
use tonic::{Request, Response, Status};

use super::watch::{self, Answers, Watched};
use crate::{SOURCES, store, wake::Wake, wire::name::division_or_empty};

/// Most events of one source in one look.
const BATCH: i64 = 200;

/// Follows the events of the whole suite.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
    /// Wakes the watches.
    pub wake: Wake,
}

#[tonic::async_trait]
impl EventService for Api {
    type WatchEventsStream = Answers<WatchEventsResponse>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        if request.types.len() > 100 {
            return Err(Error::invalid("types", request.types.len(), "at most 100").into());
        }
        if let Some((at, r#type)) = request
            .types
            .iter()
            .enumerate()
            .find(|(_, name)| !topic::is_topic(name))
        {
            return Err(Error::invalid(format!("types[{at}]"), r#type, "a type such as payment.posted").into());
        }
        let cursor = Cursor::parse(&request.resume_token)?;
        let watched = Events {
            kit: self.kit.clone(),
            call,
            division,
            types: request.types,
            cursor,
        };
        Ok(watch::stream(watched, &self.wake.events, self.kit.stop.clone()))
    }
}

/// How far a watch has come in the stream of each source. Every source's events become visible in the order of their
/// sequence, because one consumer at a time takes them in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Cursor(BTreeMap<String, i64>);

impl Cursor {
    fn parse(token: &str) -> Result<Self> {
        let bad = || Error::invalid("resume_token", token, "the resume_token of a message of this watch");
        let mut cursor = BTreeMap::new();
        for part in token.split('.').filter(|_| !token.is_empty()) {
            let (source, sequence) = part.split_once('-').ok_or_else(bad)?;
            let sequence: i64 = sequence
                .parse()
                .ok()
                .filter(|sequence| *sequence >= 0)
                .ok_or_else(bad)?;
            let known = SOURCES.contains(&source) && cursor.insert(source.to_owned(), sequence).is_none();
            if !known {
                return Err(bad());
            }
        }
        Ok(Self(cursor))
    }

    fn token(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(source, sequence)| format!("{source}-{sequence}"))
            .collect();
        parts.join(".")
    }
}

struct Events {
    kit: Kit,
    call: Call,
    division: String,
    types: Vec<String>,
    cursor: Cursor,
}

#[tonic::async_trait]
impl Watched for Events {
    type Message = WatchEventsResponse;

    async fn news(&mut self) -> Result<Vec<WatchEventsResponse>> {
        let mut tx = self.kit.db.read(&self.call).await?;
        let mut news = Vec::new();
        for source in SOURCES {
            let after = self.cursor.0.get(source).copied().unwrap_or_default();
            let rows = store::event::event_after(&mut tx, source, after, &self.division, &self.types, BATCH).await?;
            for row in rows {
                self.cursor.0.insert(source.to_owned(), row.sequence);
                let event = Event::decode(row.event.as_slice()).map_err(Error::internal)?;
                news.push(WatchEventsResponse {
                    event: Some(event),
                    resume_token: self.cursor.token(),
                });
            }
        }
        Ok(news)
    }

    fn heartbeat(&self) -> WatchEventsResponse {
        WatchEventsResponse {
            event: None,
            resume_token: self.cursor.token(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back() {
        let cursor = Cursor::parse("homestead-12.villages-7").expect("a token");
        assert_eq!(cursor.token(), "homestead-12.villages-7");
        assert_eq!(Cursor::parse("").expect("the beginning"), Cursor::default());
        for bad in [
            "x",
            "nobody-1",
            "villages-",
            "villages--1",
            "villages-1.villages-2",
            "villages-1.",
        ] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
