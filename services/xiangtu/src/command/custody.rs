//! `xiangtu custody`: takes hand-overs out with their chains and keys, and verifies them with nothing but the file.

mod days;
mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kit::dates;
use proto::xiangtu::sanitation::v1::{
    ExportHandOversRequest, HandOver, SigningKey, hand_over_service_client::HandOverServiceClient,
};
use ring::{
    digest::{SHA256, digest},
    signature::{ED25519, UnparsedPublicKey},
};
use sanitation_core::chain::{Link, first_broken};

use self::read::{Chain, File, link};
use super::records;
use crate::{
    cli,
    client::{Client, Session},
    failure::{Failure, Result},
    show::{Output, Table},
};

/// Carries out what was asked.
pub async fn run(asked: &cli::Custody, session: &Path, output: Output) -> Result<()> {
    match asked {
        cli::Custody::Export {
            file,
            division,
            from,
            to,
        } => {
            let client = Client::new(&Session::load(session)?)?;
            let day = |field, text| dates::parse(field, text).map(dates::to_proto);
            let request = ExportHandOversRequest {
                division: division.clone(),
                from_date: Some(day("from", from)?),
                to_date: Some(day("to", to)?),
            };
            let mut hand_overs = HandOverServiceClient::new(client.channel("sanitation")?);
            let stream = hand_overs
                .export_hand_overs(client.request(request))
                .await?
                .into_inner();
            let records = records::write(stream, file).await?;
            let mut table = Table::new("custody exported", &["file", "records"]);
            table.row([file.display().to_string(), records.to_string()]);
            table.print(output);
            Ok(())
        }
        // Without a key any is taken, as the command line demands it to be said.
        cli::Custody::Verify {
            file,
            key,
            service_key,
            signed,
            ..
        } => {
            let found = verify(file, key, service_key.as_deref(), *signed)?;
            found.table(file).print(output);
            if found.faults.is_empty() {
                Ok(())
            } else {
                let faults = found.faults.len();
                Err(Failure::new(format!(
                    "{faults} faults: custody is not as it was recorded"
                )))
            }
        }
    }
}

/// What a file holds, and what is wrong with it.
#[derive(Default)]
struct Found {
    trips: usize,
    hand_overs: usize,
    signatures: usize,
    unsigned: usize,
    /// Hand-overs that came when a key of theirs had been revoked.
    late: usize,
    /// Days of townships of which all trips are here.
    days: usize,
    /// Public key that the service signed with.
    service_key: String,
    keys: BTreeSet<String>,
    faults: Vec<String>,
}

