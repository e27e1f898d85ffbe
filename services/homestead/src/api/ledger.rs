//! `LedgerService`.

use std::pin::Pin;

use futures::Stream;
use kit::{
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    Account, Entry, ExportLedgerRequest, GetAccountRequest, GetEntryRequest, GetStatementRequest, LedgerRecord,
    ListEntriesRequest, ListEntriesResponse, ListRecountsRequest, ListRecountsResponse, ListRootsRequest,
    ListRootsResponse, Statement, VerifyLedgerRequest, VerifyLedgerResponse, ledger_record::Record,
    ledger_service_server::LedgerService,
};
use time::Date;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{
    bookkeeping::{keys::Keys, recount, roots},
    store::{
        self, account, entry,
        household::{self, Household},
        seal,
    },
    wire::{self, names},
};

/// Reads accounts and the journal, and recounts.
pub struct LedgerApi {
    pub kit: Kit,
    pub keys: Keys,
}

/// Most entries of a statement.
const MOST_ENTRIES: i64 = 1_000;
/// Records of an export that wait for a slow reader.
const RECORDS_AHEAD: usize = 256;
/// Entries of an export that are read at once.
const ENTRIES_AT_ONCE: i64 = 1_000;

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::date("effective_date", "effective_on"),
];

#[tonic::async_trait]
impl LedgerService for LedgerApi {
    async fn get_account(&self, request: Request<GetAccountRequest>) -> Result<Response<Account>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let owner = name.strip_suffix("/account").ok_or_else(|| Error::not_found(name))?;
        let mut tx = self.kit.db.read(&call).await?;
        let household = owner_of(&mut tx, owner).await?;
        let open = account::bills_open(&mut tx, &household.household_id)
            .await
            .map_err(Error::from)?;
        let standing = account::standing(&mut tx, &household.household_id)
            .await
            .map_err(Error::from)?;
        let today = self.kit.clock.today();
        Ok(Response::new(Account {
            name: name.clone(),
            household: Some(wire::ledger::household(&self.kit.crypt, &household)?),
            cadre: standing
                .cadre_id
                .map(|cadre| names::of("cadres", cadre))
                .unwrap_or_default(),
            outstanding_fen: open.iter().map(|bill| bill.outstanding_fen).sum(),
            overdue_fen: open
                .iter()
                .filter(|bill| bill.due_on < today)
                .map(|bill| bill.outstanding_fen)
                .sum(),
            advance_fen: standing.advance_fen,
            reward_due_fen: standing.reward_fen,
            oldest_due_date: open.iter().map(|bill| bill.due_on).min().map(dates::to_proto),
            open_bill_count: i64::try_from(open.len()).unwrap_or(i64::MAX),
        }))
    }

    async fn get_statement(&self, request: Request<GetStatementRequest>) -> Result<Response<Statement>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let from = dates::from_proto("from_date", request.from_date)?.unwrap_or(EARLIEST);
        let until = dates::from_proto("until_date", request.until_date)?.unwrap_or(LATEST);
        if until <= from {
            return Err(Error::invalid("until_date", until, format!("after from_date {from}")).into());
        }
        let mut tx = self.kit.db.read(&call).await?;
        let household = owner_of(&mut tx, &request.household).await?;
        let id = &household.household_id;
        let rows = entry::entries_of(&mut tx, id, &(from..until), MOST_ENTRIES)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(Statement {
            household: Some(wire::ledger::household(&self.kit.crypt, &household)?),
            opening_balance_fen: entry::balance_before(&mut tx, id, from).await.map_err(Error::from)?,
            closing_balance_fen: entry::balance_before(&mut tx, id, until).await.map_err(Error::from)?,
            entries: with_postings(&mut tx, rows).await?,
        }))
    }

    async fn get_entry(&self, request: Request<GetEntryRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("entries", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = entry::entry_get(&mut tx, id).await.map_err(Error::from)?;
        let entry = with_postings(&mut tx, row.into_iter().collect()).await?.pop();
        Ok(Response::new(entry.ok_or_else(|| Error::not_found(name))?))
    }

    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListEntries", &query)?;
        let after = page.after.as_deref().map(names::numbered).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = entry::entry_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{}/{}", row.division_code, row.entry_number));
        let entries = with_postings(&mut tx, rows).await?;
        Ok(Response::new(ListEntriesResponse {
            entries,
            next_page_token,
        }))
    }

    async fn verify_ledger(
        &self,
        request: Request<VerifyLedgerRequest>,
    ) -> Result<Response<VerifyLedgerResponse>, Status> {
        let call = Call::of(&request)?;
        let division = super::division("division", &request.get_ref().division)?;
        let division = if division.is_empty() {
            call.caller.scope.clone()
        } else {
            division
        };
        let mut tx = self.kit.db.read(&call).await?;
        Ok(Response::new(recount::recount(&mut tx, &division, &self.keys).await?))
    }

    async fn list_recounts(
        &self,
        request: Request<ListRecountsRequest>,
    ) -> Result<Response<ListRecountsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListRecounts", &[])?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::recount::list(&mut tx, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let recounts = rows.into_iter().map(wire::ledger::recount).collect::<Result<_>>()?;
        Ok(Response::new(ListRecountsResponse {
            recounts,
            next_page_token,
        }))
    }

    async fn list_roots(&self, request: Request<ListRootsRequest>) -> Result<Response<ListRootsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListRoots", &[])?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::root::list(&mut tx, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let roots = rows.into_iter().map(|row| wire::seal::root(row, Vec::new())).collect();
        Ok(Response::new(ListRootsResponse { roots, next_page_token }))
    }

    type ExportLedgerStream = Pin<Box<dyn Stream<Item = Result<LedgerRecord, Status>> + Send>>;

    async fn export_ledger(
        &self,
        request: Request<ExportLedgerRequest>,
    ) -> Result<Response<Self::ExportLedgerStream>, Status> {
        let call = Call::of(&request)?;
        let division = super::division("division", &request.get_ref().division)?;
        let division = if division.is_empty() {
            call.caller.scope.clone()
        } else {
            division
        };
        let mut tx = self.kit.db.snapshot(&call).await?;
        let books = seal::books(&mut tx, &division).await.map_err(Error::from)?;
        let (sender, receiver) = mpsc::channel(RECORDS_AHEAD);
        let counties = store::root::counties(&mut tx, &division).await.map_err(Error::from)?;
        tokio::spawn(async move {
            for county in counties {
                if let Err(error) = export_roots(&mut tx, &county, &sender).await {
                    let _ = sender.send(Err(error.into())).await;
                    return;
                }
            }
            for book in books {
                if let Err(error) = export_book(&mut tx, &book, &sender).await {
                    // Whoever has gone needs no error.
                    let _ = sender.send(Err(error.into())).await;
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

/// Sends the roots of a county.
async fn export_roots(tx: &mut Tx, county: &str, sender: &mpsc::Sender<Result<LedgerRecord, Status>>) -> Result<()> {
    for (root, moved) in roots::of_county(tx, county).await? {
        let record = Some(Record::Root(wire::seal::root(root, moved)));
        if sender.send(Ok(LedgerRecord { record })).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Sends the blocks of a book and then its entries.
async fn export_book(tx: &mut Tx, book: &str, sender: &mpsc::Sender<Result<LedgerRecord, Status>>) -> Result<()> {
    for sealed in seal::of_book(tx, book).await? {
        if sender.send(Ok(wire::seal::block(sealed))).await.is_err() {
            return Ok(());
        }
    }
    let mut next = 1;
    loop {
        let entries = seal::entries_from(tx, book, next, ENTRIES_AT_ONCE).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = last.entry_number + 1;
        for entry in &entries {
            if sender.send(Ok(wire::seal::entry(entry))).await.is_err() {
                return Ok(());
            }
        }
    }
}

const EARLIEST: Date = time::macros::date!(1900 - 01 - 01);
const LATEST: Date = time::macros::date!(9999 - 12 - 31);

async fn owner_of(tx: &mut Tx, name: &str) -> Result<Household> {
    let id = names::found("households", name)?;
    household::household_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))
}

async fn with_postings(tx: &mut Tx, rows: Vec<entry::Entry>) -> Result<Vec<Entry>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let postings = entry::postings_of(tx, &ids).await?;
    Ok(wire::ledger::entries(rows, postings))
}
