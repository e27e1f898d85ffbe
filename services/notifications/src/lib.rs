#![doc = include_str!("../README.md")]

pub mod api;
pub mod dispatch;
pub mod imports;
pub mod jobs;
pub mod plans;
pub mod receiver;
pub mod store;
pub mod target;
pub mod wake;
pub mod wire;

use std::time::Duration;

use kit::{
    Kit,
    config::Env,
    service::{Built, Service},
};
use proto::xiangtu::notifications::v1::{
    delivery_service_server::DeliveryServiceServer, endpoint_service_server::EndpointServiceServer,
    event_service_server::EventServiceServer, inbox_service_server::InboxServiceServer,
    notice_service_server::NoticeServiceServer, plan_service_server::PlanServiceServer,
    recipient_service_server::RecipientServiceServer, template_service_server::TemplateServiceServer,
};
use sqlx::migrate::Migrator;

use crate::{
    jobs::{courier::Courier, expiry, intake::Intake, postman, timetable},
    plans::Plans,
    target::Targets,
    wake::Wake,
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Services whose events are taken in, this one among them.
pub const SOURCES: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];

/// The notifications service.
pub fn service() -> Service {
    Service {
        name: "notifications",
        migrations: &MIGRATIONS,
        build,
    }
}

fn build(kit: &Kit, env: &mut Env) -> Built {
    let allowed = env.text(
        "XIANGTU_WEBHOOK_ALLOW",
        "",
        "private ranges that webhooks may call, as 10.12.0.0/16,…; only these are also called without TLS",
    );
    let targets = Targets::parse(&allowed).unwrap_or_else(|error| {
        env.mistake(format!("XIANGTU_WEBHOOK_ALLOW: {error}"));
        Targets::default()
    });
    let timeout = env.range(
        "XIANGTU_WEBHOOK_TIMEOUT_S",
        15,
        1..=30,
        "longest a webhook may take to answer, in seconds",
    );
    let wake = Wake::default();
    let plans = Plans::default();
    let mut built = Built::new()
        .grpc(TemplateServiceServer::new(api::template::Api { kit: kit.clone() }))
        .grpc(RecipientServiceServer::new(api::recipient::Api { kit: kit.clone() }))
        .grpc(EndpointServiceServer::new(api::endpoint::Api {
            kit: kit.clone(),
            targets: targets.clone(),
            wake: wake.clone(),
        }))
        .grpc(NoticeServiceServer::new(api::notice::Api {
            kit: kit.clone(),
            plans: plans.clone(),
            wake: wake.clone(),
        }))
        .grpc(DeliveryServiceServer::new(api::delivery::Api {
            kit: kit.clone(),
            wake: wake.clone(),
        }))
        .grpc(InboxServiceServer::new(api::inbox::Api {
            kit: kit.clone(),
            wake: wake.clone(),
        }))
        .grpc(PlanServiceServer::new(api::plan::Api { kit: kit.clone() }))
        .grpc(EventServiceServer::new(api::event::Api {
            kit: kit.clone(),
            wake: wake.clone(),
        }))
        .register(imports::recipients::Recipients { kit: kit.clone() });
    for source in SOURCES {
        built = built.consume(
            source,
            Intake {
                kit: kit.clone(),
                plans: plans.clone(),
                wake: wake.clone(),
            },
        );
    }
    match Courier::new(kit, &wake, targets, Duration::from_secs(timeout)) {
        Ok(courier) => built = built.task(move |stop| courier.run(stop)),
        Err(error) => env.mistake(format!("webhooks cannot be called: {error}")),
    }
    let (post_kit, post_wake) = (kit.clone(), wake.clone());
    built = built.task(move |stop| postman::run(post_kit, post_wake, stop));
    jobs(built, plans, wake)
}

/// Work by the clock, on one replica at a time.
fn jobs(built: Built, plans: Plans, wake: Wake) -> Built {
    built
        .job("expire", Duration::from_secs(2), |kit| async move {
            expiry::expire(&kit).await
        })
        .job("forget-events", Duration::from_hours(1), |kit| async move {
            expiry::forget_events(&kit).await
        })
        .job("timetable", Duration::from_secs(10), move |kit| {
            let (plans, wake) = (plans.clone(), wake.clone());
            async move { timetable::run(&kit, &plans, &wake).await }
        })
}
