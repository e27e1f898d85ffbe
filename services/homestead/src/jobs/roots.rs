//! Signs roots over the chains of counties, so that whoever keeps one can show later what is gone from the end of a book.

use homestead_core::root::Roots;
use kit::{
    error::{Error, Result},
    service::Kit,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::apart::Apart;
use crate::{
    bookkeeping::recount::sha256,
    store::{
        recount::counties,
        root::{self, Root},
    },
};

/// Makes the next root of every county in which a book went on. One that fails keeps no other from it.
pub async fn make(kit: &Kit) -> Result<()> {
    let key = super::seal::key(kit)?;
    let counties = {
        let mut tx = kit.db.system("roots").await?;
        counties(&mut tx).await?
    };
    let mut round = Apart::default();
    for county in counties {
        round.take(&county, next(kit, &key, &county).await);
    }
    round.end()
}

async fn next(kit: &Kit, key: &Ed25519KeyPair, county: &str) -> Result<()> {
    let mut tx = kit.db.system("roots").await?;
    let stated = root::stated(&mut tx, county).await?;
    let walk = match root::last(&mut tx, county).await? {
        Some(last) => Roots::after(sha256, county, last.number, root::bytes(&last.hash), stated.clone()),
        None => Roots::new(sha256, county),
    };
    let now = root::ends(&mut tx, county).await?;
    let mut shorter = None;
    for was in &stated {
        let end = now.iter().find(|head| head.division == was.division);
        if end.is_none_or(|end| end.last < was.last) {
            let (village, last) = (&was.division, was.last);
            shorter = Some(format!(
                "the journal of {village} ends before entry {last}, which a root states"
            ));
        }
    }
    let shorter = shorter.map_or(Ok(()), |fault| Err(Error::internal(fault)));
    let Some((step, hash)) = walk.next(now) else {
        return shorter;
    };
    let books = step
        .moved
        .iter()
        .filter(|head| !stated.iter().any(|was| was.division == head.division))
        .count()
        + walk.books();
    let row = Root {
        id: kit.ids.next(),
        division_code: county.to_owned(),
        number: step.number,
        previous: step.previous.to_vec(),
        book_count: i64::try_from(books).map_err(Error::internal)?,
        signature: key.sign(&hash).as_ref().to_vec(),
        public_key: key.public_key().as_ref().to_vec(),
        hash: hash.to_vec(),
        rooted_at: tx.now(),
    };
    if root::insert(&mut tx, &row, &step.moved).await? {
        tx.commit_unaudited().await?;
    }
    shorter
}
