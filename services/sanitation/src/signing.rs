//! Whether the sides of a hand-over have signed it.

use kit::error::{Error, Result};
use ring::signature::{ED25519, UnparsedPublicKey};
use sanitation_core::norms::Signatures;
use sqlx::PgConnection;

use crate::{
    store::{hand_overs::HandOver, keys::key_get},
    wire::{hand_overs::statement, names},
};

/// One side with what it signed.
struct Side<'a> {
    field: &'static str,
    holder: &'a str,
    signer: &'a str,
    value: &'a [u8],
    needed: bool,
}

/// Refuses a hand-over that a side has not signed though it has to, or whose signature does not hold.
pub async fn verify(conn: &mut PgConnection, row: &HandOver, rule: Signatures) -> Result<()> {
    let giver = Side {
        field: "hand_over.giver",
        holder: &row.giver,
        signer: &row.giver_signer,
        value: &row.giver_value,
        needed: rule == Signatures::Both,
    };
    let receiver = Side {
        field: "hand_over.receiver",
        holder: &row.taker,
        signer: &row.taker_signer,
        value: &row.taker_value,
        needed: rule != Signatures::None,
    };
    let statement = statement(row).bytes();
    let (mut late, mut in_time) = (None, false);
    for side in [giver, receiver] {
        if !side.value.is_empty() {
            if side.verify(conn, row, &statement).await? {
                late = Some(side);
            } else {
                in_time = true;
            }
        } else if side.needed {
            let rule = format!("signed by {}, as the plan section requires", side.holder);
            return Err(Error::invalid_because("SIGNATURE_MISSING", side.field, "", rule));
        }
    }
    match late {
        // Whoever has a lost key can date back as far as they like.
        Some(side) if !in_time => Err(Error::invalid_because(
            "SIGNATURE_LATE",
            format!("{}.signer", side.field),
            side.signer,
            "a key that was not revoked when the hand-over came, or beside it the other side's signature with one that was not",
        )),
        _ => Ok(()),
    }
}

impl Side<'_> {
    /// Whether the key had been revoked when the hand-over came, though it held at its time.
    async fn verify(&self, conn: &mut PgConnection, row: &HandOver, statement: &[u8]) -> Result<bool> {
        let field = format!("{}.signer", self.field);
        let id = names::reference(&field, self.signer, "signingKeys")?;
        let refused = |rule: String| Err(Error::invalid_because("SIGNATURE_KEY", &field, self.signer, rule));
        let Some(key) = key_get(conn, id).await? else {
            return refused("a key that is registered".to_owned());
        };
        if key.holder != self.holder {
            return refused(format!("a key of {}; this one is of {}", self.holder, key.holder));
        }
        let ended = |end: Option<time::OffsetDateTime>| end.is_some_and(|end| row.at >= end);
        if row.at < key.valid_from || ended(key.valid_until) || ended(key.revoked_from) {
            return refused(format!("a key that held at {}", row.at));
        }
        let signed = UnparsedPublicKey::new(&ED25519, &key.public_key).verify(statement, self.value);
        signed.map_err(|_| {
            let rule = "the Ed25519 signature over the statement of the hand-over";
            Error::invalid_because(
                "SIGNATURE_WRONG",
                format!("{}.value", self.field),
                hex::encode(self.value),
                rule,
            )
        })?;
        Ok(key.revoked_at.is_some_and(|revoked_at| revoked_at <= row.recorded_at))
    }
}
