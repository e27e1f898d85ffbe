//! The methods of the contract with their access rules and the names that they take.

use std::sync::Arc;

use kit::gate::{Access, Rule};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ServiceDescriptor, Value};
use tests::{SERVICES, Suite, dynamic};
use tonic::Status;
use tonic_types::StatusExt as _;

/// What every service serves beside its own package.
const SHARED: [&str; 2] = ["xiangtu.operation.v1", "xiangtu.transfer.v1"];

/// A method as one service of the suite serves it.
pub struct Method {
    pub service: &'static str,
    pub descriptor: MethodDescriptor,
    pub rule: Arc<Rule>,
}

impl Method {
    /// Every method of every service.
    pub fn all() -> Vec<Self> {
        let pool = dynamic::contract();
        SERVICES.iter().flat_map(|service| of_service(&pool, service)).collect()
    }

    pub fn name(&self) -> &str {
        self.descriptor.full_name()
    }

    /// An empty request.
    pub fn request(&self) -> DynamicMessage {
        DynamicMessage::new(self.descriptor.input())
    }

    /// Calls it and answers the first response message.
    pub async fn call(
        &self,
        suite: &Suite,
        message: &DynamicMessage,
        token: Option<&str>,
    ) -> Result<DynamicMessage, Status> {
        let channel = suite.service(self.service).channel();
        let bytes = dynamic::call(channel, &self.descriptor, message, token).await?;
        Ok(DynamicMessage::decode(self.descriptor.output(), bytes).expect("the response type"))
    }

    /// Field paths and patterns of the resource names in the method's HTTP path, as `name` and `bills/*`. Divisions are
    /// left out: they are no rows but what rows are held by.
    pub fn names(&self) -> Vec<(String, String)> {
        let path = http_path(&self.descriptor);
        let variables = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        variables
            .filter_map(|variable| variable.split_once('='))
            .filter(|(_, pattern)| *pattern != "divisions/*")
            .map(|(field, pattern)| (field.to_owned(), pattern.to_owned()))
            .collect()
    }
}

fn of_service(pool: &DescriptorPool, service: &'static str) -> Vec<Method> {
    let own = format!("xiangtu.{service}.v1");
    let served: Vec<_> = pool
        .services()
        .filter(|found| SHARED.contains(&found.package_name()) || found.package_name() == own)
        .collect();
    let names: Vec<&str> = served.iter().map(ServiceDescriptor::full_name).collect();
    let access = Access::read(pool, &names).expect("access rules");
    let method = |descriptor: MethodDescriptor| {
        let path = format!("/{}/{}", descriptor.parent_service().full_name(), descriptor.name());
        let rule = access.rule(&path).expect("a rule").clone();
        Method {
            service,
            descriptor,
            rule,
        }
    };
    served
        .iter()
        .flat_map(|found| found.methods().collect::<Vec<_>>())
        .map(method)
        .collect()
}

/// The path of the method's `google.api.http` option.
fn http_path(method: &MethodDescriptor) -> String {
    let pool = method.parent_pool();
    let extension = pool.get_extension_by_name("google.api.http").expect("google.api.http");
    let options = method.options();
    let rule = options.get_extension(&extension);
    let rule = rule.as_message().expect("an HTTP rule");
    let path = ["get", "post", "patch", "delete", "put"]
        .iter()
        .filter_map(|verb| rule.get_field_by_name(verb))
        .find_map(|path| path.as_str().filter(|path| !path.is_empty()).map(str::to_owned));
    path.unwrap_or_default()
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// Whether `name` has the form of `pattern`, as `bills/7` that of `bills/*`.
pub fn matches(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<_>, Vec<_>) = (name.split('/').collect(), pattern.split('/').collect());
    let fits = |(part, wanted): (&&str, &&str)| !part.is_empty() && (*wanted == "*" || part == wanted);
    name.len() == pattern.len() && name.iter().zip(&pattern).all(fits)
}

/// Every string in a message, however deep.
pub fn strings(message: &DynamicMessage) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Message(message) => message.fields().for_each(|(_, value)| collect(value, found)),
            Value::List(values) => values.iter().for_each(|value| collect(value, found)),
            Value::Map(entries) => entries.values().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    message.fields().for_each(|(_, value)| collect(value, &mut found));
    found
}
