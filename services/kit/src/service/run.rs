//! Starts a service from its environment and stops it in two stages.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use proto::xiangtu::{
    operation::v1::operation_service_server::{OperationServiceServer, SERVICE_NAME as OPERATIONS},
    transfer::v1::import_service_server::{ImportServiceServer, SERVICE_NAME as IMPORTS},
};
use tonic::codec::CompressionEncoding;
use uuid::Uuid;

use super::{Built, Kit, Service, built::Job};
use crate::{
    auth::Verifier,
    bus::Bus,
    clock::Clock,
    config::{Config, Env},
    crypt::Crypt,
    db::Db,
    gate::{Access, Gate},
    id::Ids,
    import, inbox, lease,
    lifecycle::Lifecycle,
    operation::{self, Operations},
    outbox,
    page::Pages,
    server,
    telemetry::Telemetry,
};

/// Imports carry up to this many bytes a message.
const LARGEST_CHUNK_MESSAGE: usize = 4 * 1024 * 1024;

/// A service that is up.
pub struct Running {
    /// Where gRPC is served.
    pub address: SocketAddr,
    /// Where probes and metrics are served.
    pub admin_address: SocketAddr,
    /// What it works with.
    pub kit: Kit,
    life: Lifecycle,
    shutdown_deadline: Duration,
}

impl Running {
    /// The life of the service; cancel `soft` to stop it.
    pub fn life(&self) -> &Lifecycle {
        &self.life
    }

    /// Stops taking work, waits for what runs, and cuts off at the deadline. True if everything ended by itself.
    pub async fn stop(self) -> bool {
        self.life.soft.cancel();
        let in_time = self.life.drain(self.shutdown_deadline).await;
        let _ = tokio::time::timeout(Duration::from_secs(2), self.kit.db.close()).await;
        in_time
    }

    /// Cuts everything off at once, as a crash would.
    pub fn kill(self) {
        self.life.soft.cancel();
        self.life.hard.cancel();
    }
}

