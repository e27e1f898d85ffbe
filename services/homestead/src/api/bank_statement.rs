//! `BankStatementService`.

mod resolve;

use std::sync::Arc;

use kit::{
    audit::Change,
    call::Call,
    db::Begun,
    division::{Division, Level},
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::{
    google::longrunning::Operation,
    xiangtu::homestead::v1::{
        BankStatementLine, BankStatementLineState, ListStatementLinesRequest, ListStatementLinesResponse,
        ListUnconfirmedPaymentsRequest, ListUnconfirmedPaymentsResponse, ReconcileStatementsRequest,
        ResolveStatementLineRequest, bank_statement_service_server::BankStatementService,
    },
};
use time::Duration;
use tonic::{Request, Response, Status};

use crate::{
    cashier::Cashier,
    store::{reconcile, statement},
    wire::{self, names, payment::request_id},
};

/// Reconciles bank statements.
pub struct BankStatementApi {
    pub kit: Kit,
    pub cashier: Arc<Cashier>,
}

const FIELDS: &[Field] = &[
    Field::date("book_date", "booked_on"),
    Field::int("amount_fen", "amount_fen"),
    Field::text("bank_reference", "bank_reference"),
];
/// Days after which a payment that no line has confirmed is worth a question.
const DAYS: i32 = 3;
/// Most days that can be asked for.
const MOST_DAYS: i32 = 3_650;

#[tonic::async_trait]
impl BankStatementService for BankStatementApi {
    async fn reconcile_statements(
        &self,
        request: Request<ReconcileStatementsRequest>,
    ) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let division = Division::parse("division", &request.division)?;
        if !(Level::County..=Level::Village).contains(&division.level()) {
            return Err(Error::invalid("division", &request.division, "a county, township or village").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(operation) => return Ok(Response::new(operation)),
            Begun::Fresh(tx) => tx,
        };
        let operation = self
            .kit
            .operations
            .start(&mut tx, "statement_reconciliation", division.code(), &request)
            .await?;
        let change = Change::new("reconcile", division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn resolve_statement_line(
        &self,
        request: Request<ResolveStatementLineRequest>,
    ) -> Result<Response<BankStatementLine>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let resolution = resolve::read(&request, self.kit.clock.today())?;
        let id = names::found_uid("bankStatementLines", &request.name)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = statement::line_hold(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let ruling = self.resolve(&call, &mut tx, &row, &resolution).await?;
        let now = tx.now();
        statement::line_rule(&mut tx, id, &ruling, now)
            .await
            .map_err(Error::from)?;
        let row = statement::line_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let answer = wire::statement::line(&self.kit.crypt, &row)?;
        let change = Change::new("resolve", &row.division_code, &answer.name).detail(answer.state().as_str_name());
        Ok(tx.finish(change, answer).await?)
    }

    async fn list_statement_lines(
        &self,
        request: Request<ListStatementLinesRequest>,
    ) -> Result<Response<ListStatementLinesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let state = match BankStatementLineState::try_from(request.state) {
            Ok(BankStatementLineState::Unspecified) => None,
            Ok(state) => i16::try_from(i32::from(state)).ok(),
            Err(_) => return Err(Error::invalid("state", request.state, "a state of the contract").into()),
        };
        let query = [division.as_str(), &request.filter, &request.state.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListStatementLines", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = statement::line_list(&mut tx, &division, &filter, state, after, page.size + 1).await;
        let (rows, next_page_token) = page.close(rows.map_err(Error::from)?, |row| row.id.to_string());
        let lines = rows.iter().map(|row| wire::statement::line(&self.kit.crypt, row));
        Ok(Response::new(ListStatementLinesResponse {
            lines: lines.collect::<Result<_>>()?,
            next_page_token,
        }))
    }

    async fn list_unconfirmed_payments(
        &self,
        request: Request<ListUnconfirmedPaymentsRequest>,
    ) -> Result<Response<ListUnconfirmedPaymentsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let days = request.minimum_days.unwrap_or(DAYS);
        if !(0..=MOST_DAYS).contains(&days) {
            return Err(Error::invalid("minimum_days", days, "0–3,650").into());
        }
        let query = [division.as_str(), &days.to_string()];
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListUnconfirmedPayments",
            &query,
        )?;
        let after = page.after.as_deref().map(names::numbered).transpose()?;
        let until = self.kit.clock.today() - Duration::days(i64::from(days));
        let mut tx = self.kit.db.read(&call).await?;
        let rows = reconcile::unconfirmed_list(&mut tx, &division, until, after, page.size + 1).await;
        let (rows, next_page_token) = page.close(rows.map_err(Error::from)?, |row| {
            format!("{}/{}", row.division_code, row.receipt_number)
        });
        Ok(Response::new(ListUnconfirmedPaymentsResponse {
            payments: rows.into_iter().map(wire::payment::read).collect(),
            next_page_token,
        }))
    }
}
