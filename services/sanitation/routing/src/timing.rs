//! When work may begin, given windows.

use crate::Window;

/// The earliest begin at or after `arrival_s`; none when every window has closed.
pub(crate) fn earliest_begin(windows: &[Window], arrival_s: i64) -> Option<i64> {
    if windows.is_empty() {
        return Some(arrival_s);
    }
    let window = windows.iter().find(|window| arrival_s <= window.close_s)?;
    Some(arrival_s.max(window.open_s))
}

/// The latest begin at or before `limit_s`; none when no window has opened by then.
pub(crate) fn latest_begin(windows: &[Window], limit_s: i64) -> Option<i64> {
    if windows.is_empty() {
        return Some(limit_s);
    }
    let window = windows.iter().rev().find(|window| window.open_s <= limit_s)?;
    Some(limit_s.min(window.close_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: [Window; 2] = [Window::new(10, 20), Window::new(30, 40)];

    #[test]
    fn begins_within_the_first_window_that_is_left() {
        let begins = [5, 15, 20, 21, 40, 41].map(|arrival| earliest_begin(&DAY, arrival));
        assert_eq!(begins, [Some(10), Some(15), Some(20), Some(30), Some(40), None]);
        assert_eq!(earliest_begin(&[], 7), Some(7));
    }

    #[test]
    fn latest_begin_mirrors_the_earliest() {
        let begins = [9, 10, 25, 30, 99].map(|limit| latest_begin(&DAY, limit));
        assert_eq!(begins, [None, Some(10), Some(20), Some(30), Some(40)]);
        assert_eq!(latest_begin(&[], 7), Some(7));
    }
}
