//! Seals the journal behind the writers: block by block, each signed.

use homestead_core::chain::{BEGINNING, Block};
use kit::{
    error::{Error, Result},
    service::Kit,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::{
    bookkeeping::recount::sha256,
    store::seal::{self, Seal, Unsealed},
};

/// Most books in one round.
const BOOKS: i64 = 200;
/// Most entries in one block.
const ENTRIES: i64 = 1_000;

/// Seals everything that is posted.
pub async fn seal(kit: &Kit) -> Result<()> {
    // The key follows from the key of the blind index, which is the one that is never changed.
    let seed = kit.crypt.blind("ledger.seal", "ed25519");
    let key = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(Error::internal)?;
    loop {
        let books = {
            let mut tx = kit.db.system("seal").await?;
            seal::unsealed(&mut tx, BOOKS).await?
        };
        if books.is_empty() {
            return Ok(());
        }
        for book in books {
            block(kit, &key, book).await?;
        }
    }
}

async fn block(kit: &Kit, key: &Ed25519KeyPair, book: Unsealed) -> Result<()> {
    let mut tx = kit.db.system("seal").await?;
    let entries = seal::entries_from(&mut tx, &book.division_code, book.next, ENTRIES).await?;
    let digests = entries
        .iter()
        .flat_map(|entry| entry.canonical().digest(sha256))
        .collect();
    let block = Block {
        division: book.division_code,
        from: book.next,
        previous: book
            .previous
            .and_then(|hash| <[u8; 32]>::try_from(hash.as_slice()).ok())
            .unwrap_or(BEGINNING),
        digests,
    };
    if block.is_empty()
        || entries
            .iter()
            .zip(block.from..)
            .any(|(entry, number)| entry.entry_number != number)
    {
        return Err(Error::internal(format!("the journal of {} has a gap", block.division)));
    }
    let hash = block.hash(sha256);
    let sealed = Seal {
        signature: key.sign(&hash).as_ref().to_vec(),
        public_key: key.public_key().as_ref().to_vec(),
        hash: hash.to_vec(),
        sealed_at: tx.now(),
        block,
    };
    seal::insert(&mut tx, &sealed).await?;
    tx.commit_unaudited().await
}
