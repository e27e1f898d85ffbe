//! The notifications service through its public surface, on real PostgreSQL and Redis and with a receiving end.

mod endpoints;
mod events;
mod inboxes;
mod notices;
mod plans;
mod recipients;
mod takeover;
mod templates;
mod timetables;
mod webhooks;
mod world;
