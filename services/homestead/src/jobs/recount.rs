//! Recounts all books and keeps what was found, so that nobody need ask.

use kit::{error::Result, service::Kit};
use prost::Message as _;

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
    for county in counties {
        if let Err(error) = count(kit, keys, &county).await {
            tracing::error!(%county, %error, "the books are not recounted");
        }
    }
    Ok(())
}

async fn count(kit: &Kit, keys: &Keys, county: &str) -> Result<()> {
    let mut tx = kit.db.system("recount").await?;
    let outcome = recount::recount(&mut tx, county, keys).await?;
    drop(tx);
    if outcome.consistent {
        tracing::info!(%county, entries = outcome.entry_count, "the books agree");
    } else {
        let first = outcome.findings.first();
        tracing::error!(%county, findings = outcome.findings.len(), ?first, "the books do not agree");
    }
    let mut tx = kit.db.system("recount").await?;
    let row = Recount {
        id: kit.ids.next(),
        division_code: county.to_owned(),
        outcome: outcome.encode_to_vec(),
        recounted_at: tx.now(),
    };
    insert(&mut tx, &row).await?;
    tx.commit_unaudited().await
}
