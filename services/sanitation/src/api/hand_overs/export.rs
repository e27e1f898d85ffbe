//! Chains of custody out, with the keys that signed them.

use futures::Stream;
use kit::{
    Kit,
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    CustodyChain, CustodyEnd, CustodyRecord, ExportHandOversRequest, custody_record::Record,
};
use time::{Date, Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{
    api::list,
    store::{
        hand_overs::{HandOver, hand_overs_of, trips_between},
        keys::keys_between,
    },
    wire::{hand_overs, keys, names},
};

const LONGEST: Duration = Duration::days(366);
const TRIPS_AT_ONCE: i64 = 200;
const RECORDS_AHEAD: usize = 64;

type Sender = mpsc::Sender<Result<CustodyRecord, Status>>;

/// What is asked for.
struct Asked {
    division: String,
    days: (Date, Date),
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
    let asked = Asked {
        division: list::division(&request.division)?,
        days: (from, to),
    };
    let mut tx = kit.db.snapshot(call).await?;
    let (sender, receiver) = mpsc::channel(RECORDS_AHEAD);
    tokio::spawn(async move {
        if let Err(error) = asked.send(&mut tx, &sender).await {
            // Whoever has gone needs no error.
            let _ = sender.send(Err(error.into())).await;
        }
    });
    Ok(ReceiverStream::new(receiver))
}

impl Asked {
    async fn send(&self, tx: &mut Tx, sender: &Sender) -> Result<()> {
        for key in keys_between(tx, &self.division, self.days).await? {
            put(sender, Record::SigningKey(keys::signing_key(key))).await?;
        }
        let (mut after, mut trips) = (String::new(), 0);
        loop {
            let page = trips_between(tx, &self.division, self.days, &after, TRIPS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            let mut records = hand_overs_of(tx, &page).await?.into_iter().peekable();
            for trip in &page {
                let mut chain = Vec::new();
                while let Some(record) = records.next_if(|record| record.trip_id == *trip) {
                    chain.push(record);
                }
                trips += 1;
                put_chain(sender, trip, chain).await?;
            }
        }
        put(sender, Record::End(CustodyEnd { trip_count: trips })).await
    }
}

async fn put_chain(sender: &Sender, trip: &str, records: Vec<HandOver>) -> Result<()> {
    let chain = CustodyChain {
        trip: names::trip(trip),
        hand_over_count: i32::try_from(records.len()).map_err(Error::internal)?,
        last_digest: records.last().map(|last| hex::encode(&last.digest)).unwrap_or_default(),
    };
    put(sender, Record::Chain(chain)).await?;
    for record in records {
        put(sender, Record::HandOver(hand_overs::hand_over(record))).await?;
    }
    Ok(())
}

async fn put(sender: &Sender, record: Record) -> Result<()> {
    let message = Ok(CustodyRecord { record: Some(record) });
    sender.send(message).await.map_err(|_| Error::cancelled())
}
