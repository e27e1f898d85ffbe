//! The gRPC server: hardened transport, health, reflection, and an HTTP/1 port for probes and metrics.

mod admin;
mod health;
mod incoming;

use std::{net::SocketAddr, time::Duration};

use prost_reflect::DescriptorPool;
use tokio::net::TcpListener;
use tonic::{codec::CompressionEncoding, service::RoutesBuilder, transport::Server};

use crate::{
    config::Config,
    error::{Error, Result},
    gate::Gate,
    lifecycle::Lifecycle,
};

pub(crate) use admin::Admin;
pub(crate) use health::Readiness;

/// tonic's own defaults leave these open; see the hardening table of the crate documentation.
const MOST_STREAMS: u32 = 128;
const MOST_LOCAL_RESETS: usize = 1_024;
const MOST_PENDING_RESETS: usize = 20;
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The descriptor pool of the whole contract.
pub(crate) fn contract() -> Result<DescriptorPool, String> {
    DescriptorPool::decode(proto::DESCRIPTOR).map_err(|error| error.to_string())
}

/// Binds before anything is promised, so that a taken port is an error of the start.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Error::unavailable("the listening address", format!("{address}: {error}")))
}

/// Adds reflection in both versions that clients speak.
pub(crate) fn add_reflection(routes: &mut RoutesBuilder) -> Result<(), String> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTOR)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = builder().build_v1().map_err(|error| error.to_string())?;
    let v1alpha = builder().build_v1alpha().map_err(|error| error.to_string())?;
    routes.add_service(v1.accept_compressed(CompressionEncoding::Gzip));
    routes.add_service(v1alpha.accept_compressed(CompressionEncoding::Gzip));
    Ok(())
}

/// Serves until `life.soft`, then lets calls in flight end until `life.hard`.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: RoutesBuilder,
    gate: Gate,
    config: &Config,
    jitter: Duration,
    life: Lifecycle,
) {
    let server = Server::builder()
        .max_concurrent_streams(MOST_STREAMS)
        .http2_max_local_error_reset_streams(Some(MOST_LOCAL_RESETS))
        .http2_max_pending_accept_reset_streams(Some(MOST_PENDING_RESETS))
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        // Without jitter all clients of a restarted replica would come back in the same second. With a grace period tonic 0.14
        // asks nobody to leave, but cuts connections off when it ends, whatever is under way.
        .max_connection_age(config.limits.connection_age + jitter)
        .tcp_nodelay(true)
        .layer(gate)
        .add_routes(routes.routes());
    let incoming = incoming::limited(listener, config.limits.connections);
    let drained = async {
        life.soft.cancelled().await;
        // Still answering: balancers need this long to learn that we are leaving.
        tokio::time::sleep(config.drain_delay).await;
    };
    // One idle connection would keep the graceful shutdown alive for ever.
    tokio::select! {
        result = server.serve_with_incoming_shutdown(incoming, drained) => {
            if let Err(error) = result {
                tracing::error!(%error, "gRPC server failed");
            }
        }
        () = life.hard.cancelled() => tracing::warn!("connections cut off at the shutdown deadline"),
    }
}
