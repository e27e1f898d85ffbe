//! The parts of a service.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService, service::RoutesBuilder};
use tower::Service;

use super::Kit;
use crate::{error::Result, export::Extract, import::Register, inbox::Handler, operation::Work};

pub(super) type JobRun = Box<dyn Fn(Kit) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// A job that one replica at a time runs.
pub(super) struct Job {
    pub name: &'static str,
    pub every: Duration,
    pub run: JobRun,
}

/// Background work that every replica runs.
pub(super) type Task = Box<dyn FnOnce(CancellationToken) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What a service consists of: gRPC services, registers, operations, consumers and jobs.
#[derive(Default)]
pub struct Built {
    pub(super) routes: RoutesBuilder,
    pub(super) grpc_services: Vec<&'static str>,
    pub(super) registers: Vec<Arc<dyn Register>>,
    pub(super) extracts: Vec<Arc<dyn Extract>>,
    pub(super) works: Vec<Arc<dyn Work>>,
    pub(super) handlers: Vec<(&'static str, Arc<dyn Handler>)>,
    pub(super) jobs: Vec<Job>,
    pub(super) tasks: Vec<Task>,
}

impl Built {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a gRPC service.
    #[must_use]
    pub fn grpc<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        self.grpc_services.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Imports a register. Registers are listed in the order given: dependencies first.
    #[must_use]
    pub fn register(mut self, register: impl Register) -> Self {
        self.registers.push(Arc::new(register));
        self
    }

    /// Exports a register.
    #[must_use]
    pub fn extract(mut self, extract: impl Extract) -> Self {
        self.extracts.push(Arc::new(extract));
        self
    }

    /// Carries out a kind of operation.
    #[must_use]
    pub fn work(mut self, work: impl Work) -> Self {
        self.works.push(Arc::new(work));
        self
    }

    /// Consumes the events of `source`, a service name.
    #[must_use]
    pub fn consume(mut self, source: &'static str, handler: impl Handler) -> Self {
        self.handlers.push((source, Arc::new(handler)));
        self
    }

    /// Runs `job` every so often, on one replica at a time; it must be harmless when repeated.
    #[must_use]
    pub fn job<F, W>(mut self, name: &'static str, every: Duration, job: F) -> Self
    where
        F: Fn(Kit) -> W + Send + Sync + 'static,
        W: Future<Output = Result<()>> + Send + 'static,
    {
        self.jobs.push(Job {
            name,
            every,
            run: Box::new(move |kit| Box::pin(job(kit))),
        });
        self
    }

    /// Runs `task` on every replica until the token it is given is cancelled.
    #[must_use]
    pub fn task<F, W>(mut self, task: F) -> Self
    where
        F: FnOnce(CancellationToken) -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        self.tasks.push(Box::new(move |stop| Box::pin(task(stop))));
        self
    }
}
