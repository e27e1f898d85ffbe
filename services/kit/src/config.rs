//! Configuration from the environment, checked as a whole before anything is bound.

mod env;

use std::{net::SocketAddr, time::Duration};

pub use env::Env;

use crate::{auth::AuthConfig, bus::BusConfig, db::DbConfig, telemetry::TelemetryConfig};

/// Exit status for a configuration that cannot work (`EX_USAGE` of sysexits.h).
pub const EXIT_CONFIG: u8 = 64;

/// What every service is configured with.
pub struct Config {
    /// Where gRPC is served.
    pub listen: SocketAddr,
    /// Where `/metrics`, `/livez` and `/readyz` are served over HTTP/1.
    pub admin_listen: SocketAddr,
    /// The service's own database, as the serving role.
    pub db: DbConfig,
    /// The event bus.
    pub bus: BusConfig,
    /// Whose tokens are accepted.
    pub auth: AuthConfig,
    /// Key ring for personal data, `id:base64,…`, newest first.
    pub pii_keys: String,
    /// Base64 key of the blind index over personal data.
    pub pii_index_key: String,
    /// Base64 key that seals page tokens; the same on every replica.
    pub page_key: String,
    /// Traces, metrics and logs.
    pub telemetry: TelemetryConfig,
    /// Limits of the server.
    pub limits: Limits,
    /// Server reflection; for development only.
    pub reflection: bool,
    /// How long the service still answers after it reported itself unready.
    pub drain_delay: Duration,
    /// When whatever still runs is cut off.
    pub shutdown_deadline: Duration,
}

/// Limits of the server.
#[derive(Clone)]
pub struct Limits {
    /// Open connections in all.
    pub connections: usize,
    /// After this a connection is asked to leave, so that callers spread over new replicas; its calls are answered to the end.
    pub connection_age: Duration,
    /// Calls answered at the same time; more get `RESOURCE_EXHAUSTED`.
    pub concurrent_calls: usize,
    /// Calls per second and principal, with a burst of twice as many.
    pub calls_per_second: u32,
    /// Longest a unary call may take.
    pub call_timeout: Duration,
}

impl Config {
    /// Reads all settings; the errors stay in `env` until [`Env::finish`].
    pub fn read(env: &mut Env) -> Self {
        Self {
            listen: env.parse("XIANGTU_LISTEN", "0.0.0.0:50051", "address of the gRPC server"),
            admin_listen: env.parse(
                "XIANGTU_ADMIN_LISTEN",
                "0.0.0.0:9464",
                "address of /metrics, /livez and /readyz",
            ),
            db: DbConfig {
                url: env.required("XIANGTU_DATABASE_URL", "postgres:// URL of the serving role"),
                max_connections: env.range(
                    "XIANGTU_DATABASE_CONNECTIONS",
                    12,
                    1..=64,
                    "most connections to PostgreSQL",
                ),
            },
            bus: BusConfig {
                url: env.required("XIANGTU_REDIS_URL", "redis:// URL of the event bus"),
                prefix: env.text("XIANGTU_BUS_PREFIX", "xiangtu", "first part of every key in Redis"),
            },
            auth: AuthConfig {
                issuer: env.required("XIANGTU_AUTH_ISSUER", "`iss` of accepted tokens"),
                audience: env.text("XIANGTU_AUTH_AUDIENCE", "xiangtu", "`aud` of accepted tokens"),
                jwks: env.required(
                    "XIANGTU_AUTH_JWKS",
                    "JWKS of the identity provider: a file path or an http(s) URL",
                ),
            },
            pii_keys: env.required(
                "XIANGTU_PII_KEYS",
                "keys for personal data, `id:base64,…`, newest first",
            ),
            pii_index_key: env.required("XIANGTU_PII_INDEX_KEY", "base64 key of the blind index, 32 bytes"),
            page_key: env.required("XIANGTU_PAGE_KEY", "base64 key that seals page tokens, 32 bytes"),
            telemetry: TelemetryConfig {
                otlp_endpoint: env.optional(
                    "XIANGTU_OTLP_ENDPOINT",
                    "OTLP/gRPC collector for traces, metrics and logs",
                ),
                log: env.text("XIANGTU_LOG", "info", "log filter, as `info,sqlx=warn`"),
                log_json: env.range("XIANGTU_LOG_JSON", 0, 0..=1, "1: logs as JSON lines") == 1,
                sample_ratio: env.range("XIANGTU_TRACE_RATIO", 1.0, 0.0..=1.0, "share of traces that are kept"),
            },
            limits: Limits {
                connections: env.range("XIANGTU_CONNECTIONS", 4_096, 1..=65_536, "open connections in all"),
                connection_age: Duration::from_secs(env.range(
                    "XIANGTU_CONNECTION_AGE_S",
                    300,
                    1..=86_400,
                    "seconds after which a connection is asked to leave, and up to a tenth more",
                )),
                concurrent_calls: env.range("XIANGTU_CONCURRENT_CALLS", 1_024, 1..=65_536, "calls answered at once"),
                calls_per_second: env.range(
                    "XIANGTU_CALLS_PER_SECOND",
                    2_000,
                    1..=1_000_000,
                    "calls per second and principal",
                ),
                call_timeout: Duration::from_secs(env.range(
                    "XIANGTU_CALL_TIMEOUT_S",
                    30,
                    1..=600,
                    "longest a unary call takes",
                )),
            },
            reflection: env.range(
                "XIANGTU_REFLECTION",
                0,
                0..=1,
                "1: server reflection, for development only",
            ) == 1,
            drain_delay: Duration::from_secs(env.range(
                "XIANGTU_DRAIN_DELAY_S",
                5,
                0..=60,
                "answering on after unready",
            )),
            shutdown_deadline: Duration::from_secs(env.range(
                "XIANGTU_SHUTDOWN_S",
                25,
                1..=300,
                "cut-off of what still runs",
            )),
        }
    }
}
