//! Unary calls behind the kit's gate against the same handler on a bare tonic server, in turns, in one run.
//!
//! `make bench-kit`. The client shares the machine with the server, as everywhere in these benches.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::stream::Empty;
use kit::{
    auth::{AuthConfig, Mint, Verifier},
    clock::Clock,
    config::Limits,
    gate::{Access, Gate},
    telemetry::{Telemetry, TelemetryConfig},
};
use prost_reflect::DescriptorPool;
use proto::{
    google::longrunning::Operation,
    xiangtu::operation::v1::{
        CancelOperationRequest, GetOperationRequest, ListOperationsRequest, ListOperationsResponse,
        WatchOperationRequest,
        operation_service_client::OperationServiceClient,
        operation_service_server::{OperationService, OperationServiceServer, SERVICE_NAME},
    },
};
use tests::{Table, per_second, with_token};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Server},
};

const CALLERS: usize = 64;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 4;

struct Echo;

#[tonic::async_trait]
impl OperationService for Echo {
    async fn get_operation(&self, request: Request<GetOperationRequest>) -> Result<Response<Operation>, Status> {
        Ok(Response::new(Operation {
            name: request.into_inner().name,
            ..Operation::default()
        }))
    }

    async fn list_operations(
        &self,
        _: Request<ListOperationsRequest>,
    ) -> Result<Response<ListOperationsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn cancel_operation(&self, _: Request<CancelOperationRequest>) -> Result<Response<Operation>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    type WatchOperationStream = Empty<Result<Operation, Status>>;

    async fn watch_operation(
        &self,
        _: Request<WatchOperationRequest>,
    ) -> Result<Response<Self::WatchOperationStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("xiangtu-bench-kit-{}", std::process::id()));
    let mint = Mint::create(&folder, "https://id.test").expect("keys");
    let token = mint
        .mint(
            "officer",
            &["*"],
            "410225",
            Duration::from_hours(1),
            Clock::system().now(),
        )
        .expect("a token");

    let bare = serve(Server::builder().add_service(OperationServiceServer::new(Echo))).await;
    let gated = serve(
        Server::builder()
            .layer(gate(&mint).await)
            .add_service(OperationServiceServer::new(Echo)),
    )
    .await;

    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (index, address) in [bare, gated].into_iter().enumerate() {
            let rate = measure(address, &token).await;
            // The first round warms up.
            if round > 0 {
                rates[index].push(rate);
            }
        }
    }
    let [bare, gated] = rates.map(median);
    let mut table = Table::new("kit", &["server", "calls/s", "ratio", "bar"]);
    table.row(&[
        "bare tonic echo".into(),
        format!("{bare:.0}"),
        "1.00".into(),
        String::new(),
    ]);
    table.row(&[
        "with the kit's gate".into(),
        format!("{gated:.0}"),
        format!("{:.2}", gated / bare),
        "≥ 0.80".into(),
    ]);
    table.finish();
    let _ = std::fs::remove_dir_all(folder);
}

async fn gate(mint: &Mint) -> Gate {
    let telemetry = TelemetryConfig {
        otlp_endpoint: None,
        log: "warn".into(),
        log_json: false,
        sample_ratio: 1.0,
    };
    Telemetry::start("bench", "0", &telemetry).expect("telemetry");
    let pool = DescriptorPool::decode(proto::DESCRIPTOR).expect("the contract");
    let access = Access::read(&pool, &[SERVICE_NAME]).expect("access rules");
    let auth = AuthConfig {
        issuer: mint.issuer().to_owned(),
        audience: "xiangtu".into(),
        jwks: mint.jwks_path().display().to_string(),
    };
    let verifier = Verifier::new(&auth, Clock::system()).await.expect("a verifier");
    let limits = Limits {
        connections: 4_096,
        connection_age: Duration::from_mins(5),
        concurrent_calls: 1_024,
        calls_per_second: 1_000_000,
        call_timeout: Duration::from_secs(30),
    };
    Gate::new(access, verifier, limits, Telemetry::metrics())
}

async fn serve<L>(router: tonic::transport::server::Router<L>) -> SocketAddr
where
    L: tower::Layer<tonic::service::Routes> + Clone + Send + 'static,
    L::Service: tower::Service<http::Request<tonic::body::Body>, Response = http::Response<tonic::body::Body>>
        + Clone
        + Send
        + 'static,
    <L::Service as tower::Service<http::Request<tonic::body::Body>>>::Future: Send + 'static,
    <L::Service as tower::Service<http::Request<tonic::body::Body>>>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

async fn measure(address: SocketAddr, token: &str) -> f64 {
    let calls = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = Vec::new();
    for _ in 0..4 {
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .expect("a URL")
            .connect()
            .await
            .expect("connected");
        for _ in 0..CALLERS / 4 {
            let (calls, stop, token) = (Arc::clone(&calls), Arc::clone(&stop), token.to_owned());
            callers.push(tokio::spawn(call(channel.clone(), token, calls, stop)));
        }
    }
    let started = Instant::now();
    tokio::time::sleep(ROUND).await;
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("a caller");
    }
    per_second(calls.load(Ordering::Relaxed), started.elapsed())
}

async fn call(channel: Channel, token: String, calls: Arc<AtomicUsize>, stop: Arc<AtomicBool>) {
    let mut client = OperationServiceClient::new(channel);
    while !stop.load(Ordering::Relaxed) {
        let request = GetOperationRequest {
            name: "operations/0197a3c0-7c1e-7000-8000-000000000001".into(),
        };
        client
            .get_operation(with_token(&token, request))
            .await
            .expect("an answer");
        calls.fetch_add(1, Ordering::Relaxed);
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
