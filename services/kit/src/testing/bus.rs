//! The bus as another service of the suite uses it.

use prost::{Message as _, Name};
use proto::xiangtu::event::v1::Event;
use redis::AsyncCommands as _;

use super::Harness;
use crate::{
    bus::{Bus, BusConfig},
    dates,
};

impl Harness {
    /// An event of `source` about a division, made now.
    pub fn event<M: Name>(&self, source: &str, kind: &str, division: &str, payload: &M) -> Event {
        Event {
            event_id: self.kit.ids.next().to_string(),
            source: source.to_owned(),
            r#type: kind.to_owned(),
            division_code: division.to_owned(),
            subject: format!("divisions/{division}"),
            event_time: Some(dates::timestamp(self.kit.clock.now())),
            payload: Some(prost_types::Any {
                type_url: M::type_url(),
                value: payload.encode_to_vec(),
            }),
            ..Event::default()
        }
    }

    /// Puts an event on the bus under its place in the stream of its source.
    ///
    /// # Panics
    ///
    /// If Redis does not take it.
    pub async fn publish(&self, sequence: i64, event: &Event) {
        let (bus, mut redis) = self.bus().await;
        let entry = [("event", event.encode_to_vec())];
        let id = format!("{sequence}-0");
        let added: redis::RedisResult<()> = redis.xadd(bus.stream(&event.source), id, &entry).await;
        added.expect("Redis takes the event");
    }

    /// Takes the stream of a source from the bus, as a Redis that lost its data.
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    pub async fn lose_events(&self, source: &str) {
        let (bus, mut redis) = self.bus().await;
        let lost: redis::RedisResult<()> = redis.del(bus.stream(source)).await;
        lost.expect("Redis answers");
    }

    async fn bus(&self) -> (Bus, redis::aio::MultiplexedConnection) {
        let setting = |name: &str| self.variables.get(name).cloned().unwrap_or_default();
        let config = BusConfig {
            url: setting("XIANGTU_REDIS_URL"),
            prefix: setting("XIANGTU_BUS_PREFIX"),
        };
        let bus = Bus::new(&config).expect("a URL");
        let connection = bus.dedicated().await.expect("Redis listens");
        (bus, connection)
    }
}
