//! Grants the discount of the tariff to bills that were paid in time, and takes it back where they are owed again.

use std::collections::{HashMap, HashSet};

use homestead_core::{
    entry::{Account, Kind, Move},
    tariff::Discount,
};
use kit::{
    audit::Change,
    db::Tx,
    error::{Error, Result},
    service::Kit,
};
use time::Date;
use uuid::Uuid;

use super::apart::Apart;
use crate::{
    bookkeeping::posting::{self, Draft, moved},
    store::{
        discount::{self, Granted},
        journal, tariff,
    },
    wire::names,
};

/// Most villages that are listed at once.
const MOST: i64 = 200;

/// Goes through all villages whose books have changed since the last time.
pub async fn grant_all(kit: &Kit) -> Result<()> {
    let mut tx = kit.db.system("discounts").await?;
    let tariffs = tariff::tariff_all(&mut tx).await?;
    drop(tx);
    let offered: HashMap<Uuid, Discount> = tariffs
        .iter()
        .filter_map(|stored| Some((stored.id, stored.tariff.discount?)))
        .collect();
    let (mut after, mut round) = (String::new(), Apart::default());
    loop {
        let mut tx = kit.db.system("discounts").await?;
        let villages = discount::changed(&mut tx, &after, MOST).await?;
        drop(tx);
        let Some(last) = villages.last() else {
            return round.end();
        };
        after.clone_from(last);
        for village in &villages {
            round.take(village, grant(kit, village, &offered).await);
        }
    }
}

/// Goes through one village.
async fn grant(kit: &Kit, village: &str, offered: &HashMap<Uuid, Discount>) -> Result<()> {
    let today = kit.clock.today();
    let (tariffs, days): (Vec<Uuid>, Vec<i32>) = offered.iter().map(|(id, one)| (*id, one.within_days)).unzip();
    let mut tx = kit.db.system("discounts").await?;
    journal::books_hold(&mut tx, &[village]).await?;
    let (mut posted, mut withdrawn) = (Vec::new(), 0);
    for lost in discount::lost(&mut tx, village).await? {
        withdrawn += 1;
        // A correction may have taken a part of it back before.
        let back = lost.saved_fen.min(lost.relieved_fen);
        let id = if back > 0 {
            let moves = [moved(Account::Receivable, Account::Relief, back, Some(lost.bill_id))];
            let document = names::of("entries", lost.entry_id);
            let of = (village, lost.household_id.as_str());
            let id = post(kit, &mut tx, (Kind::Correction, of, today, &document), &moves).await?;
            posted.push(id);
            id
        } else {
            lost.entry_id
        };
        discount::withdrawn(&mut tx, lost.bill_id, id).await?;
    }
    // What a discount leaves may settle another bill of the household, which is looked at anew in the next round.
    let (mut looking, mut earned) = (true, 0);
    while std::mem::take(&mut looking) {
        let (mut settled, mut granted) = (HashSet::new(), Vec::new());
        for bill in discount::candidates(&mut tx, village, &tariffs, &days).await? {
            if settled.contains(&bill.household_id) {
                continue;
            }
            let terms = offered
                .get(&bill.tariff_id)
                .ok_or_else(|| Error::internal("a discount without tariff"))?;
            let in_time_fen = bill.in_time_fen.min(bill.paid_fen);
            let Some(saved_fen) = terms.earned_fen(bill.asked_fen, in_time_fen) else {
                continue;
            };
            let mut moves = vec![moved(
                Account::Relief,
                Account::Receivable,
                saved_fen,
                Some(bill.bill_id),
            )];
            let ahead = saved_fen - bill.outstanding_fen;
            if ahead > 0 {
                moves.push(moved(Account::Receivable, Account::Advance, ahead, Some(bill.bill_id)));
                settled.insert(bill.household_id.clone());
                looking = true;
            }
            let document = names::of("tariffs", bill.tariff_id);
            let of = (village, bill.household_id.as_str());
            let entry_id = post(kit, &mut tx, (Kind::Discount, of, today, &document), &moves).await?;
            granted.push(Granted {
                bill_id: bill.bill_id,
                entry_id,
                saved_fen,
            });
        }
        discount::granted(&mut tx, village, &granted).await?;
        posted.extend(granted.iter().map(|one| one.entry_id));
        earned += granted.len();
    }
    discount::looked(&mut tx, village).await?;
    if earned + withdrawn == 0 {
        return tx.commit_unaudited().await;
    }
    posting::announce(&mut tx, &posted).await?;
    let change = Change::new("grant_discounts", village, &names::of("divisions", village));
    tx.commit_as(change.detail(format!("{earned} granted, {withdrawn} taken back")))
        .await
}

/// Posts an entry of a household in a village.
async fn post(
    kit: &Kit,
    tx: &mut Tx,
    (kind, (division_code, household_id), effective_on, document): (Kind, (&str, &str), Date, &str),
    moves: &[Move<Uuid>],
) -> Result<Uuid> {
    let id = kit.ids.next();
    let draft = Draft {
        kind,
        division_code,
        household_id,
        cadre_id: "",
        effective_on,
        document,
        reverses: None,
        moves,
    };
    posting::post(tx, id, &document.to_owned(), &draft).await?;
    Ok(id)
}
