//! Signing keys: contract ↔ rows.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::SigningKey;
use time::OffsetDateTime;

use super::{names, text::line};
use crate::{imports::is_id, store::keys};

pub fn signing_key(row: keys::SigningKey) -> SigningKey {
    SigningKey {
        name: names::signing_key(&row.key_id),
        division: names::division(&row.division_code),
        holder: row.holder,
        display_name: row.display_name,
        public_key: row.public_key,
        valid_from: Some(dates::timestamp(row.valid_from)),
        valid_until: row.valid_until.map(dates::timestamp),
        revoke_from: row.revoked_from.map(dates::timestamp),
        revoke_reason: row.revoke_reason,
        create_time: Some(dates::timestamp(row.created_at)),
        revoke_time: row.revoked_at.map(dates::timestamp),
    }
}

/// A key to be registered; its division is that of its holder.
pub fn new_signing_key(id: &str, key: SigningKey, now: OffsetDateTime) -> Result<keys::SigningKey> {
    if !is_id(id) {
        return Err(Error::invalid("signing_key_id", id, "1 to 40 letters, digits, - or _"));
    }
    if key.public_key.len() != 32 {
        let rule = "an Ed25519 public key of 32 bytes";
        return Err(Error::invalid("signing_key.public_key", key.public_key.len(), rule));
    }
    line("signing_key.display_name", &key.display_name, 1, 100)?;
    let valid_from = dates::from_timestamp("signing_key.valid_from", key.valid_from)?
        .ok_or_else(|| Error::required("signing_key.valid_from"))?;
    let valid_until = dates::from_timestamp("signing_key.valid_until", key.valid_until)?;
    if let Some(until) = valid_until.filter(|until| *until <= valid_from) {
        return Err(Error::invalid(
            "signing_key.valid_until",
            until,
            "later than valid_from",
        ));
    }
    Ok(keys::SigningKey {
        key_id: id.to_owned(),
        division_code: String::new(),
        holder: key.holder,
        display_name: key.display_name,
        public_key: key.public_key,
        valid_from,
        valid_until,
        revoked_from: None,
        revoke_reason: String::new(),
        created_at: now,
        revoked_at: None,
    })
}
