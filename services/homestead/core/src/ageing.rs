//! Age of arrears in days since the due date.

/// First day of each bucket after "not due": 0–30, 31–90, 91–180, 181–365, more.
pub const EDGES: [i32; 5] = [0, 31, 91, 181, 366];

/// Number of buckets, "not due" included.
pub const BUCKETS: usize = EDGES.len() + 1;

/// Bucket of a bill that was due `days` days ago: 0 is not due yet, 5 more than 365 days.
pub fn bucket(days: i64) -> usize {
    EDGES.iter().filter(|edge| i64::from(**edge) <= days).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_older_bucket() {
        let days = [-1, 0, 30, 31, 90, 91, 180, 181, 365, 366, i64::MAX];
        assert_eq!(days.map(bucket), [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }
}
