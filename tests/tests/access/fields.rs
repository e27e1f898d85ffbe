//! Every method that names a division × {sibling, parent, another county}.

use proto::xiangtu::auth::v1::DivisionScope;
use tests::{Suite, dynamic};
use tonic::Code;

use crate::{
    OWN, SIBLING,
    contract::{Method, reason},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_division_outside_the_callers_does_not_exist() {
    let suite = Suite::start(&[]).await;
    let own = suite.token(&["*"], OWN);
    let outside = [
        format!("divisions/{SIBLING}201"),
        SIBLING.to_owned(),
        "410225".to_owned(),
        "410226104201".to_owned(),
    ];
    for method in Method::all() {
        let mut paths: Vec<&str> = method.rule.division_paths().collect();
        if method.descriptor.is_client_streaming() {
            paths.push("header.division");
        }
        if method.rule.scope == DivisionScope::Fields {
            assert!(!paths.is_empty(), "{}", method.name());
        }
        for path in paths {
            for other in &outside {
                let mut message = method.request();
                if method.descriptor.is_client_streaming() {
                    dynamic::set(&mut message, "header.register", register_of(method.service));
                }
                dynamic::set(&mut message, path, other);
                let answer = method.call(&suite, &message, Some(&own)).await;
                let status = answer.expect_err("outside the caller's division");
                let refused = (status.code(), reason(&status));
                let expected = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
                assert_eq!(refused, expected, "{} {path}={other}: {status:?}", method.name());
            }
        }
    }
}

/// A register of each service.
fn register_of(service: &str) -> &'static str {
    match service {
        "sanitation" => "villages",
        "notifications" => "recipients",
        _ => "households",
    }
}
