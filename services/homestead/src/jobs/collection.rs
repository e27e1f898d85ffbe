//! States how much of what was billed is paid, village by village, so that ratings need not ask.

use kit::{dates, error::Result, service::Kit};
use proto::xiangtu::{homestead::v1::ArrearsCollected, r#type::v1::Ratio};

use crate::{
    store::collection::{self, Changed},
    wire::names,
};

/// Most villages in one transaction.
const MOST: i64 = 200;

/// Emits `arrears.collected` for every book that has changed since the last time.
pub async fn state(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    loop {
        let mut tx = kit.db.system("state_collection").await?;
        let books = collection::changed(&mut tx, today, MOST).await?;
        if books.is_empty() {
            return Ok(());
        }
        for book in &books {
            let event = event(book, today);
            tx.emit("arrears.collected", &book.division_code, &event.division, &event);
        }
        collection::stated(&mut tx, &books).await?;
        tx.commit_unaudited().await?;
    }
}

fn event(book: &Changed, today: time::Date) -> ArrearsCollected {
    let collected = (book.due_fen > 0).then_some(Ratio {
        numerator: book.settled_fen,
        denominator: book.due_fen,
    });
    ArrearsCollected {
        division: names::of("divisions", &book.division_code),
        as_of: Some(dates::to_proto(today)),
        collected_fen: collected,
        overdue_household_count: book.overdue_households,
    }
}
