//! Endpoints: where webhooks may go, secrets, states.

use proto::xiangtu::notifications::v1::{
    CreateEndpointRequest, DeleteEndpointRequest, Endpoint, EndpointState, GetEndpointRequest, ListEndpointsRequest,
    RotateEndpointSecretRequest, UpdateEndpointRequest,
};
use tonic::Code;

use crate::world::{COUNTY, NEXT_SECRET, SECRET, TOWNSHIP, World, endpoint, refused};

#[tokio::test]
async fn addresses_secrets_and_limits_are_checked() {
    let world = World::start().await;
    let good = Endpoint {
        url: "https://platform.example/hook".to_owned(),
        ..endpoint(&[])
    };
    let url = |url: &str| Endpoint {
        url: url.to_owned(),
        ..good.clone()
    };
    let cases = [
        ("endpoint.url", url("https://169.254.169.254/")),
        ("endpoint.url", url("https://[::1]/")),
        ("endpoint.url", url("https://10.0.0.1/")),
        ("endpoint.url", url("http://114.114.114.114/")),
        ("endpoint.url", url("https://user:pass@platform.example/")),
        ("endpoint.url", url("gopher://platform.example/")),
        (
            "endpoint.secret",
            Endpoint {
                secret: "whsec_AAAA".to_owned(),
                ..good.clone()
            },
        ),
        (
            "endpoint.secret",
            Endpoint {
                secret: String::new(),
                ..good.clone()
            },
        ),
        (
            "endpoint.topics[0]",
            Endpoint {
                topics: vec!["*".to_owned()],
                ..good.clone()
            },
        ),
        (
            "endpoint.in_flight_limit",
            Endpoint {
                in_flight_limit: 65,
                ..good.clone()
            },
        ),
        (
            "endpoint.display_name",
            Endpoint {
                display_name: String::new(),
                ..good.clone()
            },
        ),
        (
            "endpoint.division",
            Endpoint {
                division: String::new(),
                ..good.clone()
            },
        ),
    ];
    for (field, endpoint) in cases {
        let status = world.create_endpoint(endpoint).await.expect_err(field);
        assert_eq!(refused(&status), [field], "{status:?}");
        assert!(
            !format!("{status:?}").contains("whsec_AAAA"),
            "a secret is never repeated"
        );
    }
    let made = world.create_endpoint(good.clone()).await.expect("made");
    assert_eq!(
        (made.secret.as_str(), made.in_flight_limit, made.state()),
        ("", 16, EndpointState::Active)
    );
    // A township neither sees nor makes endpoints of the county.
    let create = CreateEndpointRequest {
        endpoint: Some(good),
        ..CreateEndpointRequest::default()
    };
    let status = world
        .endpoints()
        .create_endpoint(world.harness.request(TOWNSHIP, create))
        .await;
    assert_eq!(status.expect_err("above").code(), Code::NotFound);
    let get = world.harness.request(TOWNSHIP, GetEndpointRequest { name: made.name });
    assert_eq!(
        world.endpoints().get_endpoint(get).await.expect_err("above").code(),
        Code::NotFound
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn an_endpoint_is_changed_rotated_and_removed() {
    let world = World::start().await;
    let made = world.endpoint("/a", &[]).await;
    let change = Endpoint {
        url: world.receiver.url("/b"),
        ..made.clone()
    };
    let update = UpdateEndpointRequest {
        endpoint: Some(change),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["url".to_owned()],
        }),
        ..UpdateEndpointRequest::default()
    };
    let mut endpoints = world.endpoints();
    let changed = endpoints
        .update_endpoint(world.harness.request(COUNTY, update.clone()))
        .await
        .expect("changed");
    assert_ne!(changed.into_inner().etag, made.etag);
    let stale = endpoints
        .update_endpoint(world.harness.request(COUNTY, update))
        .await
        .expect_err("an old etag");
    assert_eq!(stale.code(), Code::Aborted);

    let rotate = |secret: &str, seconds: i64| RotateEndpointSecretRequest {
        name: made.name.clone(),
        secret: secret.to_owned(),
        overlap: Some(prost_types::Duration { seconds, nanos: 0 }),
        ..RotateEndpointSecretRequest::default()
    };
    for (field, request) in [("secret", rotate(SECRET, 60)), ("overlap", rotate(NEXT_SECRET, -1))] {
        let status = endpoints
            .rotate_endpoint_secret(world.harness.request(COUNTY, request))
            .await;
        assert_eq!(refused(&status.expect_err(field)), [field]);
    }
    let request = world.harness.request(COUNTY, rotate(NEXT_SECRET, 60));
    let rotated = endpoints
        .rotate_endpoint_secret(request)
        .await
        .expect("rotated")
        .into_inner();
    assert!(rotated.previous_secret_expire_time.is_some());
    world.pass(61);
    assert!(
        world
            .get_endpoint(&made.name)
            .await
            .previous_secret_expire_time
            .is_none()
    );

    let delete = DeleteEndpointRequest {
        name: made.name.clone(),
        ..DeleteEndpointRequest::default()
    };
    endpoints
        .delete_endpoint(world.harness.request(COUNTY, delete))
        .await
        .expect("removed");
    let request = world.harness.request(COUNTY, ListEndpointsRequest::default());
    assert!(
        endpoints
            .list_endpoints(request)
            .await
            .expect("a list")
            .into_inner()
            .endpoints
            .is_empty()
    );
    world.harness.stop().await;
}
