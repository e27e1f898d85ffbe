//! Calls any method of the contract by its descriptor.

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MethodDescriptor, ReflectMessage as _, Value};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use crate::with_token;

/// The descriptors of the whole contract.
///
/// # Panics
///
/// If they do not decode.
pub fn contract() -> DescriptorPool {
    DescriptorPool::decode(proto::DESCRIPTOR).expect("the contract")
}

/// A method by the service of the suite that serves it and its last names, as `PlanService.ApplyPlan`.
///
/// # Panics
///
/// If there is no such method.
pub fn method(service: &str, name: &str) -> MethodDescriptor {
    let (grpc, method) = name.split_once('.').expect("a service and a method");
    let packages = [
        format!("xiangtu.{service}.v1"),
        "xiangtu.operation.v1".into(),
        "xiangtu.transfer.v1".into(),
    ];
    let pool = contract();
    let found = packages
        .iter()
        .find_map(|package| pool.get_service_by_name(&format!("{package}.{grpc}")));
    let found = found.and_then(|grpc| grpc.methods().find(|found| found.name() == method));
    found.unwrap_or_else(|| panic!("{service} serves no {name}"))
}

/// Sets the string field at a dotted `path`, through sub-messages and the first element of repeated ones. What else is
/// set stays.
///
/// # Panics
///
/// If there is no such field.
pub fn set(message: &mut DynamicMessage, path: &str, value: &str) {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = message
        .descriptor()
        .get_field_by_name(first)
        .unwrap_or_else(|| panic!("no field {path}"));
    let before = match message.get_field(&field).into_owned() {
        Value::List(values) => values.into_iter().next(),
        value => Some(value),
    };
    let inner = match (rest, field.kind()) {
        (None, _) => Value::String(value.to_owned()),
        (Some(rest), Kind::Message(descriptor)) => {
            let before = before.and_then(|value| value.as_message().cloned());
            let mut inner = before.unwrap_or_else(|| DynamicMessage::new(descriptor));
            set(&mut inner, rest, value);
            Value::Message(inner)
        }
        (Some(_), _) => panic!("{path}: no message"),
    };
    message.set_field(
        &field,
        if field.is_list() {
            Value::List(vec![inner])
        } else {
            inner
        },
    );
}

/// Calls `method` with `message` and answers the first response message, encoded. A server stream is left after it.
///
/// # Panics
///
/// Never: method names are paths.
pub async fn call(
    channel: Channel,
    method: &MethodDescriptor,
    message: &DynamicMessage,
    token: Option<&str>,
) -> Result<Bytes, Status> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = PathAndQuery::try_from(path).expect("a path");
    let body = Bytes::from(message.encode_to_vec());
    let mut client = Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let request = |body| match token {
        Some(token) => with_token(token, body),
        None => Request::new(body),
    };
    let first = async |mut stream: tonic::Streaming<Bytes>| stream.message().await.map(Option::unwrap_or_default);
    match (method.is_client_streaming(), method.is_server_streaming()) {
        (false, false) => client
            .unary(request(body), path, Raw)
            .await
            .map(tonic::Response::into_inner),
        (false, true) => first(client.server_streaming(request(body), path, Raw).await?.into_inner()).await,
        (true, false) => {
            let stream = futures::stream::iter([body]);
            let mut outgoing = Request::new(stream);
            *outgoing.metadata_mut() = request(Bytes::new()).metadata().clone();
            client
                .client_streaming(outgoing, path, Raw)
                .await
                .map(tonic::Response::into_inner)
        }
        (true, true) => Err(Status::unimplemented("the contract has no two-way streams")),
    }
}

/// Messages as they are on the wire.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
