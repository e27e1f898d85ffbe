//! An OTLP collector that remembers the spans it was sent.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A span and the service that made it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `service.name` of the resource.
    pub service: String,
    /// The span.
    pub span: Span,
}

/// Collects spans on a port of its own until the process ends.
#[derive(Clone, Default)]
pub struct Collector(Arc<Mutex<Vec<Seen>>>);

impl Collector {
    /// Starts to collect and answers with its URL.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start() -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let collector = Self::default();
        let service = TraceServiceServer::new(collector.clone());
        tokio::spawn(
            Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        (collector, url)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource_spans in request.into_inner().resource_spans {
            let attributes = resource_spans
                .resource
                .map(|resource| resource.attributes)
                .unwrap_or_default();
            let service = attributes.iter().find(|attribute| attribute.key == "service.name");
            let service = match service.and_then(|attribute| attribute.value.clone()?.value) {
                Some(Value::StringValue(name)) => name,
                _ => String::new(),
            };
            let spans = resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
            let seen = spans.map(|span| Seen {
                service: service.clone(),
                span,
            });
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
