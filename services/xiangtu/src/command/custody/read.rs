//! An exported file of custody, as it is read.

use std::{fs, io::BufReader, path::Path};

use prost_types::Timestamp;
use proto::xiangtu::sanitation::v1::{
    CustodyChain, CustodyDay, CustodyEnd, CustodyRecord, HandOver, SealState, Signature, SigningKey,
    custody_record::Record,
};
use sanitation_core::chain::{Link, Statement};

use crate::{
    command::records,
    failure::{Failure, Result},
};

/// A file.
#[derive(Default)]
pub(super) struct File {
    pub(super) keys: Vec<SigningKey>,
    pub(super) chains: Vec<Chain>,
    /// Roots of townships' days.
    pub(super) days: Vec<CustodyDay>,
    pub(super) end: Option<CustodyEnd>,
}

/// The chain of a trip.
pub(super) struct Chain {
    pub(super) stated: CustodyChain,
    pub(super) hand_overs: Vec<HandOver>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let file = fs::File::open(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let (mut file, mut found) = (BufReader::new(file), Self::default());
        while let Some(record) = records::next::<CustodyRecord>(&mut file)? {
            match record.record {
                Some(Record::SigningKey(key)) => found.keys.push(key),
                Some(Record::Chain(stated)) => found.chains.push(Chain {
                    stated,
                    hand_overs: Vec::new(),
                }),
                Some(Record::HandOver(hand_over)) => match found.chains.last_mut() {
                    Some(chain) => chain.hand_overs.push(hand_over),
                    None => return Err(Failure::new("a hand-over without its trip")),
                },
                Some(Record::Day(day)) => found.days.push(day),
                Some(Record::End(end)) => found.end = Some(end),
                None => {
                    return Err(Failure::new(
                        "a record of an unknown kind: the file is of a later version",
                    ));
                }
            }
        }
        Ok(found)
    }
}

/// A hand-over as a link of its chain.
pub(super) fn link(hand_over: &HandOver) -> Link {
    let lower = |name: &str, prefix: &str| name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    let at = hand_over.hand_over_time.unwrap_or_default();
    let signature = |signature: &Option<Signature>| {
        let signature = signature.clone().unwrap_or_default();
        (signature.signer, signature.value)
    };
    let corrects = hand_over
        .corrects
        .rsplit_once('/')
        .and_then(|(_, position)| position.parse().ok());
    Link {
        statement: Statement {
            trip: hand_over.trip.clone(),
            kind: lower(hand_over.kind().as_str_name(), "HAND_OVER_KIND_"),
            from: hand_over.from.clone(),
            to: hand_over.to.clone(),
            at_us: microseconds(at),
            gross_kg: hand_over.gross_kg,
            tare_kg: hand_over.tare_kg,
            net_kg: hand_over.net_kg,
            bin_count: hand_over.bin_count.map(i64::from),
            device: hand_over.device.clone(),
            seal_number: hand_over.seal_number.clone(),
            seal_state: match hand_over.seal_state() {
                SealState::Unspecified => String::new(),
                state => lower(state.as_str_name(), "SEAL_STATE_"),
            },
            residue_kg: hand_over.residue_kg,
            reason: hand_over.reason.clone(),
            corrects,
            correction_reason: hand_over.correction_reason.clone(),
        },
        position: i64::from(hand_over.position),
        version: i64::from(hand_over.version),
        giver: signature(&hand_over.giver),
        taker: signature(&hand_over.receiver),
        previous: hex::decode(&hand_over.previous_digest).unwrap_or_default(),
        digest: hex::decode(&hand_over.digest).unwrap_or_default(),
    }
}

/// Microseconds since 1970, as far as they can be counted.
pub(super) fn microseconds(time: Timestamp) -> i64 {
    let whole = time.seconds.saturating_mul(1_000_000);
    whole.saturating_add(i64::from(time.nanos / 1_000))
}
