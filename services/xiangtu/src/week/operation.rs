//! Follows an operation to its end.

use proto::{
    google::longrunning::{Operation, operation},
    xiangtu::operation::v1::{WatchOperationRequest, operation_service_client::OperationServiceClient},
};

use crate::{
    client::Client,
    failure::{Failure, Result},
};

/// The encoded progress of an operation; empty without any.
pub fn metadata(operation: &Operation) -> &[u8] {
    operation.metadata.as_ref().map_or(&[], |any| any.value.as_slice())
}

/// Follows `operation` of `service`; `shown` is told each state. Answers its response.
pub async fn follow<M>(
    client: &Client,
    service: &str,
    operation: Operation,
    mut shown: impl FnMut(&Operation),
) -> Result<M>
where
    M: prost::Message + Default,
{
    let mut operations = OperationServiceClient::new(client.channel(service)?);
    let request = client.request(WatchOperationRequest {
        name: operation.name.clone(),
    });
    let mut stream = operations.watch_operation(request).await?.into_inner();
    let mut last = operation;
    while let Some(state) = stream.message().await? {
        shown(&state);
        last = state;
    }
    match last.result {
        Some(operation::Result::Response(response)) => Ok(M::decode(response.value.as_slice())?),
        Some(operation::Result::Error(error)) => Err(Failure::new(format!("{}: {}", last.name, error.message))),
        None => Err(Failure::new(format!("{} did not end", last.name))),
    }
}
