//! Bays: how many trucks are served at a time.

/// Begin and end of a service.
pub type Span = (i64, i64);

/// The earliest begin at or after `from_s` at which one of `bays` is free for `length_s`.
pub fn free_from(taken: &[Span], bays: usize, from_s: i64, length_s: i64) -> i64 {
    let mut at_s = from_s;
    while let Some(next_s) = crowded(taken, bays, at_s, at_s + length_s) {
        at_s = next_s;
    }
    at_s
}

/// The latest begin at or before `until_s` at which one of `bays` is free for `length_s`.
pub fn free_until(taken: &[Span], bays: usize, until_s: i64, length_s: i64) -> i64 {
    let mut at_s = until_s;
    while crowded(taken, bays, at_s, at_s + length_s).is_some() {
        let met = taken.iter().filter(|span| span.0 < at_s + length_s && span.1 > at_s);
        at_s = met.map(|span| span.0).max().unwrap_or(at_s) - length_s;
    }
    at_s
}

/// The next time at which a bay comes free, if at some time between `from_s` and `to_s` none is.
fn crowded(taken: &[Span], bays: usize, from_s: i64, to_s: i64) -> Option<i64> {
    let there = |at_s: i64| taken.iter().filter(|span| span.0 <= at_s && at_s < span.1).count();
    let begins = taken
        .iter()
        .map(|span| span.0)
        .filter(|begin| (from_s..to_s).contains(begin));
    let full = from_s < to_s && std::iter::once(from_s).chain(begins).any(|at_s| there(at_s) >= bays);
    if !full {
        return None;
    }
    let met = taken.iter().filter(|span| span.0 < to_s && span.1 > from_s);
    met.map(|span| span.1).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_waits_for_a_bay() {
        let taken = [(10, 20), (30, 40)];
        assert_eq!(free_from(&taken, 1, 0, 10), 0);
        assert_eq!(free_from(&taken, 1, 1, 10), 20);
        assert_eq!(free_from(&taken, 1, 21, 10), 40);
        assert_eq!(free_from(&taken, 2, 15, 100), 15);
        assert_eq!(free_from(&[(0, 20), (10, 30)], 2, 5, 10), 20);
        assert_eq!(free_from(&[(0, 20)], 1, 5, 0), 5, "what takes no time needs no bay");
        assert_eq!(free_until(&taken, 1, 45, 10), 45);
        assert_eq!(free_until(&taken, 1, 39, 10), 20);
        assert_eq!(free_until(&taken, 1, 19, 10), 0);
        assert_eq!(free_until(&taken, 2, 15, 100), 15);
    }
}