/// Checks the whole configuration, binds, and starts serving. An error is the text for the operator, all mistakes at once.
pub async fn start(
    service: Service,
    env: &mut Env,
    clock: Clock,
    ids: Ids,
    life: Lifecycle,
) -> Result<Running, String> {
    // One provider for every TLS user in the process; a second start finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config::read(env);
    let telemetry =
        Telemetry::start(service.name, env!("CARGO_PKG_VERSION"), &config.telemetry).map_err(|e| e.to_string())?;
    let kit = assemble(&config, env, clock.clone(), ids.clone(), &life);
    let bus = Bus::new(&config.bus)
        .map_err(|error| env.mistake(format!("XIANGTU_REDIS_URL: {error}")))
        .ok();
    let verifier = Verifier::new(&config.auth, clock.clone())
        .await
        .map_err(|e| env.mistake(format!("XIANGTU_AUTH_JWKS: {e}")))
        .ok();
    // Without a kit there is nothing to build, but the settings are already known to be wrong.
    let (Some(kit), Some(bus), Some(verifier)) = (kit, bus, verifier) else {
        return Err(env.finish().err().unwrap_or_default());
    };
    let bus = Arc::new(bus);
    let built = (service.build)(&kit, env);
    let mut services = built.grpc_services.clone();
    services.extend([OPERATIONS, IMPORTS]);
    let access = server::contract()
        .and_then(|pool| Access::read(&pool, &services))
        .map_err(|mistakes| env.mistake(mistakes));
    env.finish()?;
    let Ok(access) = access else {
        return Err("the contract has no access rules".to_owned());
    };

    let listener = server::bind(config.listen).await.map_err(|error| error.to_string())?;
    let admin_listener = server::bind(config.admin_listen)
        .await
        .map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let admin_address = admin_listener.local_addr().map_err(|error| error.to_string())?;

    let gate = Gate::new(access, verifier, config.limits.clone(), Telemetry::metrics());
    let (reporter, health) = tonic_health::server::health_reporter();
    let names = services.iter().map(|name| (*name).to_owned()).collect();
    let readiness = server::Readiness::announce(reporter, names).await;
    life.spawn(readiness.clone().follow(kit.db.clone(), life.soft.clone()));
    // Shows what goes on until the very end, so nobody waits for it.
    tokio::spawn(server::Admin { readiness, telemetry }.serve(admin_listener, life.hard.clone()));

    let Built {
        mut routes,
        registers,
        works,
        handlers,
        jobs,
        tasks,
        ..
    } = built;
    let holder = ids.next();
    let operations = operation::Api {
        db: kit.db.clone(),
        pages: kit.pages.clone(),
        stop: life.soft.clone(),
    };
    let imports = import::Api {
        db: kit.db.clone(),
        clock,
        registers,
    };
    routes.add_service(health.accept_compressed(CompressionEncoding::Gzip));
    routes.add_service(OperationServiceServer::new(operations));
    routes.add_service(
        ImportServiceServer::new(imports)
            .max_decoding_message_size(LARGEST_CHUNK_MESSAGE)
            .accept_compressed(CompressionEncoding::Gzip),
    );
    if config.reflection {
        server::add_reflection(&mut routes)?;
    }

    life.spawn(
        outbox::Relay {
            db: kit.db.clone(),
            bus: Arc::clone(&bus),
            source: service.name,
        }
        .run(life.soft.clone()),
    );
    for work in works {
        life.spawn(
            operation::Worker {
                db: kit.db.clone(),
                holder,
                work,
            }
            .run(life.soft.clone()),
        );
    }
    for (source, handler) in handlers {
        let (db, bus) = (kit.db.clone(), Arc::clone(&bus));
        let consumer = inbox::Consumer {
            db,
            bus,
            holder,
            service: service.name,
            source,
            handler,
        };
        life.spawn(consumer.run(life.soft.clone()));
    }
    for job in jobs {
        life.spawn(repeat(kit.db.clone(), holder, job, life.clone()));
    }
    for task in tasks {
        life.spawn(task(life.soft.clone()));
    }
    let jitter = Duration::from_secs(u64::from(holder.as_bytes()[15]) % 30);
    let shutdown_deadline = config.shutdown_deadline;
    let serving = life.clone();
    life.spawn(async move { server::serve(listener, routes, gate, &config, jitter, serving).await });
    tracing::info!(service = service.name, %address, %admin_address, "serving");
    Ok(Running {
        address,
        admin_address,
        kit,
        life,
        shutdown_deadline,
    })
}

fn assemble(config: &Config, env: &mut Env, clock: Clock, ids: Ids, life: &Lifecycle) -> Option<Kit> {
    let db = Db::connect(&config.db, clock.clone(), ids.clone())
        .map_err(|e| env.mistake(format!("XIANGTU_DATABASE_URL: {e}")));
    let crypt = Crypt::from_keys(&config.pii_keys, &config.pii_index_key)
        .map_err(|e| env.mistake(format!("XIANGTU_PII_KEYS: {e}")));
    let pages = Pages::from_base64(&config.page_key).map_err(|e| env.mistake(format!("XIANGTU_PAGE_KEY: {e}")));
    Some(Kit {
        db: db.ok()?,
        clock,
        operations: Operations::new(ids.clone()),
        ids,
        crypt: crypt.ok()?,
        pages: pages.ok()?,
        stop: life.soft.clone(),
    })
}

async fn repeat(db: Db, holder: Uuid, job: Job, life: Lifecycle) {
    let name = format!("job:{}", job.name);
    let (job, life) = (&job, &life);
    lease::hold(&db, holder, &name, &life.soft, |held| async move {
        while !held.is_cancelled() {
            (job.run)(held.clone()).await;
            tokio::select! {
                () = tokio::time::sleep(job.every) => {}
                () = held.cancelled() => {}
            }
        }
    })
    .await;
}
