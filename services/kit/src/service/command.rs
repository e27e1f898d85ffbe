//! `serve`, `migrate`, `check` and `healthcheck`, alike in every service's binary.

use std::{process::ExitCode, time::Duration};

use super::{Service, configure::configure, start};
use crate::{
    clock::Clock,
    config::{EXIT_CONFIG, Env},
    db::Db,
    id::Ids,
    lifecycle::Lifecycle,
    migrate,
};

/// Entry point of a service's binary.
pub fn main(service: Service) -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no runtime: {error}")),
    };
    match command.as_str() {
        "serve" => runtime.block_on(serve(service)),
        "migrate" => runtime.block_on(run_migrations(service)),
        "check" => check(service, &runtime),
        "healthcheck" => runtime.block_on(healthcheck()),
        _ => {
            runtime.block_on(print_usage(service));
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

async fn serve(service: Service) -> ExitCode {
    let life = Lifecycle::new();
    let clock = Clock::system();
    let ids = Ids::random(clock.clone());
    let running = match start(service, &mut Env::of_process(), clock, ids, life.clone()).await {
        Ok(running) => running,
        Err(mistakes) => return misconfigured(&mistakes),
    };
    let signals = life.clone();
    tokio::spawn(async move { signals.until_signalled().await });
    life.soft.cancelled().await;
    if running.stop().await {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn run_migrations(service: Service) -> ExitCode {
    let mut env = Env::of_process();
    let url = env.required(
        "XIANGTU_DATABASE_OWNER_URL",
        "postgres:// URL of the role that owns the schema",
    );
    if let Err(mistakes) = env.finish() {
        return misconfigured(&mistakes);
    }
    match migrate::run(&url, service.migrations).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// Reads the whole configuration and asks the database and the bus, also whether the database keeps what it acknowledges.
fn check(service: Service, runtime: &tokio::runtime::Runtime) -> ExitCode {
    runtime.block_on(async {
        let clock = Clock::system();
        let ids = Ids::random(clock.clone());
        let configured = match configure(service, &mut Env::of_process(), clock, ids, &Lifecycle::new()).await {
            Ok(configured) => configured,
            Err(mistakes) => return misconfigured(&mistakes),
        };
        let failures: Vec<String> = [
            durable(&configured.kit.db).await,
            configured.bus.ping().await.map_err(|e| e.to_string()),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect();
        if failures.is_empty() {
            say(&format!(
                "{}: configuration and dependencies are in order",
                service.name
            ));
            ExitCode::SUCCESS
        } else {
            fail(&failures.join("\n"))
        }
    })
}

async fn durable(db: &Db) -> Result<(), String> {
    db.ping().await.map_err(|error| error.to_string())?;
    let lossy = db.lossy_settings().await.map_err(|error| error.to_string())?;
    if lossy.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "PostgreSQL may lose what it acknowledged: {}; set to on",
            lossy.join(", ")
        ))
    }
}

/// Asks the admin port of this machine whether the service is ready, for container health checks.
async fn healthcheck() -> ExitCode {
    let mut env = Env::of_process();
    let address: std::net::SocketAddr = env.parse("XIANGTU_ADMIN_LISTEN", "0.0.0.0:9464", "address of /readyz");
    let url = format!("http://127.0.0.1:{}/readyz", address.port());
    let answer = reqwest::Client::builder()
        .timeout(Duration::from_secs(2))
        .no_proxy()
        .build();
    let ready = match answer {
        Ok(client) => client
            .get(url)
            .send()
            .await
            .is_ok_and(|response| response.status().is_success()),
        Err(_) => false,
    };
    if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn print_usage(service: Service) {
    let mut env = Env::of(Vec::new());
    let clock = Clock::system();
    // Only to learn which variables it asks for.
    let _ = configure(service, &mut env, clock.clone(), Ids::random(clock), &Lifecycle::new()).await;
    let _ = env.required(
        "XIANGTU_DATABASE_OWNER_URL",
        "postgres:// URL of the owning role; `migrate` only",
    );
    say(&format!(
        "usage: {} serve | migrate | check | healthcheck\n\nenvironment (X_FILE names a file that holds X):\n{}",
        service.name,
        env.reference()
    ));
}

fn misconfigured(mistakes: &str) -> ExitCode {
    complain(mistakes);
    ExitCode::from(EXIT_CONFIG)
}

fn fail(error: &str) -> ExitCode {
    complain(error);
    ExitCode::FAILURE
}

fn say(text: &str) {
    println!("{text}");
}

fn complain(text: &str) {
    eprintln!("{text}");
}
