//! Every method × {no token, every wrong token, a token without permission}.

use std::collections::BTreeSet;

use tests::{Suite, dynamic};
use tonic::Code;

use crate::{
    OWN,
    contract::{Method, reason},
    tokens,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_method_refuses_every_wrong_caller() {
    let suite = Suite::start(&[]).await;
    let wrong = tokens::refused(&suite);
    let powerless = suite.token(&["nothing.at.all"], OWN);
    let mut tested = BTreeSet::new();
    for method in Method::all() {
        let refused = async |token: Option<&str>| match method.call(&suite, &method.request(), token).await {
            Ok(_) => (Code::Ok, String::new()),
            Err(status) => (status.code(), reason(&status)),
        };
        let name = method.name();
        let missing = (Code::Unauthenticated, "TOKEN_MISSING".to_owned());
        assert_eq!(refused(None).await, missing, "{name} without a token");
        for (token, why) in &wrong {
            let expected = (Code::Unauthenticated, (*why).to_owned());
            assert_eq!(refused(Some(token)).await, expected, "{name} with {token}");
        }
        let denied = (Code::PermissionDenied, "PERMISSION_MISSING".to_owned());
        assert_eq!(refused(Some(&powerless)).await, denied, "{name} without permission");
        tested.insert(name.to_owned());
    }
    let missing: Vec<String> = dynamic::contract()
        .services()
        .filter(|service| service.package_name().starts_with("xiangtu."))
        .flat_map(|service| {
            service
                .methods()
                .map(|method| method.full_name().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|method| !tested.contains(method))
        .collect();
    assert!(missing.is_empty(), "declared but served nowhere: {missing:?}");
}
