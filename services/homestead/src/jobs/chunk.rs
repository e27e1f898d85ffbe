//! Villages in portions that are worked through in one transaction each.

use crate::store::billing::Village;

/// Plots or bills in one transaction, about; a village is never cut.
const FULL: i64 = 2_000;

/// Portions worked on at the same time, each on a connection of its own.
pub const AT_ONCE: usize = 2;

/// Groups villages, in order, into portions.
pub fn chunks(villages: Vec<Village>) -> Vec<Vec<String>> {
    let mut chunks: Vec<(i64, Vec<String>)> = Vec::new();
    for village in villages {
        match chunks.last_mut() {
            Some((size, codes)) if *size + village.parcels <= FULL => {
                *size += village.parcels;
                codes.push(village.division_code);
            }
            _ => chunks.push((village.parcels, vec![village.division_code])),
        }
    }
    chunks.into_iter().map(|(_, codes)| codes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_village_comes_once_and_whole() {
        let village = |code: &str, parcels| Village {
            division_code: code.to_owned(),
            parcels,
        };
        let villages = vec![
            village("a", 1_500),
            village("b", 500),
            village("c", 1),
            village("d", 9_000),
            village("e", 1),
        ];
        assert_eq!(chunks(villages), [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"]]);
        assert!(chunks(Vec::new()).is_empty());
    }
}
