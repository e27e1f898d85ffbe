//! Gives up announced payments whose money did not come in time.

use kit::{audit::Change, error::Result, service::Kit};

use crate::store::{journal, pending};

/// Most villages in one transaction.
const MOST: i64 = 200;

/// Ends every pending payment after its last day.
pub async fn expire(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    loop {
        let mut tx = kit.db.system("expire_pending_payments").await?;
        let villages = pending::expired_villages(&mut tx, today, MOST).await?;
        if villages.is_empty() {
            return Ok(());
        }
        let codes: Vec<&str> = villages.iter().map(String::as_str).collect();
        // Whoever posts one of them at this moment is waited for.
        journal::books_hold(&mut tx, &codes).await?;
        let now = tx.now();
        pending::expire(&mut tx, &villages, today, now).await?;
        let change = Change::new("expire", "", "pendingPayments");
        tx.commit_as(change.detail(format!("in {} villages", villages.len())))
            .await?;
    }
}
