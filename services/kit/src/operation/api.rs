//! `xiangtu.operation.v1.OperationService`, served by every service for its own operations.

use std::{pin::Pin, time::Duration};

use futures::Stream;
use proto::{
    google::longrunning::Operation,
    xiangtu::operation::v1::{
        CancelOperationRequest, GetOperationRequest, ListOperationsRequest, ListOperationsResponse,
        WatchOperationRequest, operation_service_server::OperationService,
    },
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{by_name, store};
use crate::{
    audit::Change,
    call::Call,
    db::Db,
    error::{Error, Result},
    page::Pages,
};

const LOOK: Duration = Duration::from_millis(200);
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The operations of one service.
pub(crate) struct Api {
    pub db: Db,
    pub pages: Pages,
    pub stop: tokio_util::sync::CancellationToken,
}

#[tonic::async_trait]
impl OperationService for Api {
    async fn get_operation(&self, request: Request<GetOperationRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let mut tx = self.db.read(&call).await?;
        Ok(Response::new(
            by_name(&mut tx, &request.get_ref().name).await?.to_proto()?,
        ))
    }

    async fn list_operations(
        &self,
        request: Request<ListOperationsRequest>,
    ) -> Result<Response<ListOperationsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let page = self
            .pages
            .open(request.page_size, &request.page_token, "ListOperations", &[])?;
        let before = page.after_id()?;
        let mut tx = self.db.read(&call).await?;
        let rows = store::operation_list(&mut tx, before, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let operations = rows.iter().map(store::Stored::to_proto).collect::<Result<_>>()?;
        Ok(Response::new(ListOperationsResponse {
            operations,
            next_page_token,
        }))
    }

    async fn cancel_operation(&self, request: Request<CancelOperationRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.db.write(&call, "", &request).await? {
            crate::db::Begun::Replay(first) => return Ok(Response::new(first)),
            crate::db::Begun::Fresh(tx) => tx,
        };
        let stored = by_name(&mut tx, &request.name).await?;
        store::operation_cancel(&mut tx, stored.id).await?;
        let change = Change::new("cancel", &stored.division_code, &request.name);
        Ok(tx.finish(change, stored.to_proto()?).await?)
    }

    type WatchOperationStream = Pin<Box<dyn Stream<Item = Result<Operation, Status>> + Send>>;

    async fn watch_operation(
        &self,
        request: Request<WatchOperationRequest>,
    ) -> Result<Response<Self::WatchOperationStream>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let first = {
            let mut tx = self.db.read(&call).await?;
            by_name(&mut tx, &name).await?
        };
        let (sender, receiver) = mpsc::channel(4);
        let watch = Watch {
            db: self.db.clone(),
            call,
            name,
            sender,
            stop: self.stop.clone(),
        };
        tokio::spawn(watch.run(first));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

struct Watch {
    db: Db,
    call: Call,
    name: String,
    sender: mpsc::Sender<Result<Operation, Status>>,
    stop: tokio_util::sync::CancellationToken,
}

impl Watch {
    async fn run(self, first: store::Stored) {
        if let Err(error) = self.follow(first).await {
            let _ = self.sender.send(Err(error.into())).await;
        }
    }

    async fn follow(&self, mut current: store::Stored) -> Result<()> {
        loop {
            let operation = current.to_proto()?;
            let done = operation.done;
            if self.sender.send(Ok(operation)).await.is_err() || done {
                return Ok(());
            }
            current = self.changed(current.version).await?;
        }
    }

    /// The operation when it has changed, or unchanged after the heartbeat.
    async fn changed(&self, version: i64) -> Result<store::Stored> {
        let heartbeat = tokio::time::Instant::now() + HEARTBEAT;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.stop.cancelled() => return Err(Error::unavailable("this replica", "it is stopping")),
                () = self.sender.closed() => return Err(Error::cancelled()),
            }
            let mut tx = self.db.read(&self.call).await?;
            let stored = by_name(&mut tx, &self.name).await?;
            if stored.version != version || tokio::time::Instant::now() >= heartbeat {
                return Ok(stored);
            }
        }
    }
}
