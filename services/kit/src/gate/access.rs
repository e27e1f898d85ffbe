//! The access rules of the contract, read from its method options.

use std::{collections::HashMap, sync::Arc};

use prost::Message as _;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use proto::xiangtu::auth::v1::{Access as Option_, AuditClass, DivisionScope};

use super::scan;
use crate::{
    division::Division,
    error::{Error, Result},
};

/// Rules by full method path. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<HashMap<String, Arc<Rule>>>);

/// The access rule of one method.
#[derive(Debug)]
pub struct Rule {
    /// Full method path, for example `/xiangtu.homestead.v1.PaymentService/RecordPayment`.
    pub method: Arc<str>,
    /// Permission the token must hold.
    pub permission: String,
    /// How rows are held inside the caller's division.
    pub scope: DivisionScope,
    /// What the audit trail keeps.
    pub audit: AuditClass,
    /// The request is a stream.
    pub client_streaming: bool,
    /// The response is a stream.
    pub server_streaming: bool,
    division_fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    path: String,
    numbers: Vec<u32>,
}

impl Access {
    /// Reads the rules of the named gRPC services from `pool`. An error names every method whose rule is missing or wrong.
    pub fn read(pool: &DescriptorPool, services: &[&str]) -> Result<Self, String> {
        let mut rules = HashMap::new();
        let mut mistakes = Vec::new();
        for name in services {
            let Some(service) = pool.get_service_by_name(name) else {
                mistakes.push(format!("{name}: not in the contract"));
                continue;
            };
            for method in service.methods() {
                match Rule::of(pool, &method) {
                    Ok(rule) => drop(rules.insert(rule.method.to_string(), Arc::new(rule))),
                    Err(mistake) => mistakes.push(format!("{}: {mistake}", method.full_name())),
                }
            }
        }
        if mistakes.is_empty() {
            Ok(Self(Arc::new(rules)))
        } else {
            Err(mistakes.join("\n"))
        }
    }

    /// The rule of a method path.
    pub fn rule(&self, path: &str) -> Option<&Arc<Rule>> {
        self.0.get(path)
    }

    /// All rules.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.0.values()
    }
}

