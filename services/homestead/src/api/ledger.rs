//! `LedgerService`.

use futures::TryStreamExt as _;
use homestead_core::{span::Span, tariff::charge};
use kit::{
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    Account, Entry, GetAccountRequest, GetEntryRequest, GetStatementRequest, LedgerCheck, LedgerFinding,
    ListEntriesRequest, ListEntriesResponse, Statement, VerifyLedgerRequest, VerifyLedgerResponse,
    ledger_service_server::LedgerService,
};
use time::Date;
use tonic::{Request, Response, Status};

use crate::{
    store::{
        account, entry,
        household::{self, Household},
        tariff,
        verify::{self, Comparison},
    },
    wire::{self, names, tariff::class},
};

/// Reads accounts and the journal, and recounts.
pub struct LedgerApi {
    pub kit: Kit,
}

/// Most entries of a statement.
const MOST_ENTRIES: i64 = 1_000;
/// Most findings of a recount.
const MOST_FINDINGS: usize = 200;

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
        // One picture of all tables: payments go on meanwhile.
        verify::freeze(&mut tx).await.map_err(Error::from)?;
        let counts = verify::counts(&mut tx, &division).await.map_err(Error::from)?;
        let mut findings = Vec::new();
        for comparison in Comparison::ALL {
            let limit = i64::try_from(MOST_FINDINGS).unwrap_or(i64::MAX);
            let found = verify::mismatches(&mut tx, comparison, &division, limit)
                .await
                .map_err(Error::from)?;
            findings.extend(
                found
                    .into_iter()
                    .map(|mismatch| wire::ledger::finding(comparison, mismatch)),
            );
        }
        findings.extend(against_tariffs(&mut tx, &division).await?);
        let consistent = findings.is_empty();
        findings.truncate(MOST_FINDINGS);
        Ok(Response::new(VerifyLedgerResponse {
            consistent,
            findings,
            book_count: counts.books,
            entry_count: counts.entries,
            posting_count: counts.transfers * 2,
            debit_fen: counts.debit_fen,
            receipt_count: counts.receipts,
        }))
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

/// Bills whose charge does not follow from the tariff that they quote.
async fn against_tariffs(tx: &mut Tx, division: &str) -> Result<Vec<LedgerFinding>> {
    let tariffs = tariff::tariff_all(tx).await?;
    let mut findings = Vec::new();
    let mut bills = verify::bills(tx, division);
    while let Some(bill) = bills.try_next().await? {
        let quoted = tariffs.iter().find(|stored| stored.id == bill.tariff_id);
        let class = class(bill.relief_class.map(i32::from).unwrap_or_default());
        let charged = quoted
            .zip(Span::new(bill.from_on, bill.until_on))
            .and_then(|(stored, span)| charge(&stored.tariff, bill.over_dm2, class, span));
        if charged.is_none_or(|charge| (charge.gross_fen, charge.relief_fen) != (bill.gross_fen, bill.relief_fen)) {
            findings.push(LedgerFinding {
                check: LedgerCheck::BillsFollowTariff.into(),
                subject: names::of("bills", bill.id),
                expected: charged.map_or(0, homestead_core::tariff::Charge::net_fen),
                found: bill.gross_fen - bill.relief_fen,
            });
        }
        if findings.len() > MOST_FINDINGS {
            break;
        }
    }
    Ok(findings)
}