impl Found {
    fn table(&self, file: &Path) -> Table {
        let mut table = Table::new(format!("custody {}", file.display()), &["what", "found"]);
        for (what, count) in [
            ("trips", self.trips),
            ("hand-overs", self.hand_overs),
            ("signatures that hold", self.signatures),
            ("sides that have not signed", self.unsigned),
            ("late under a revoked key", self.late),
            ("days that are whole", self.days),
            ("keys that signed", self.keys.len()),
        ] {
            table.row([what.to_owned(), count.to_string()]);
        }
        table.row(["exported with".to_owned(), self.service_key.clone()]);
        for key in self.keys.iter().take(50) {
            table.row(["signed with".to_owned(), key.clone()]);
        }
        for fault in self.faults.iter().take(50) {
            table.row(["fault".to_owned(), fault.clone()]);
        }
        table
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Verifies a file; `pinned` are public keys in hex, none for all in the file, and `service_key` that of the service.
fn verify(path: &Path, pinned: &[String], service_key: Option<&str>, all_signed: bool) -> Result<Found> {
    let file = File::read(path)?;
    let keys = Keys {
        by_name: file.keys.iter().map(|key| (key.name.as_str(), key)).collect(),
        pinned,
    };
    let mut found = Found::default();
    for chain in &file.chains {
        found.trips += 1;
        found.hand_overs += chain.hand_overs.len();
        let links: Vec<Link> = chain.hand_overs.iter().map(link).collect();
        if let Some(position) = first_broken(&links, sha256) {
            let trip = &chain.stated.trip;
            found
                .faults
                .push(format!("{trip}: hand-over {position} is not as it was recorded"));
        }
        whole(chain, &mut found);
        for (hand_over, link) in chain.hand_overs.iter().zip(&links) {
            keys.check(hand_over, link, all_signed, &mut found);
        }
    }
    days::check(&file, service_key, &mut found);
    Ok(found)
}

/// That the chain ends as the export says.
fn whole(chain: &Chain, found: &mut Found) {
    let (stated, last) = (&chain.stated, chain.hand_overs.last());
    let count = i32::try_from(chain.hand_overs.len()).unwrap_or(i32::MAX);
    let strange = chain.hand_overs.iter().find(|hand_over| hand_over.trip != stated.trip);
    if stated.hand_over_count != count || last.map_or("", |last| &last.digest) != stated.last_digest {
        let (trip, expected) = (&stated.trip, stated.hand_over_count);
        found.faults.push(format!(
            "{trip}: {expected} hand-overs were exported, {count} are here, or the last is another"
        ));
    }
    if let Some(hand_over) = strange {
        found
            .faults
            .push(format!("{}: {} does not belong to it", stated.trip, hand_over.name));
    }
}

/// The keys of a file, and those that are trusted.
struct Keys<'a> {
    by_name: BTreeMap<&'a str, &'a SigningKey>,
    pinned: &'a [String],
}

impl Keys<'_> {
    fn check(&self, hand_over: &HandOver, link: &Link, all_signed: bool, found: &mut Found) {
        let statement = link.statement.bytes();
        let (mut late, mut in_time) = (false, false);
        for ((signer, value), holder) in [(&link.giver, &hand_over.from), (&link.taker, &hand_over.to)] {
            if value.is_empty() {
                found.unsigned += 1;
                if all_signed {
                    found
                        .faults
                        .push(format!("{}: {holder} has not signed", hand_over.name));
                }
                continue;
            }
            match self.holds(signer, value, holder, link.statement.at_us, &statement) {
                Ok(key) => {
                    found.signatures += 1;
                    let came = hand_over.record_time.map(read::microseconds);
                    let revoked = key.revoke_time.map(read::microseconds);
                    let known = revoked.zip(came).is_some_and(|(revoked, came)| revoked <= came);
                    (late, in_time) = (late || known, in_time || !known);
                    let hex = hex::encode(&key.public_key);
                    found.keys.insert(format!("{hex} {} {}", key.holder, key.name));
                }
                Err(fault) => found.faults.push(format!("{}: {fault}", hand_over.name)),
            }
        }
        found.late += usize::from(late);
        if late && !in_time {
            let fault = "came after its keys had been revoked, and nobody else has signed";
            found.faults.push(format!("{}: {fault}", hand_over.name));
        }
    }

    /// The key of a signature that holds, or what is wrong with it.
    fn holds(
        &self,
        signer: &str,
        value: &[u8],
        holder: &str,
        at_us: i64,
        statement: &[u8],
    ) -> std::result::Result<&SigningKey, String> {
        let key = self
            .by_name
            .get(signer)
            .ok_or_else(|| format!("{signer} is not in the file"))?;
        if key.holder != holder {
            return Err(format!("{signer} is a key of {}, not of {holder}", key.holder));
        }
        let hex = hex::encode(&key.public_key);
        if !self.pinned.is_empty() && !self.pinned.iter().any(|pinned| pinned.eq_ignore_ascii_case(&hex)) {
            return Err(format!("{signer} has the key {hex}, which is none of those given"));
        }
        let us = read::microseconds;
        let ended = |end: Option<prost_types::Timestamp>| end.is_some_and(|end| at_us >= us(end));
        if key.valid_from.is_none_or(|from| at_us < us(from)) || ended(key.valid_until) || ended(key.revoke_from) {
            return Err(format!("{signer} did not hold at that time"));
        }
        match UnparsedPublicKey::new(&ED25519, &key.public_key).verify(statement, value) {
            Ok(()) => Ok(key),
            Err(_) => Err(format!("the signature by {signer} does not fit")),
        }
    }
}

#[cfg(test)]
mod tests;
