//! Starts a service from its environment and stops it in two stages.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use proto::xiangtu::{
    operation::v1::operation_service_server::OperationServiceServer,
    transfer::v1::{export_service_server::ExportServiceServer, import_service_server::ImportServiceServer},
};
use tonic::codec::CompressionEncoding;
use uuid::Uuid;

use super::{
    Built, Kit, Service,
    built::Job,
    configure::{Configured, configure},
};
use crate::{
    clock::Clock, config::Env, export, gate::Gate, id::Ids, import, inbox, lease, lifecycle::Lifecycle, operation,
    outbox, server, telemetry::Telemetry,
};

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
    let Configured {
        config,
        telemetry,
        kit,
        bus,
        verifier,
        access,
        built,
        grpc_services,
    } = configure(service, env, clock.clone(), ids.clone(), &life).await?;
    let bus = Arc::new(bus);

    let listener = server::bind(config.listen).await.map_err(|error| error.to_string())?;
    let admin_listener = server::bind(config.admin_listen)
        .await
        .map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let admin_address = admin_listener.local_addr().map_err(|error| error.to_string())?;

    let gate = Gate::new(access, verifier, config.limits.clone(), Telemetry::metrics());
    let (reporter, health) = tonic_health::server::health_reporter();
    let names = grpc_services.iter().map(|name| (*name).to_owned()).collect();
    let readiness = server::Readiness::announce(reporter, names).await;
    life.spawn(readiness.clone().follow(kit.db.clone(), life.soft.clone()));
    // Shows what goes on until the very end, so nobody waits for it.
    tokio::spawn(server::Admin { readiness, telemetry }.serve(admin_listener, life.hard.clone()));

    let Built {
        mut routes,
        registers,
        extracts,
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
        clock: clock.clone(),
        registers,
    };
    let exports = export::Api::new(kit.db.clone(), clock, extracts);
    routes.add_service(health.accept_compressed(CompressionEncoding::Gzip));
    routes.add_service(OperationServiceServer::new(operations));
    routes.add_service(
        ImportServiceServer::new(imports)
            .max_decoding_message_size(import::LARGEST_MESSAGE)
            .accept_compressed(CompressionEncoding::Gzip),
    );
    routes.add_service(ExportServiceServer::new(exports));
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
        life.spawn(repeat(kit.clone(), holder, job, life.clone()));
    }
    for task in tasks {
        life.spawn(task(life.soft.clone()));
    }
    let jitter = config.limits.connection_age / 10 * u32::from(holder.as_bytes()[15]) / 255;
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

async fn repeat(kit: Kit, holder: Uuid, job: Job, life: Lifecycle) {
    let lease = format!("job:{}", job.name);
    let (kit, job, life, metrics) = (&kit, &job, &life, &Telemetry::metrics());
    lease::hold(&kit.db, holder, &lease, &life.soft, |held| async move {
        while !held.is_cancelled() {
            let done = (job.run)(kit.clone()).await;
            metrics.job_ended(job.name, done.is_ok());
            if let Err(error) = done {
                tracing::warn!(job = job.name, %error, "a job failed and is tried again");
            }
            tokio::select! {
                () = tokio::time::sleep(job.every) => {}
                () = held.cancelled() => {}
            }
        }
    })
    .await;
}
