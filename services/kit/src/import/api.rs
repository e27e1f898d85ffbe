//! `xiangtu.transfer.v1.ImportService`, served by every service for its own registers.

use std::sync::Arc;

use bytes::Bytes;
use proto::xiangtu::transfer::v1::{
    Column as WireColumn, ImportHeader, ImportReport, ImportRequest, ListRegistersRequest, ListRegistersResponse,
    Register as WireRegister, import_request::Part, import_service_server::ImportService,
};
use tokio::sync::mpsc;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{Import, LARGEST_MESSAGE, Outcome, Register, read, stage};
use crate::{
    audit::Change,
    call::Call,
    clock::Clock,
    dates,
    db::{Begun, Db, Tx},
    division::Division,
    error::{Error, Result},
};

/// The registers of one service.
pub(crate) struct Api {
    pub db: Db,
    pub clock: Clock,
    pub registers: Vec<Arc<dyn Register>>,
}

#[tonic::async_trait]
impl ImportService for Api {
    async fn list_registers(
        &self,
        _request: Request<ListRegistersRequest>,
    ) -> Result<Response<ListRegistersResponse>, Status> {
        let registers = self.registers.iter().map(|register| WireRegister {
            name: register.name().to_owned(),
            columns: register
                .columns()
                .iter()
                .map(|column| WireColumn {
                    name: column.name.to_owned(),
                    required: column.required && column.unless.is_none(),
                    description: column.description.to_owned(),
                })
                .collect(),
        });
        Ok(Response::new(ListRegistersResponse {
            registers: registers.collect(),
        }))
    }

    async fn import(&self, request: Request<Streaming<ImportRequest>>) -> Result<Response<ImportReport>, Status> {
        let call = Call::of(&request)?;
        let mut stream = request.into_inner();
        let Some(Part::Header(header)) = stream.message().await.map_err(refused)?.and_then(|first| first.part) else {
            return Err(Error::required("header").into());
        };
        let register = self.register(&header)?;
        let import = self.checked(&call, &header)?;
        if !call.caller.can(register.permission()) {
            return Err(Error::denied(register.permission()).into());
        }
        let tx = match self.db.write(&call, &header.request_id, &header).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        self.run(tx, register, &header, import, stream).await
    }
}

impl Api {
    fn register(&self, header: &ImportHeader) -> Result<Arc<dyn Register>> {
        let found = self
            .registers
            .iter()
            .find(|register| register.name() == header.register);
        found.cloned().ok_or_else(|| {
            let names: Vec<&str> = self.registers.iter().map(|register| register.name()).collect();
            Error::invalid(
                "header.register",
                &header.register,
                format!("one of {}", names.join(", ")),
            )
        })
    }

    fn checked(&self, call: &Call, header: &ImportHeader) -> Result<Import> {
        let division = Division::parse("header.division", &header.division)?;
        if !division.within(&call.caller.scope) {
            return Err(Error::not_found(&header.division));
        }
        let effective_date = if header.effective_date.is_empty() {
            self.clock.today()
        } else {
            dates::parse("header.effective_date", &header.effective_date)?
        };
        Ok(Import {
            division,
            effective_date,
        })
    }

    async fn run(
        &self,
        mut tx: Tx,
        register: Arc<dyn Register>,
        header: &ImportHeader,
        import: Import,
        stream: Streaming<ImportRequest>,
    ) -> Result<Response<ImportReport>, Status> {
        let encoding = header.encoding();
        let (chunk_sender, chunks) = mpsc::channel::<Bytes>(4);
        let (staged_sender, mut staged) = mpsc::channel(4);
        let reader = {
            let register = Arc::clone(&register);
            tokio::task::spawn_blocking(move || read::rows(register.as_ref(), encoding, chunks, &staged_sender))
        };
        stage::create(&mut tx, register.as_ref()).await?;
        let (received, filled) = tokio::join!(receive(stream, chunk_sender), stage::fill(&mut tx, &mut staged));
        // A closed channel makes the reader stop.
        drop(staged);
        let read = reader.await.map_err(Error::internal)?;
        // What the reader finds in half a file is not the cause; what it finds in a file makes the rest follow.
        received?;
        let tally = read?;
        filled?;

        let mut report = ImportReport {
            register: register.name().to_owned(),
            row_count: tally.rows,
            error_count: tally.errors,
            errors: tally.first_errors,
            ..ImportReport::default()
        };
        if report.error_count > 0 {
            tx.rollback().await?;
            return Ok(Response::new(report));
        }
        let mut outcome = register.merge(&mut tx, &import).await?;
        report.diff = outcome.diff.take();
        if !outcome.errors.is_empty() {
            tx.rollback().await?;
            report.error_count = count(outcome.errors.len() as u64);
            report.errors = outcome.errors;
            report.errors.truncate(read::MOST_ERRORS);
            return Ok(Response::new(report));
        }
        complete(&mut report, &outcome);
        if header.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(report));
        }
        report.applied = true;
        let detail = format!("inserted {}, updated {}", outcome.inserted, outcome.updated);
        let change = Change::new(
            "import",
            import.division.code(),
            &format!("registers/{}", register.name()),
        )
        .detail(detail);
        Ok(tx.finish(change, report).await?)
    }
}

fn complete(report: &mut ImportReport, outcome: &Outcome) {
    report.inserted_count = count(outcome.inserted);
    report.updated_count = count(outcome.updated);
    report.unchanged_count = count(outcome.unchanged);
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A message that cannot be read; the transport would answer codes of its own.
fn refused(status: Status) -> Status {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Error::invalid_because(
            "MESSAGE_TOO_LARGE",
            "chunk",
            status.message(),
            format!("messages of at most {LARGEST_MESSAGE} bytes"),
        )
        .into(),
        Code::Internal => {
            Error::invalid("message", status.message(), "a valid protobuf encoding of the request").into()
        }
        _ => status,
    }
}

/// Passes the chunks on until the file or the reader ends.
async fn receive(mut stream: Streaming<ImportRequest>, chunks: mpsc::Sender<Bytes>) -> Result<(), Status> {
    while let Some(message) = stream.message().await.map_err(refused)? {
        match message.part {
            Some(Part::Chunk(chunk)) => {
                if chunks.send(chunk.into()).await.is_err() {
                    return Ok(());
                }
            }
            _ => return Err(Error::invalid("header", "repeated", "only in the first message; then chunks").into()),
        }
    }
    Ok(())
}
