//! One row of every kind in the sibling township, made through the public API by its own officer.

mod homestead;
mod notifications;
mod sanitation;
mod villages;

use std::time::Duration;

use kit::{clock::Clock, id::Ids};
use prost_reflect::{DynamicMessage, Value};
use serde_json::{Value as Json, json};
use tests::{Suite, dynamic, import, village};

use crate::SIBLING;

/// A village of the sibling.
pub const VILLAGE: &str = "410225105200";

/// Makes rows and remembers the names of those that no list shows.
pub struct Seed<'a> {
    suite: &'a Suite,
    ids: Ids,
    /// Service and name.
    pub unlisted: Vec<(&'static str, String)>,
}

/// Fills the sibling, and answers service and name of the rows that no list shows.
pub async fn all(suite: &Suite) -> Vec<(&'static str, String)> {
    let mut seed = Seed {
        suite,
        ids: Ids::random(Clock::system()),
        unlisted: Vec::new(),
    };
    villages::sow(&mut seed).await;
    sanitation::sow(&mut seed).await;
    homestead::sow(&mut seed).await;
    notifications::sow(&mut seed).await;
    seed.unlisted
}

impl Seed<'_> {
    /// Imports a register that must be taken.
    async fn import(&self, service: &str, register: &str, csv: &str) {
        self.import_for(service, register, "410225", csv).await;
    }

    /// Imports a register of a division that must be taken.
    async fn import_for(&self, service: &str, register: &str, division: &str, csv: &str) {
        let report = import(self.suite, service, register, division, "2024-01-01", csv.as_bytes())
            .await
            .expect(register);
        assert!(report.applied, "{register}: {report:?}");
    }

    /// Calls a method as the sibling's officer. A request id is added where the request takes one.
    async fn call(&self, service: &str, name: &str, mut request: Json) -> DynamicMessage {
        if dynamic::method(service, name)
            .input()
            .get_field_by_name("request_id")
            .is_some()
        {
            request["request_id"] = json!(self.ids.next().to_string());
        }
        let token = self.suite.token(&["*"], SIBLING);
        let answer = self.suite.ask(service, name, &request, &token).await;
        answer.unwrap_or_else(|status| panic!("{name} {request}: {status:?}"))
    }

    /// Starts an operation and waits until it has succeeded.
    async fn operate(&self, service: &str, name: &str, request: Json) {
        let operation = text(&self.call(service, name, request).await, "name");
        village::finish(self.suite, service, &operation).await;
    }
}

/// A text field of an answer.
pub fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field).expect(field);
    value.as_str().expect("text").to_owned()
}

/// The first item of a list's answer.
pub fn first(message: &DynamicMessage, field: &str) -> DynamicMessage {
    let value = message.get_field_by_name(field).expect(field);
    let items = value.as_list().expect("a list");
    items
        .first()
        .and_then(Value::as_message)
        .unwrap_or_else(|| panic!("no {field} in {message:?}"))
        .clone()
}

/// A day so many days before today, as requests write it.
pub fn ago(days: u64) -> Json {
    let day = Clock::system().today() - Duration::from_hours(24 * days);
    json!(day.to_string())
}

/// An instant so many hours from now, as requests write it.
pub fn hours(from_now: i64) -> Json {
    json!({"seconds": Clock::system().now().unix_timestamp() + 3_600 * from_now})
}

/// A day so many days from today.
pub fn ahead(days: u64) -> Json {
    let day = Clock::system().today() + Duration::from_hours(24 * days);
    json!(day.to_string())
}
