//! What goes on without being called: deliveries, inboxes, rules, timetables.

pub mod courier;
pub mod expiry;
pub mod intake;
pub mod postman;
pub mod timetable;
