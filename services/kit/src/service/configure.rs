//! Reads and checks the whole configuration of a service before anything is bound.

use proto::xiangtu::{
    operation::v1::operation_service_server::SERVICE_NAME as OPERATIONS,
    transfer::v1::{export_service_server::SERVICE_NAME as EXPORTS, import_service_server::SERVICE_NAME as IMPORTS},
};

use super::{Built, Kit, Service};
use crate::{
    auth::Verifier,
    bus::{Bus, BusConfig},
    clock::Clock,
    config::{Config, Env},
    crypt::Crypt,
    db::{Db, DbConfig},
    error::Result,
    gate::Access,
    id::Ids,
    lifecycle::Lifecycle,
    operation::Operations,
    page::Pages,
    server,
    telemetry::Telemetry,
};

/// Stands in for a wrong key while the rest of the settings is read; nothing is ever sealed with it.
const STAND_IN_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A service whose configuration is right.
pub(super) struct Configured {
    pub config: Config,
    pub telemetry: Telemetry,
    pub kit: Kit,
    pub bus: Bus,
    pub verifier: Verifier,
    pub access: Access,
    pub built: Built,
    /// Its own gRPC services and those that every service serves.
    pub grpc_services: Vec<&'static str>,
}

/// Reads every setting, also the service's own. An error is the text for the operator, all mistakes at once.
pub(super) async fn configure(
    service: Service,
    env: &mut Env,
    clock: Clock,
    ids: Ids,
    life: &Lifecycle,
) -> Result<Configured, String> {
    // One provider for every TLS user in the process; a second start finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config::read(env);
    let telemetry = Telemetry::start(service.name, env!("CARGO_PKG_VERSION"), &config.telemetry)
        .map_err(|error| env.mistake(error.to_string()));
    let kit = assemble(&config, env, clock.clone(), ids, life).map_err(|error| error.to_string())?;
    let bus = or_stand_in(env, "XIANGTU_REDIS_URL", &config.bus.url, "redis://localhost", |url| {
        Bus::new(&BusConfig {
            url: url.to_owned(),
            ..config.bus.clone()
        })
    });
    let verifier = Verifier::new(&config.auth, clock)
        .await
        .map_err(|error| note(env, "XIANGTU_AUTH_JWKS", &config.auth.jwks, &error));
    let built = (service.build)(&kit, env);
    let mut grpc_services = built.grpc_services.clone();
    grpc_services.extend([OPERATIONS, IMPORTS, EXPORTS]);
    let access = server::contract()
        .and_then(|pool| Access::read(&pool, &grpc_services))
        .map_err(|mistakes| env.mistake(mistakes));
    env.finish()?;
    let (Ok(telemetry), Ok(bus), Ok(verifier), Ok(access)) = (telemetry, bus, verifier, access) else {
        return Err("the configuration does not serve".to_owned());
    };
    Ok(Configured {
        config,
        telemetry,
        kit,
        bus,
        verifier,
        access,
        built,
        grpc_services,
    })
}

fn assemble(config: &Config, env: &mut Env, clock: Clock, ids: Ids, life: &Lifecycle) -> Result<Kit> {
    let db = or_stand_in(
        env,
        "XIANGTU_DATABASE_URL",
        &config.db.url,
        "postgres://localhost",
        |url| {
            let config = DbConfig {
                url: url.to_owned(),
                ..config.db.clone()
            };
            Db::connect(&config, clock.clone(), ids.clone())
        },
    )?;
    let stand_in = format!("stand-in:{STAND_IN_KEY}");
    let keys = or_stand_in(env, "XIANGTU_PII_KEYS", &config.pii_keys, &stand_in, |keys| {
        Crypt::from_keys(keys, STAND_IN_KEY).map(|_| keys.to_owned())
    })?;
    let crypt = or_stand_in(
        env,
        "XIANGTU_PII_INDEX_KEY",
        &config.pii_index_key,
        STAND_IN_KEY,
        |index| Crypt::from_keys(&keys, index),
    )?;
    let pages = or_stand_in(
        env,
        "XIANGTU_PAGE_KEY",
        &config.page_key,
        STAND_IN_KEY,
        Pages::from_base64,
    )?;
    Ok(Kit {
        db,
        clock,
        operations: Operations::new(ids.clone()),
        ids,
        crypt,
        pages,
        stop: life.soft.clone(),
    })
}

/// What `make` makes of `value`. A wrong value is noted, and something harmless stands in until all settings are read.
fn or_stand_in<T>(
    env: &mut Env,
    name: &str,
    value: &str,
    stand_in: &str,
    make: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    make(value).or_else(|error| {
        note(env, name, value, &error);
        make(stand_in)
    })
}

/// Notes why `value` does not serve. That it is missing is known already.
fn note(env: &mut Env, name: &str, value: &str, error: &crate::error::Error) {
    if !value.is_empty() {
        env.mistake(format!("{name}: {error}"));
    }
}
