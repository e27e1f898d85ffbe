//! How large a file may grow.

use crate::sources::all;

/// Files over 600 lines, and why.
const LONGER: [(&str, &str); 0] = [];

#[test]
fn files_stay_small() {
    let mut files: Vec<(usize, String)> = ["rs", "sql", "proto"]
        .into_iter()
        .flat_map(all)
        .map(|source| (source.text.lines().count(), source.path))
        .collect();
    files.sort_unstable();
    let at = |percent: usize| files[(files.len() - 1) * percent / 100].0;
    assert!(at(50) <= 150, "median: {} lines", at(50));
    assert!(at(90) <= 400, "nine of ten: {} lines", at(90));
    let long: Vec<&str> = files
        .iter()
        .filter(|(lines, _)| *lines > 600)
        .map(|(_, path)| path.as_str())
        .collect();
    for path in &long {
        assert!(
            LONGER.iter().any(|(known, _)| known == path),
            "{path} is over 600 lines"
        );
    }
    for (path, why) in LONGER {
        assert!(
            long.contains(&path),
            "{path} is short: its reason ({why}) is not needed"
        );
    }
}
