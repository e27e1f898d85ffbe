//! Chains of custody out, with the keys that signed them, signed day by day and as a whole.

use std::collections::HashMap;

use futures::Stream;
use kit::{
    Kit,
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    CustodyChain, CustodyDay, CustodyEnd, CustodyRecord, ExportHandOversRequest, custody_record::Record,
};
use ring::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use sanitation_core::chain::{Day, Export};
use time::{Date, Duration, OffsetDateTime};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{
    api::list,
    store::{
        hand_overs::{DayTrip, HandOver, hand_overs_of, trips_between},
        keys::keys_between,
    },
    wire::{hand_overs, keys, names},
};

const LONGEST: Duration = Duration::days(366);
const TRIPS_AT_ONCE: i64 = 200;
const RECORDS_AHEAD: usize = 64;

type Sender = mpsc::Sender<Result<CustodyRecord, Status>>;

/// What is asked for, and what it is signed with.
struct Asked {
    division: String,
    days: (Date, Date),
    key: Ed25519KeyPair,
    at: OffsetDateTime,
}

/// Everything recorded of the trips, of one state of the database.
pub(super) async fn stream(
    kit: &Kit,
    call: &Call,
    request: &ExportHandOversRequest,
) -> Result<impl Stream<Item = Result<CustodyRecord, Status>> + Send + use<>> {
    let from = dates::required("from_date", request.from_date)?;
    let to = dates::required("to_date", request.to_date)?;
    if to < from || to - from > LONGEST {
        let rule = format!(
            "not before from_date, and at most {} days after it",
            LONGEST.whole_days()
        );
        return Err(Error::invalid("to_date", to, rule));
    }
    let mut tx = kit.db.snapshot(call).await?;
    let asked = Asked {
        division: list::division(&request.division)?,
        days: (from, to),
        key: key(kit)?,
        at: tx.now(),
    };
    let (sender, receiver) = mpsc::channel(RECORDS_AHEAD);
    tokio::spawn(async move {
        if let Err(error) = asked.send(&mut tx, &sender).await {
            // Whoever has gone needs no error.
            let _ = sender.send(Err(error.into())).await;
        }
    });
    Ok(ReceiverStream::new(receiver))
}

/// What exports are signed with. It follows from the key of the blind index, which is the one that is never changed.
fn key(kit: &Kit) -> Result<Ed25519KeyPair> {
    let seed = kit.crypt.blind("custody.export", "ed25519");
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(Error::internal)
}

impl Asked {
    async fn send(&self, tx: &mut Tx, sender: &Sender) -> Result<()> {
        for key in keys_between(tx, &self.division, self.days).await? {
            put(sender, Record::SigningKey(keys::signing_key(key))).await?;
        }
        let (mut after, mut trips, mut days): (Option<DayTrip>, i64, Vec<_>) = (None, 0, Vec::new());
        let mut day: Option<(Date, Day)> = None;
        loop {
            let page = trips_between(tx, &self.division, self.days, after.as_ref(), TRIPS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            let mut chains: HashMap<String, Vec<HandOver>> = HashMap::new();
            let ids: Vec<String> = page.iter().map(|trip| trip.trip_id.clone()).collect();
            for record in hand_overs_of(tx, &ids).await? {
                chains.entry(record.trip_id.clone()).or_default().push(record);
            }
            for trip in page {
                let division = names::division(&trip.division_code);
                if let Some(over) = day.take_if(|(date, day)| *date != trip.date || day.division != division) {
                    days.push(self.put_day(sender, over).await?);
                }
                let records = chains.remove(&trip.trip_id).unwrap_or_default();
                let chain = chain(&trip, &records)?;
                let (_, day) = day.get_or_insert_with(|| {
                    let (date, trips) = (trip.date.to_string(), Vec::new());
                    (trip.date, Day { division, date, trips })
                });
                day.trips.push((
                    chain.trip.clone(),
                    chain.hand_over_count.into(),
                    chain.last_digest.clone(),
                ));
                trips += 1;
                put(sender, Record::Chain(chain)).await?;
                for record in records {
                    put(sender, Record::HandOver(hand_overs::hand_over(record))).await?;
                }
            }
        }
        if let Some(over) = day {
            days.push(self.put_day(sender, over).await?);
        }
        put(sender, Record::End(self.end(trips, days))).await
    }

    /// Ends a township's day; answers what the end of the export states of it.
    async fn put_day(&self, sender: &Sender, (date, day): (Date, Day)) -> Result<(String, String, String)> {
        let statement = day.bytes();
        let sha256 = hex::encode(digest(&SHA256, &statement));
        let root = CustodyDay {
            division: day.division.clone(),
            date: Some(dates::to_proto(date)),
            trip_count: i32::try_from(day.trips.len()).map_err(Error::internal)?,
            sha256: sha256.clone(),
            signature: self.key.sign(&statement).as_ref().to_vec(),
        };
        put(sender, Record::Day(root)).await?;
        Ok((day.division, day.date, sha256))
    }

    fn end(&self, trip_count: i64, days: Vec<(String, String, String)>) -> CustodyEnd {
        let division = match self.division.as_str() {
            "" => String::new(),
            code => names::division(code),
        };
        let (from, to) = self.days;
        let at_us = i64::try_from(self.at.unix_timestamp_nanos() / 1_000).unwrap_or_default();
        let statement = Export {
            division: division.clone(),
            days_asked: (from.to_string(), to.to_string()),
            at_us,
            days,
        };
        CustodyEnd {
            trip_count,
            division,
            from_date: Some(dates::to_proto(from)),
            to_date: Some(dates::to_proto(to)),
            export_time: Some(prost_types::Timestamp {
                seconds: at_us.div_euclid(1_000_000),
                nanos: i32::try_from(at_us.rem_euclid(1_000_000) * 1_000).unwrap_or_default(),
            }),
            signature: self.key.sign(&statement.bytes()).as_ref().to_vec(),
            public_key: self.key.public_key().as_ref().to_vec(),
        }
    }
}

fn chain(trip: &DayTrip, records: &[HandOver]) -> Result<CustodyChain> {
    Ok(CustodyChain {
        trip: names::trip(&trip.trip_id),
        hand_over_count: i32::try_from(records.len()).map_err(Error::internal)?,
        last_digest: records.last().map(|last| hex::encode(&last.digest)).unwrap_or_default(),
        division: names::division(&trip.division_code),
        date: Some(dates::to_proto(trip.date)),
    })
}

async fn put(sender: &Sender, record: Record) -> Result<()> {
    let message = Ok(CustodyRecord { record: Some(record) });
    sender.send(message).await.map_err(|_| Error::cancelled())
}
