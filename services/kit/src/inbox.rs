//! Consumers of other services' events: at-least-once transport, exactly one effect.
//!
//! The effect and the note that it happened commit in one transaction, so repeats, restarts and a Redis that lost its data
//! are harmless. A handler that keeps refusing an event gets it parked, not the stream blocked.

mod consume;
mod effect;

use proto::xiangtu::event::v1::Event;

use crate::{db::Tx, error::Result};

pub(crate) use consume::Consumer;

/// What to do with the events of one source.
#[tonic::async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Name of the consumer, unique in its service; its progress is kept under this name.
    fn name(&self) -> &'static str;

    /// Event types that it wants; others are acknowledged unseen. Empty means all.
    fn types(&self) -> &'static [&'static str];

    /// Has the effect inside `tx`. An error undoes it and the event comes again; after ten refusals it is parked.
    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<()>;
}
