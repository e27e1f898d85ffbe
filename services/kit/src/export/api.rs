//! `xiangtu.transfer.v1.ExportService`, served by every service for its own registers.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::Stream;
use proto::xiangtu::transfer::v1::{
    ExportHeader, ExportRequest, ExportResponse, export_response::Part, export_service_server::ExportService,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{Export, Extract, sheet::Sheet};
use crate::{
    audit::Change,
    call::Call,
    clock::Clock,
    dates,
    db::{Begun, Db, Tx},
    division::Division,
    error::{Error, Result},
};

/// Exports at a time: each holds a connection for as long as its reader takes.
const MOST: usize = 2;
const BUSY: Duration = Duration::from_secs(10);
const LONGEST_REASON: usize = 200;

/// The registers of one service.
pub(crate) struct Api {
    db: Db,
    clock: Clock,
    extracts: Vec<Arc<dyn Extract>>,
    room: Arc<Semaphore>,
}

impl Api {
    pub(crate) fn new(db: Db, clock: Clock, extracts: Vec<Arc<dyn Extract>>) -> Self {
        let room = Arc::new(Semaphore::new(MOST));
        Self {
            db,
            clock,
            extracts,
            room,
        }
    }
}

#[tonic::async_trait]
impl ExportService for Api {
    type ExportStream = Pin<Box<dyn Stream<Item = Result<ExportResponse, Status>> + Send>>;

    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<Self::ExportStream>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let extract = self.extract(&call, &request)?;
        let export = self.checked(&request)?;
        let room = Arc::clone(&self.room);
        let room = room.try_acquire_owned().map_err(|_| Error::limited(BUSY))?;
        let header = ExportHeader {
            register: request.register.clone(),
            division: export.division.name(),
            as_of: Some(dates::to_proto(export.as_of)),
            disclosed: export.disclosed,
        };
        if export.disclosed {
            self.record(&call, &request, &export, header.clone()).await?;
        }
        let tx = self.db.snapshot(&call).await?;
        let (sender, receiver) = mpsc::channel(2);
        let work = Work {
            extract,
            export,
            header,
            tx,
            room,
        };
        tokio::spawn(async move {
            let deadline = call.deadline.into();
            let written = tokio::time::timeout_at(deadline, work.write(Sheet::new(sender.clone()))).await;
            if let Err(error) = written.unwrap_or_else(|_| Err(Error::deadline())) {
                let _ = sender.send(Err(error.into())).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

impl Api {
    /// The register, if the caller may read it, and disclose it where that is asked for.
    fn extract(&self, call: &Call, request: &ExportRequest) -> Result<Arc<dyn Extract>> {
        let mut extracts = self.extracts.iter();
        let Some(found) = extracts.find(|extract| extract.layout().name == request.register) else {
            let names: Vec<&str> = self.extracts.iter().map(|extract| extract.layout().name).collect();
            let rule = match names.as_slice() {
                [] => "a register of a service that exports; this one exports none".to_owned(),
                names => format!("one of {}", names.join(", ")),
            };
            return Err(Error::invalid("register", &request.register, rule));
        };
        let layout = found.layout();
        let mut needed = vec![layout.permission];
        if !request.disclosure_reason.is_empty() {
            needed.push(layout.disclosure.ok_or_else(|| {
                let rule = format!("empty: register {} has no personal data", layout.name);
                Error::invalid("disclosure_reason", &request.disclosure_reason, rule)
            })?);
        }
        match needed.into_iter().find(|permission| !call.caller.can(permission)) {
            Some(missing) => Err(Error::denied(missing)),
            None => Ok(Arc::clone(found)),
        }
    }

    fn checked(&self, request: &ExportRequest) -> Result<Export> {
        if request.division.is_empty() {
            return Err(Error::required("division"));
        }
        let reason = &request.disclosure_reason;
        let says_nothing = !reason.is_empty() && reason.trim().is_empty();
        if says_nothing || reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
            let rule = format!("one line of words, at most {LONGEST_REASON} characters");
            return Err(Error::invalid("disclosure_reason", reason, rule));
        }
        Ok(Export {
            division: Division::parse("division", &request.division)?,
            as_of: dates::from_proto("as_of", request.as_of)?.unwrap_or_else(|| self.clock.today()),
            disclosed: !reason.is_empty(),
        })
    }

    /// Keeps in the audit trail that personal data leaves, before any of it does.
    async fn record(&self, call: &Call, request: &ExportRequest, export: &Export, header: ExportHeader) -> Result<()> {
        let Begun::Fresh(tx) = self.db.write::<_, ExportHeader>(call, "", request).await? else {
            return Err(Error::internal("a call without an id was answered already"));
        };
        let resource = format!("registers/{}", request.register);
        let change = Change::new("disclose", export.division.code(), &resource).detail(&request.disclosure_reason);
        tx.finish(change, header).await.map(drop)
    }
}

/// One export under way.
struct Work {
    extract: Arc<dyn Extract>,
    export: Export,
    header: ExportHeader,
    tx: Tx,
    room: OwnedSemaphorePermit,
}

impl Work {
    async fn write(mut self, mut sheet: Sheet) -> Result<()> {
        sheet.send(Part::Header(self.header)).await?;
        let columns = self.extract.layout().columns.iter();
        let names = columns.map(|column| column.header(self.export.disclosed)).collect();
        sheet.lines(&[names]).await?;
        let mut after: Option<String> = None;
        loop {
            let rows = self.extract.page(&mut self.tx, &self.export, after.as_deref()).await?;
            let Some(last) = rows.last().and_then(|row| row.first()) else {
                break;
            };
            after = Some(last.clone());
            sheet.rows(&rows).await?;
        }
        let end = sheet.finish().await;
        drop(self.room);
        end
    }
}
