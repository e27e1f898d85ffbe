//! Seals the journal behind the writers: block by block, each signed.

use homestead_core::chain::{BEGINNING, Block};
use kit::{
    error::{Error, Result},
    service::Kit,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::apart::Apart;
use crate::{
    bookkeeping::recount::sha256,
    store::seal::{self, Seal, Unsealed},
};

/// Books that are looked for at once.
const BOOKS: i64 = 200;
/// Most entries in one block.
const ENTRIES: i64 = 1_000;

/// What blocks and roots are signed with. It follows from the key of the blind index, which is the one that is never changed.
pub fn key(kit: &Kit) -> Result<Ed25519KeyPair> {
    let seed = kit.crypt.blind("ledger.seal", "ed25519");
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(Error::internal)
}

/// Seals everything that is posted.
pub async fn seal(kit: &Kit) -> Result<()> {
    let key = key(kit)?;
    let (mut after, mut round) = (String::new(), Apart::default());
    loop {
        let books = {
            let mut tx = kit.db.system("seal").await?;
            seal::unsealed(&mut tx, &after, BOOKS).await?
        };
        let Some(last) = books.last() else { return round.end() };
        after.clone_from(&last.division_code);
        for book in books {
            let village = book.division_code.clone();
            round.take(&village, up_to_date(kit, &key, book).await);
        }
    }
}

/// Seals a book block by block up to the entry that it had when it was looked for.
async fn up_to_date(kit: &Kit, key: &Ed25519KeyPair, mut book: Unsealed) -> Result<()> {
    while book.next <= book.entries {
        let sealed = block(kit, key, &book).await?;
        book.next = sealed.block.from + sealed.block.len();
        book.previous = Some(sealed.hash);
    }
    Ok(())
}

/// Seals at most [`ENTRIES`] of what follows in a book.
async fn block(kit: &Kit, key: &Ed25519KeyPair, book: &Unsealed) -> Result<Seal> {
    let mut tx = kit.db.system("seal").await?;
    let entries = seal::entries_from(&mut tx, &book.division_code, book.next, ENTRIES).await?;
    let digests = entries
        .iter()
        .flat_map(|entry| entry.canonical().digest(sha256))
        .collect();
    let block = Block {
        division: book.division_code.clone(),
        from: book.next,
        previous: book
            .previous
            .as_deref()
            .and_then(|hash| <[u8; 32]>::try_from(hash).ok())
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
    tx.commit_unaudited().await?;
    Ok(sealed)
}
