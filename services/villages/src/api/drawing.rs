//! What a drawing of grids or areas asks for: some are drawn, others end.

use std::collections::HashSet;

use kit::error::{Error, Result, Violation};

const MOST: usize = 1_000;

/// Everything that is drawn, and the codes of those that end; all that is wrong is told at once. `field` names what is drawn in the
/// request.
pub(super) fn read<D>(
    field: &str,
    given: impl ExactSizeIterator<Item = Result<D>>,
    code_of: fn(&D) -> &str,
    ended: impl ExactSizeIterator<Item = Result<String>>,
) -> Result<(Vec<D>, Vec<String>)> {
    let count = given.len() + ended.len();
    if !(1..=MOST).contains(&count) {
        return Err(Error::invalid(
            field,
            count,
            format!("1 to 1,000 {field}, drawn or ended"),
        ));
    }
    let mut wrong = Vec::new();
    let drawn = good(given, &mut wrong);
    let ended = good(ended, &mut wrong);
    let mut seen = HashSet::new();
    let codes = drawn.iter().map(code_of).chain(ended.iter().map(String::as_str));
    let twice = codes.filter(|code| !seen.insert(*code));
    wrong.extend(twice.map(|code| Violation::new(field, code, "each once, drawn or ended")));
    if wrong.is_empty() {
        Ok((drawn, ended))
    } else {
        Err(Error::invalid_many(wrong))
    }
}

fn good<T>(given: impl Iterator<Item = Result<T>>, wrong: &mut Vec<Violation>) -> Vec<T> {
    let one = |result: Result<T>| result.map_err(|error| wrong.extend_from_slice(error.violations())).ok();
    given.filter_map(one).collect()
}
