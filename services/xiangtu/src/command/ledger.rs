//! `xiangtu ledger`: takes the journal out with its chain, and verifies it with nothing but the file.

mod roots;

use std::{collections::BTreeMap, fs, io::BufReader, path::Path};

use homestead_core::chain::{Block, Canonical, Fault, Walk};
use proto::xiangtu::homestead::v1::{
    ExportLedgerRequest, LedgerRecord, LedgerRoot, SealedBlock, ledger_record::Record,
    ledger_service_client::LedgerServiceClient,
};
use ring::{
    digest::{SHA256, digest},
    signature::{ED25519, UnparsedPublicKey},
};

use super::records;
use crate::{
    cli,
    client::{Client, Session},
    failure::{Failure, Result},
    show::{Output, Table},
};

/// Carries out what was asked.
pub async fn run(asked: &cli::Ledger, session: &Path, output: Output) -> Result<()> {
    match asked {
        cli::Ledger::Export { file, division } => {
            let client = Client::new(&Session::load(session)?)?;
            export(&client, division, file, output).await
        }
        cli::Ledger::Verify {
            file,
            key,
            any_key,
            root,
        } => {
            let keys = (!any_key).then_some(key.as_slice());
            let found = verify(file, keys, root)?;
            found.table(file).print(output);
            if found.faults.is_empty() {
                Ok(())
            } else {
                Err(Failure::new(format!(
                    "{} faults: the ledger is not as it was sealed",
                    found.faults.len()
                )))
            }
        }
    }
}

async fn export(client: &Client, division: &str, path: &Path, output: Output) -> Result<()> {
    let request = ExportLedgerRequest {
        division: division.to_owned(),
    };
    let mut ledger = LedgerServiceClient::new(client.channel("homestead")?);
    let stream = ledger.export_ledger(client.request(request)).await?.into_inner();
    let records = records::write(stream, path).await?;
    let mut table = Table::new("ledger exported", &["file", "records"]);
    table.row([path.display().to_string(), records.to_string()]);
    table.print(output);
    Ok(())
}

/// What a file holds, and what is wrong with it.
#[derive(Default)]
struct Found {
    books: usize,
    entries: usize,
    sealed: i64,
    keys: Vec<String>,
    /// Whose keys they are was not asked.
    any_key: bool,
    /// The last root of each county.
    roots: Vec<String>,
    faults: Vec<String>,
}

impl Found {
    /// What is wrong with a signature, by one of `keys` if they are given.
    fn signed(&mut self, hash: &[u8], signature: &[u8], key: &[u8], keys: Option<&[String]>) -> Option<String> {
        let name = hex::encode(key);
        let fault = if keys.is_some_and(|keys| !keys.contains(&name)) {
            Some(format!("is signed with a key that was not given, {name}"))
        } else {
            let signed = UnparsedPublicKey::new(&ED25519, key).verify(hash, signature);
            signed
                .err()
                .map(|_| "is not signed with the key that it names".to_owned())
        };
        if !self.keys.contains(&name) {
            self.keys.push(name);
        }
        fault
    }

    fn table(&self, file: &Path) -> Table {
        let mut table = Table::new(format!("ledger {}", file.display()), &["what", "found"]);
        table.row(["books".to_owned(), self.books.to_string()]);
        table.row(["entries".to_owned(), self.entries.to_string()]);
        table.row(["of them sealed".to_owned(), self.sealed.to_string()]);
        let signed = if self.any_key {
            "signed with, unchecked"
        } else {
            "signed with"
        };
        for key in &self.keys {
            table.row([signed.to_owned(), key.clone()]);
        }
        for root in &self.roots {
            table.row(["last root".to_owned(), root.clone()]);
        }
        for fault in self.faults.iter().take(50) {
            table.row(["fault".to_owned(), fault.clone()]);
        }
        table
    }
}

/// The blocks of a book, and the number, id and digest of its entries.
#[derive(Default)]
struct Book {
    blocks: Vec<SealedBlock>,
    entries: Vec<(i64, [u8; 32])>,
    ids: BTreeMap<i64, String>,
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Verifies a file; `keys` are the public keys in hex that it may be signed with, any if `None`; `kept` are hashes in hex of roots
/// that it must hold.
fn verify(path: &Path, keys: Option<&[String]>, kept: &[String]) -> Result<Found> {
    let file = fs::File::open(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let mut file = BufReader::new(file);
    let mut books: BTreeMap<String, Book> = BTreeMap::new();
    let mut counties: BTreeMap<String, Vec<LedgerRoot>> = BTreeMap::new();
    while let Some(record) = records::next::<LedgerRecord>(&mut file)? {
        match record.record {
            Some(Record::Root(root)) => counties.entry(root.division.clone()).or_default().push(root),
            Some(Record::Block(block)) => books.entry(block.division.clone()).or_default().blocks.push(block),
            Some(Record::Entry(entry)) => {
                let mut canonical = Canonical::default();
                for field in &entry.fields {
                    canonical.field(field);
                }
                let book = books.entry(entry.division).or_default();
                book.entries.push((entry.entry_number, canonical.digest(sha256)));
                book.ids
                    .insert(entry.entry_number, entry.fields.get(2).cloned().unwrap_or_default());
            }
            None => {
                return Err(Failure::new(
                    "a record of an unknown kind: the file is of a later version",
                ));
            }
        }
    }
    let mut found = Found {
        any_key: keys.is_none(),
        ..Found::default()
    };
    for (division, book) in &books {
        check(division, book, keys, &mut found);
    }
    roots::check(&counties, &books, keys, kept, &mut found);
    if found.entries > 0 && found.keys.is_empty() {
        found
            .faults
            .push("nothing in the file is signed, so it shows nothing".to_owned());
    }
    Ok(found)
}

fn check(division: &str, book: &Book, keys: Option<&[String]>, found: &mut Found) {
    found.books += 1;
    found.entries += book.entries.len();
    let mut walk = Walk::new(sha256);
    for stored in &book.blocks {
        let block = Block {
            division: division.trim_start_matches("divisions/").to_owned(),
            from: stored.from_entry_number,
            previous: <[u8; 32]>::try_from(stored.previous_sha256.as_slice()).unwrap_or_default(),
            digests: stored.digests.clone(),
        };
        for fault in walk.step(&block, &stored.sha256, &book.entries) {
            found.faults.push(match fault {
                Fault::Entry(number) => {
                    let id = book.ids.get(&number).map_or("missing", String::as_str);
                    format!("{division}: entry {number} (entries/{id}) is not as it was sealed")
                }
                Fault::Block(number) => format!("{division}: the block from entry {number} on is not as it was sealed"),
            });
        }
        if let Some(fault) = found.signed(&stored.sha256, &stored.signature, &stored.public_key, keys) {
            let number = stored.from_entry_number;
            found
                .faults
                .push(format!("{division}: the block from entry {number} on {fault}"));
        }
    }
    found.sealed += walk.next() - 1;
    for ((number, _), expected) in book.entries.iter().zip(1..) {
        if *number != expected {
            found
                .faults
                .push(format!("{division}: entry {expected} is missing or out of order"));
            break;
        }
    }
}

#[cfg(test)]
mod tests;