impl Rule {
    fn of(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Self, String> {
        let extension = pool
            .get_extension_by_name("xiangtu.auth.v1.access")
            .ok_or("the contract lacks xiangtu.auth.v1.access")?;
        let options = method.options();
        if !options.has_extension(&extension) {
            return Err("no access rule".to_owned());
        }
        let value = options.get_extension(&extension);
        let bytes = value
            .as_message()
            .map(prost::Message::encode_to_vec)
            .unwrap_or_default();
        let access = Option_::decode(bytes.as_slice()).map_err(|error| error.to_string())?;
        if access.permission.is_empty() {
            return Err("no permission".to_owned());
        }
        let scope = access.scope();
        if scope == DivisionScope::Unspecified || access.audit() == AuditClass::Unspecified {
            return Err("scope and audit must be stated".to_owned());
        }
        if (scope == DivisionScope::Fields) == access.division_fields.is_empty() {
            return Err("division_fields belong to DIVISION_SCOPE_FIELDS, at least one".to_owned());
        }
        let fields = access
            .division_fields
            .iter()
            .map(|path| Field::resolve(&method.input(), path));
        Ok(Self {
            method: format!("/{}/{}", method.parent_service().full_name(), method.name()).into(),
            permission: access.permission.clone(),
            scope,
            audit: access.audit(),
            client_streaming: method.is_client_streaming(),
            server_streaming: method.is_server_streaming(),
            division_fields: fields.collect::<Result<_, _>>()?,
        })
    }

    /// Paths of the request fields that carry divisions.
    pub fn division_paths(&self) -> impl Iterator<Item = &str> {
        self.division_fields.iter().map(|field| field.path.as_str())
    }

    /// `NOT_FOUND` if a division field of the encoded request lies outside `scope`.
    pub(super) fn check_division(&self, message: &[u8], scope: &str) -> Result<()> {
        for field in &self.division_fields {
            scan::strings(message, &field.numbers, &mut |value| {
                if value.is_empty() {
                    return Ok(());
                }
                let division = Division::of_name(&field.path, value)?;
                if division.code().starts_with(scope) {
                    Ok(())
                } else {
                    Err(Error::not_found(value))
                }
            })?;
        }
        Ok(())
    }
}

impl Field {
    fn resolve(input: &MessageDescriptor, path: &str) -> Result<Self, String> {
        let mut message = Some(input.clone());
        let mut numbers = Vec::new();
        let mut last: Option<FieldDescriptor> = None;
        for part in path.split('.') {
            let field = message
                .as_ref()
                .and_then(|message| message.get_field_by_name(part))
                .ok_or_else(|| format!("division field {path}: no field {part}"))?;
            numbers.push(field.number());
            message = field.kind().as_message().cloned();
            last = Some(field);
        }
        match last.map(|field| field.kind()) {
            Some(Kind::String) => Ok(Self {
                path: path.to_owned(),
                numbers,
            }),
            _ => Err(format!("division field {path}: not a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::xiangtu::villages::v1::{BatchRecordMeasurementsRequest, GetDivisionRequest, Measurement};

    use super::*;
    use crate::error::Kind;

    const DIVISIONS: &str = "xiangtu.villages.v1.DivisionService";
    const MEASUREMENTS: &str = "xiangtu.villages.v1.MeasurementService";

    fn check(method: &str, message: &impl prost::Message, scope: &str) -> Result<(), Kind> {
        let pool = crate::server::contract().expect("the contract");
        let access = Access::read(&pool, &[DIVISIONS, MEASUREMENTS]).expect("rules");
        let rule = access.rule(&format!("/{method}")).expect("a rule");
        rule.check_division(&message.encode_to_vec(), scope)
            .map_err(|error| error.kind())
    }

    fn get(name: &str) -> Result<(), Kind> {
        let request = GetDivisionRequest {
            name: name.to_owned(),
            as_of: None,
            known_at: None,
        };
        check(&format!("{DIVISIONS}/GetDivision"), &request, "410225104")
    }

    #[test]
    fn whatever_lies_in_the_division_passes() {
        for name in [
            "",
            "410225104",
            "divisions/410225104",
            "divisions/410225104201",
            "divisions/410225104/templates/x",
            "divisions/410225104000/plans/2024",
            "divisions/410225104201/plans/2024",
        ] {
            assert_eq!(get(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn siblings_and_parents_do_not_exist_whatever_follows_them() {
        for name in [
            "410225105",
            "410225",
            "divisions/41",
            "divisions/410225/plans/2024",
            "divisions/410225105/templates/x",
            "divisions/410225/410225104",
            "divisions/410225105/../410225104",
            "divisions/410225000000/plans/410225104",
        ] {
            assert_eq!(get(name), Err(Kind::NotFound), "{name}");
        }
    }

    #[test]
    fn what_begins_with_no_division_is_refused() {
        for name in [
            "households/7",
            "divisions/",
            "divisions//410225104",
            "divisions/x/410225104",
            "410225104/plans/2024",
            "plans/divisions/410225104",
        ] {
            assert_eq!(get(name), Err(Kind::Invalid), "{name}");
        }
    }

    #[test]
    fn one_sibling_among_many_items_is_found() {
        let measurement = |code: &str| Measurement {
            division: format!("divisions/{code}"),
            ..Measurement::default()
        };
        let mut request = BatchRecordMeasurementsRequest {
            measurements: vec![measurement("410225104201"), measurement("410225104")],
            ..BatchRecordMeasurementsRequest::default()
        };
        let method = format!("{MEASUREMENTS}/BatchRecordMeasurements");
        assert_eq!(check(&method, &request, "410225104"), Ok(()));
        request.measurements.push(measurement("410225105201"));
        assert_eq!(check(&method, &request, "410225104"), Err(Kind::NotFound));
    }
}
