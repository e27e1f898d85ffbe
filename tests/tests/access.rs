//! Every method of the contract refuses every wrong caller. The methods come from the descriptors, so that a new one is
//! tested the day it is added.

use std::{collections::BTreeSet, time::Duration};

use kit::{
    clock::Clock,
    gate::{Access, Rule},
};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use proto::xiangtu::auth::v1::DivisionScope;
use tests::{SERVICES, Suite, dynamic};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Declared ahead of their service, which is being written.
const AHEAD: [&str; 3] = [
    "xiangtu.villages.v1.TaskService",
    "xiangtu.villages.v1.BulletinService",
    "xiangtu.villages.v1.LadderService",
];
const OWN: &str = "410225104";
const SIBLING: &str = "410225105";

/// The gRPC services that `service` serves: its own package and what every service serves.
fn served(pool: &DescriptorPool, service: &str) -> Vec<prost_reflect::ServiceDescriptor> {
    let own = format!("xiangtu.{service}.v1");
    let all = ["xiangtu.operation.v1".to_owned(), "xiangtu.transfer.v1".to_owned(), own];
    pool.services()
        .filter(|found| all.iter().any(|package| found.package_name() == package))
        .collect()
}

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

struct Case<'a> {
    suite: &'a Suite,
    service: &'static str,
    method: MethodDescriptor,
    rule: &'a Rule,
}

impl Case<'_> {
    async fn call(&self, message: &DynamicMessage, token: Option<&str>) -> Result<bytes::Bytes, Status> {
        dynamic::call(self.suite.service(self.service).channel(), &self.method, message, token).await
    }

    async fn refused(&self, token: Option<&str>) -> (Code, String) {
        let message = DynamicMessage::new(self.method.input());
        match self.call(&message, token).await {
            Ok(_) => (Code::Ok, String::new()),
            Err(status) => (status.code(), reason(&status)),
        }
    }

    async fn wrong_callers(&self) {
        let (suite, name) = (self.suite, self.method.full_name());
        let now = Clock::system().now();
        let hour = Duration::from_hours(1);
        let token = |audience: &str, issued| {
            suite
                .mint
                .sign("officer", &["*"], OWN, audience, suite.mint.issuer(), hour, issued)
                .expect("a token")
        };
        let unauthenticated = |reason: &str| (Code::Unauthenticated, reason.to_owned());
        assert_eq!(self.refused(None).await, unauthenticated("TOKEN_MISSING"), "{name}");
        assert_eq!(
            self.refused(Some("x")).await,
            unauthenticated("TOKEN_MALFORMED"),
            "{name}"
        );
        let expired = token("xiangtu", now - hour - hour);
        assert_eq!(
            self.refused(Some(&expired)).await,
            unauthenticated("TOKEN_EXPIRED"),
            "{name}"
        );
        let elsewhere = token("another", now);
        assert_eq!(
            self.refused(Some(&elsewhere)).await,
            unauthenticated("TOKEN_AUDIENCE"),
            "{name}"
        );
        let powerless = suite.token(&["nothing.at.all"], OWN);
        assert_eq!(
            self.refused(Some(&powerless)).await,
            (Code::PermissionDenied, "PERMISSION_MISSING".to_owned()),
            "{name}"
        );
    }

    /// A caller of one township names a village of its sibling, or its parent, in each division field.
    async fn other_divisions(&self) {
        let own = self.suite.token(&["*"], OWN);
        for field in self.rule.division_paths() {
            for other in [
                format!("divisions/{SIBLING}201"),
                SIBLING.to_owned(),
                "410225".to_owned(),
                "410226104201".to_owned(),
            ] {
                let mut message = DynamicMessage::new(self.method.input());
                dynamic::set(&mut message, field, &other);
                let status = self
                    .call(&message, Some(&own))
                    .await
                    .expect_err("outside the caller's division");
                assert_eq!(
                    status.code(),
                    Code::NotFound,
                    "{} {field}={other}: {status:?}",
                    self.method.full_name()
                );
            }
        }
        if self.method.is_client_streaming() {
            let mut message = DynamicMessage::new(self.method.input());
            dynamic::set(&mut message, "header.division", SIBLING);
            let status = self
                .call(&message, Some(&own))
                .await
                .expect_err("outside the caller's division");
            assert!(
                matches!(status.code(), Code::NotFound | Code::InvalidArgument),
                "{status:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_refuses_every_wrong_caller() {
    let suite = Suite::start(&[]).await;
    let pool = dynamic::contract();
    let mut tested = BTreeSet::new();
    for service in SERVICES {
        for grpc in served(&pool, service)
            .into_iter()
            .filter(|grpc| !AHEAD.contains(&grpc.full_name()))
        {
            let access = Access::read(&pool, &[grpc.full_name()]).expect("access rules");
            for method in grpc.methods() {
                let path = format!("/{}/{}", grpc.full_name(), method.name());
                let rule = access.rule(&path).expect("a rule");
                let case = Case {
                    suite: &suite,
                    service,
                    method: method.clone(),
                    rule,
                };
                case.wrong_callers().await;
                if rule.scope == DivisionScope::Fields || method.is_client_streaming() {
                    case.other_divisions().await;
                }
                tested.insert(method.full_name().to_owned());
            }
        }
    }
    let declared = pool
        .services()
        .filter(|service| service.package_name().starts_with("xiangtu.") && !AHEAD.contains(&service.full_name()));
    let missing: Vec<String> = declared
        .flat_map(|s| s.methods().map(|m| m.full_name().to_owned()).collect::<Vec<_>>())
        .filter(|m| !tested.contains(m))
        .collect();
    assert!(missing.is_empty(), "declared but served nowhere: {missing:?}");
}
