//! Records which agreements on instalments were kept, fulfilled or broken, village by village.

use kit::{audit::Change, error::Result, service::Kit};

use crate::{
    bookkeeping::instalments::{changes, follow},
    store::{instalment, journal},
    wire::names,
};

/// Goes through all agreements that can change by themselves.
pub async fn follow_all(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    let mut tx = kit.db.system("instalments").await?;
    let villages = instalment::villages_open(&mut tx).await?;
    drop(tx);
    for village in &villages {
        let mut tx = kit.db.system("instalments").await?;
        let plans = instalment::plans_open(&mut tx, village).await?;
        if !plans.iter().any(|plan| changes(plan, today)) {
            continue;
        }
        journal::books_hold(&mut tx, &[village]).await?;
        // Again, now that nobody else can change it.
        let plans = instalment::plans_open(&mut tx, village).await?;
        follow(&mut tx, &plans, today).await?;
        let change = Change::new("follow_instalments", village, &names::of("divisions", village));
        tx.commit_as(change).await?;
    }
    Ok(())
}
