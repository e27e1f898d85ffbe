//! What stands before every handler: trace, limits, token, permission, division, deadline, and one retry
//! loop; after it, compression of large answers.
//!
//! Deny by default: a method without an access rule does not start, a request that names a division outside the caller's
//! answers `NOT_FOUND`. Health and reflection pass untouched, so that probes are never shed.

mod access;
mod body;
mod compress;
mod deadline;
mod limit;
mod scan;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::{Request, Response};
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::{
    auth::Verifier,
    call::Call,
    config::Limits,
    error::{Error, Result},
    telemetry::{self, Metrics},
};

pub use access::{Access, Rule};
use limit::Limit;

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, std::convert::Infallible>> + Send>>;

/// How often a call whose transaction lost against another one is run, in all.
const MOST_RUNS: u32 = 4;

/// The gate of one server; a tower layer. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    access: Access,
    verifier: Verifier,
    limit: Limit,
    limits: Limits,
    metrics: Metrics,
}

impl Gate {
    /// A gate that enforces `access` for callers that `verifier` knows.
    pub fn new(access: Access, verifier: Verifier, limits: Limits, metrics: Metrics) -> Self {
        Self(Arc::new(Inner {
            access,
            verifier,
            limit: Limit::new(&limits),
            limits,
            metrics,
        }))
    }
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated {
            gate: self.clone(),
            inner,
        }
    }
}

/// A service behind the gate.
#[derive(Clone)]
pub struct Gated<S> {
    gate: Gate,
    inner: S,
}

impl<S> Service<Request<Body>> for Gated<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        // The service that was polled ready answers; its clone waits for the next call.
        let waiting = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let gate = Arc::clone(&self.gate.0);
        let Some(rule) = gate.access.rule(request.uri().path()) else {
            // Health, reflection, or a method that does not exist.
            return Box::pin(async move { inner.call(request).await });
        };
        let rule = Arc::clone(rule);
        let span = tracing::info_span!("rpc", otel.name = %rule.method, otel.kind = "server", principal = tracing::field::Empty);
        telemetry::set_parent_from_headers(&span, request.headers());
        let work = async move {
            let started = Instant::now();
            let _running = gate.metrics.call_started();
            let response = gate
                .answer(&rule, request, inner)
                .await
                .unwrap_or_else(|error| Status::from(error).into_http());
            gate.metrics
                .call_ended(&rule.method, code_of(&response), started.elapsed());
            Ok(response)
        };
        Box::pin(work.instrument(span))
    }
}

impl Inner {
    async fn answer<S>(&self, rule: &Arc<Rule>, request: Request<Body>, inner: S) -> Result<Response<Body>>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible> + Clone + Send,
        S::Future: Send,
    {
        let _place = self.limit.enter()?;
        let deadline = deadline::of(request.headers(), rule, &self.limits)?;
        let caller = self.verifier.verify(request.headers()).await?;
        tracing::Span::current().record("principal", caller.subject.as_str());
        self.limit.spend(&caller.subject)?;
        if !caller.can(&rule.permission) {
            return Err(Error::denied(&rule.permission));
        }
        let call = Call {
            caller,
            method: Arc::clone(&rule.method),
            deadline,
        };
        let answer = async {
            if rule.client_streaming {
                let mut request = request;
                request.extensions_mut().insert(call);
                return Ok(run(inner, request).await);
            }
            let (mut head, body) = request.into_parts();
            let message = body::collect(&mut head.headers, body).await?;
            rule.check_division(&message, &call.caller.scope)?;
            head.extensions.insert(call);
            let response = self.run_until_committed(inner, &head, &message).await;
            if let Some(error) = undecodable(&response) {
                return Err(error);
            }
            if rule.server_streaming || !compress::accepted(&head.headers) || status_of(&response).is_some() {
                return Ok(response);
            }
            compress::large(response).await
        };
        match tokio::time::timeout_at(deadline.into(), answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::deadline()),
        }
    }

    /// A transaction that lost against another one has changed nothing, so the same call runs again.
    async fn run_until_committed<S>(
        &self,
        inner: S,
        head: &http::request::Parts,
        message: &bytes::Bytes,
    ) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible> + Clone + Send,
        S::Future: Send,
    {
        let mut runs = 1;
        loop {
            let request = Request::from_parts(head.clone(), body::replay(message.clone()));
            let response = run(inner.clone(), request).await;
            if runs == MOST_RUNS || !lost_against_another(&response) {
                return response;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5 << runs)).await;
            runs += 1;
        }
    }
}

async fn run<S>(mut inner: S, request: Request<Body>) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible>,
{
    match std::future::poll_fn(|context| inner.poll_ready(context)).await {
        Ok(()) => {}
        Err(never) => match never {},
    }
    match inner.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn status_of(response: &Response<Body>) -> Option<Status> {
    response
        .extensions()
        .get::<Status>()
        .cloned()
        .or_else(|| Status::from_header_map(response.headers()))
}

fn code_of(response: &Response<Body>) -> Code {
    status_of(response).map_or(Code::Ok, |status| status.code())
}

/// The codec answers `INTERNAL` where the caller's bytes are no message; our own internal errors have a fixed text.
fn undecodable(response: &Response<Body>) -> Option<Error> {
    let status = status_of(response).filter(|status| status.code() == Code::Internal)?;
    let why = status.message().strip_prefix("failed to decode Protobuf message: ")?;
    Some(scan::malformed(why))
}

fn lost_against_another(response: &Response<Body>) -> bool {
    use tonic_types::StatusExt as _;
    status_of(response).is_some_and(|status| {
        status.code() == Code::Aborted
            && status
                .get_details_error_info()
                .is_some_and(|info| info.reason == crate::error::LOST_TRANSACTION)
    })
}
