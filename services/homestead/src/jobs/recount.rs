//! Recounts all books and keeps what was found, so that nobody need ask.

use kit::{
    error::{Error, Result},
    service::Kit,
};
use prost::Message as _;

use super::apart::Apart;
use crate::{
    bookkeeping::{keys::Keys, recount},
    store::recount::{Recount, counties, insert},
};

/// Recounts all books, county by county. One that fails keeps no other from it.
pub async fn recount(kit: &Kit, keys: &Keys) -> Result<()> {
    let counties = {
        let mut tx = kit.db.system("recount").await?;
        counties(&mut tx).await?
    };
    let mut round = Apart::default();
    for county in counties {
        round.take(&county, count(kit, keys, &county).await);
    }
    round.end()
}

async fn count(kit: &Kit, keys: &Keys, county: &str) -> Result<()> {
    let mut tx = kit.db.system("recount").await?;
    let outcome = recount::recount(&mut tx, county, keys).await?;
    drop(tx);
    let mut tx = kit.db.system("recount").await?;
    let row = Recount {
        id: kit.ids.next(),
        division_code: county.to_owned(),
        outcome: outcome.encode_to_vec(),
        recounted_at: tx.now(),
    };
    insert(&mut tx, &row).await?;
    tx.commit_unaudited().await?;
    if outcome.consistent {
        tracing::info!(%county, entries = outcome.entry_count, "the books agree");
        return Ok(());
    }
    let (count, first) = (outcome.findings.len(), outcome.findings.first());
    Err(Error::internal(format!(
        "{count} findings: the books do not agree, first {first:?}"
    )))
}
