//! Ageing reports for the wire.

use homestead_core::ageing::BUCKETS;
use proto::xiangtu::homestead::v1::{AgeingBucket, AgeingRow};

use super::{names, payment::cadre};
use crate::store::ageing::{Cell, Group};

/// The rows of a report, and its total under the name of `division`.
pub fn rows(cells: Vec<Cell>, group: Group, division: &str) -> (Vec<AgeingRow>, AgeingRow) {
    let mut groups: Vec<(String, [AgeingBucket; BUCKETS])> = Vec::new();
    let mut total = [AgeingBucket::default(); BUCKETS];
    for cell in cells {
        if groups.last().is_none_or(|(key, _)| *key != cell.key) {
            groups.push((cell.key.clone(), [AgeingBucket::default(); BUCKETS]));
        }
        let at = usize::try_from(cell.bucket).unwrap_or(0);
        let own = groups.last_mut().and_then(|(_, buckets)| buckets.get_mut(at));
        for bucket in own.into_iter().chain(total.get_mut(at)) {
            bucket.outstanding_fen += cell.outstanding_fen;
            bucket.bill_count += cell.bills;
        }
    }
    let subject = |key: &str| match group {
        Group::Village | Group::Township => names::of("divisions", key),
        Group::Cadre => cadre(key),
    };
    let whole = if division.is_empty() {
        String::new()
    } else {
        names::of("divisions", division)
    };
    (
        groups
            .into_iter()
            .map(|(key, buckets)| row(subject(&key), buckets))
            .collect(),
        row(whole, total),
    )
}

fn row(subject: String, buckets: [AgeingBucket; BUCKETS]) -> AgeingRow {
    let total = AgeingBucket {
        outstanding_fen: buckets.iter().map(|bucket| bucket.outstanding_fen).sum(),
        bill_count: buckets.iter().map(|bucket| bucket.bill_count).sum(),
    };
    let [not_due, to_30, to_90, to_180, to_365, over_365] = buckets.map(Some);
    AgeingRow {
        subject,
        not_due,
        days_0_to_30: to_30,
        days_31_to_90: to_90,
        days_91_to_180: to_180,
        days_181_to_365: to_365,
        days_over_365: over_365,
        total: Some(total),
    }
}
