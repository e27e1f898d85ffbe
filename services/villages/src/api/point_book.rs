//! Accounts of households in a transaction: read whole, added to, kept.

use std::collections::HashMap;

use kit::{
    dates,
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{PointEntry, PointEntryKind, PointsBooked};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use villages_core::points::Account;

use crate::{
    store::points::{self, EntryRow, Home},
    wire,
};

/// The account of a household, with what is added to it.
pub(super) struct Book {
    pub home: Home,
    pub account: Account,
    pub rows: Vec<EntryRow>,
    kept: usize,
}

/// Who adds, when, by which request.
pub(super) struct Pen {
    ids: Ids,
    recorder: String,
    now: OffsetDateTime,
    request_id: Uuid,
}

impl Pen {
    pub(super) fn new(ids: &Ids, tx: &Tx, request_id: &str) -> Result<Self> {
        let rule = "a UUID";
        Ok(Self {
            ids: ids.clone(),
            recorder: tx.principal().to_owned(),
            now: tx.now(),
            request_id: Uuid::try_parse(request_id).map_err(|_| Error::invalid("request_id", request_id, rule))?,
        })
    }

    pub(super) fn today(&self) -> Date {
        dates::day_of(self.now)
    }
}

/// Accounts to read.
pub(super) async fn read(tx: &mut Tx, households: &[String]) -> Result<HashMap<String, Book>> {
    let today = dates::day_of(tx.now());
    let homes = points::homes(tx, households, today).await?;
    let seen: Vec<String> = homes.iter().map(|home| home.household_id.clone()).collect();
    let mut rows: HashMap<String, Vec<EntryRow>> = HashMap::new();
    for row in points::accounts(tx, &seen).await? {
        rows.entry(row.household_id.clone()).or_default().push(row);
    }
    homes
        .into_iter()
        .map(|home| {
            let rows = rows.remove(&home.household_id).unwrap_or_default();
            let book = Book {
                account: replayed(&home, &rows)?,
                kept: rows.len(),
                rows,
                home,
            };
            Ok((book.home.household_id.clone(), book))
        })
        .collect()
}

/// Accounts to add to, after waiting for whoever adds to them.
pub(super) async fn open(tx: &mut Tx, households: &[String]) -> Result<HashMap<String, Book>> {
    points::accounts_lock(tx, households).await?;
    read(tx, households).await
}

/// One account to add to.
pub(super) async fn open_one(tx: &mut Tx, household: &str) -> Result<Book> {
    let book = open(tx, &[household.to_owned()]).await?.remove(household);
    book.ok_or_else(|| Error::not_found(wire::household::name(household)))
}

/// Keeps what was added to `books`, and states it.
pub(super) async fn keep(tx: &mut Tx, books: impl IntoIterator<Item = Book>) -> Result<Vec<PointEntry>> {
    let added: Vec<EntryRow> = books
        .into_iter()
        .flat_map(|book| book.rows.into_iter().skip(book.kept))
        .collect();
    points::entries_insert(tx, &added).await?;
    let mut entries = Vec::with_capacity(added.len());
    for row in &added {
        let entry = PointEntry::decode(row.content.as_slice()).map_err(Error::internal)?;
        let event = PointsBooked {
            point_entry: Some(entry.clone()),
        };
        tx.emit("points.booked", &row.division_code, &entry.name, &event);
        entries.push(entry);
    }
    Ok(entries)
}

fn replayed(home: &Home, rows: &[EntryRow]) -> Result<Account> {
    let entries = rows
        .iter()
        .map(|row| wire::points::core_entry(row, rows))
        .collect::<Result<Vec<_>>>()?;
    Account::replay(entries).map_err(|refused| Error::internal(format!("{}: {refused:?}", home.household_id)))
}

impl Book {
    /// The account at the end of `day`, by what was booked until then.
    pub(super) fn as_of(&self, day: Date) -> Result<Account> {
        let until = self.rows.iter().take_while(|row| row.entry_date <= day).count();
        let mut account = replayed(&self.home, self.rows.get(..until).unwrap_or_default())?;
        account.pass_to(day);
        Ok(account)
    }

    /// The day on which `pen` books: today, but not before the last entry, whose replica's clock may have been ahead.
    pub(super) fn day(&self, pen: &Pen) -> Date {
        self.account.day().max(pen.today())
    }

    /// Books what has expired, and then `entry`; number, household, days and recorder are filled in. A refusal adds nothing.
    pub(super) fn add(&mut self, pen: &Pen, entry: PointEntry) -> Result<PointEntry> {
        let (account, count, day) = (self.account.clone(), self.rows.len(), self.day(pen));
        self.account.pass_to(day);
        let expired = PointEntry {
            kind: PointEntryKind::Expire.into(),
            points: -self.account.unbooked(),
            ..PointEntry::default()
        };
        let booked = match expired.points {
            0 => self.append(pen, day, entry),
            _ => self
                .append(pen, day, expired)
                .and_then(|_| self.append(pen, day, entry)),
        };
        if booked.is_err() {
            self.account = account;
            self.rows.truncate(count);
        }
        booked
    }

    fn append(&mut self, pen: &Pen, day: Date, mut entry: PointEntry) -> Result<PointEntry> {
        let id = pen.ids.next();
        let household = wire::household::name(&self.home.household_id);
        let occurrence_date = dates::from_proto("occurrence_date", entry.occurrence_date)?.unwrap_or(day);
        entry.name = wire::points::name(id);
        entry.division = wire::division::name(&self.home.division_code);
        entry.number = i32::try_from(self.rows.len() + 1).map_err(Error::internal)?;
        entry.entry_date = Some(dates::to_proto(day));
        entry.occurrence_date = Some(dates::to_proto(occurrence_date));
        entry.recorder.clone_from(&pen.recorder);
        entry.record_time = Some(dates::timestamp(pen.now));
        let about = if entry.reverses.is_empty() {
            household.clone()
        } else {
            entry.reverses.clone()
        };
        entry.household = household;
        let reverses = match entry.reverses.as_str() {
            "" => None,
            name => Some(wire::points::id("reverses", name)?),
        };
        let row = EntryRow {
            entry_id: id,
            household_id: self.home.household_id.clone(),
            number: entry.number,
            division_code: self.home.division_code.clone(),
            kind: wire::points::kind_name(entry.kind()).to_owned(),
            points: entry.points,
            entry_date: day,
            occurrence_date,
            last_day: dates::from_proto("expire_date", entry.expire_date)?,
            item: entry.item.clone(),
            reverses,
            request_id: pen.request_id,
            content: entry.encode_to_vec(),
            recorded_at: pen.now,
        };
        let added = wire::points::core_entry(&row, &self.rows)?;
        self.account
            .book(added)
            .map_err(|refused| wire::points::refused(&about, refused))?;
        self.rows.push(row);
        Ok(entry)
    }
}
