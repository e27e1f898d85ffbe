//! Reads by what was known at an instant.

use kit::{
    Kit,
    call::Call,
    dates,
    error::{Error, Result},
};
use prost_types::Timestamp;
use time::OffsetDateTime;

use crate::store::bulletin_clock;

/// The instant asked for, after which whatever is recorded from now on comes; `None` for now.
pub(super) async fn known_at(kit: &Kit, call: &Call, asked: Option<Timestamp>) -> Result<Option<OffsetDateTime>> {
    let Some(known_at) = dates::from_timestamp("known_at", asked)? else {
        return Ok(None);
    };
    let mut tx = kit.db.read(call).await?;
    let present = bulletin_clock::present(&mut tx).await?;
    if known_at > present {
        return Err(Error::invalid(
            "known_at",
            known_at,
            format!("an instant not after now, {present}"),
        ));
    }
    bulletin_clock::settle(&mut tx, known_at).await?;
    tx.commit_unaudited().await?;
    Ok(Some(known_at))
}
