//! Where a yearly fee is not continuous in the area.

use super::{Band, Mode, Tariff, charge::adjustment};

/// A jump at the lower edge of a band, in hundredths of a fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Jump {
    /// Index of the band.
    pub band: usize,
    /// What the fee tends to below the edge.
    pub below: i64,
    /// What it tends to above.
    pub above: i64,
}

/// The jumps of a tariff whose bands have neither hole nor overlap. Edges with numbers beyond all bounds are left out.
pub(super) fn jumps(tariff: &Tariff) -> Vec<Jump> {
    let jump = |band| {
        let (below, above) = (below(tariff, band)?, above(tariff, band)?);
        (below != above).then_some(Jump { band, below, above })
    };
    (0..tariff.bands.len()).filter_map(jump).collect()
}

fn below(tariff: &Tariff, at: usize) -> Option<i64> {
    let edge = tariff.bands[at].from_dm2;
    let sum = match (tariff.mode, at) {
        (_, 0) => 0,
        (Mode::Marginal, _) => sum_of(&tariff.bands[..at])?,
        (Mode::WholeBand, _) => whole(tariff, edge, at - 1)?,
    };
    sum.checked_add(adjustment(tariff, sum)?.1)
}

fn above(tariff: &Tariff, at: usize) -> Option<i64> {
    let band = &tariff.bands[at];
    let sum = match tariff.mode {
        Mode::Marginal => sum_of(&tariff.bands[..at])?,
        Mode::WholeBand => whole(tariff, band.from_dm2, at)?,
    };
    if sum == 0 && band.price_fen_per_m2 > 0 && !band.recovery {
        // The smallest area above the edge costs something, so the least fee of a year is due for it.
        return tariff.minimum_fen.checked_mul(100);
    }
    sum.checked_add(adjustment(tariff, sum)?.1)
}

/// The fee of `area_dm2` if all of it is in the band at `at`.
fn whole(tariff: &Tariff, area_dm2: i64, at: usize) -> Option<i64> {
    let band = &tariff.bands[at];
    let price = if band.recovery { 0 } else { band.price_fen_per_m2 };
    area_dm2.checked_sub(tariff.free_allowance_dm2)?.checked_mul(price)
}

/// The fee of bands filled up to their upper edge.
fn sum_of(bands: &[Band]) -> Option<i64> {
    bands.iter().try_fold(0_i64, |sum, band| {
        let area = band.to_dm2?.checked_sub(band.from_dm2)?;
        sum.checked_add(area.checked_mul(band.price_fen_per_m2)?)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::{
        span::Span,
        tariff::{charge, samples},
    };

    fn found(tariff: &Tariff) -> Vec<(usize, i64, i64)> {
        jumps(tariff)
            .into_iter()
            .map(|jump| (jump.band, jump.below, jump.above))
            .collect()
    }

    #[test]
    fn each_jump_is_found_at_its_band() {
        assert_eq!(found(&samples::marginal()), []);
        assert_eq!(found(&samples::capped(samples::marginal())), []);
        assert_eq!(found(&samples::whole_band()), [(1, 20_000_000, 40_000_000)]);
        assert_eq!(
            found(&samples::capped(samples::whole_band())),
            [(1, 20_000_000, 40_000_000), (2, 40_002_000, 0)]
        );
        let mut tariff = samples::marginal();
        tariff.minimum_fen = 5_000;
        assert_eq!(found(&tariff), [(0, 0, 500_000)]);
        // The least fee begins where the first price does.
        tariff.bands[0].price_fen_per_m2 = 0;
        assert_eq!(found(&tariff), [(1, 0, 500_000)]);
    }

    #[test]
    fn a_cap_below_the_edge_takes_the_jump_away() {
        let mut tariff = samples::whole_band();
        tariff.cap_fen = Some(150_000);
        assert_eq!(found(&tariff), []);
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_is_charged(
            widths in proptest::collection::vec(3..800_i64, 1..5),
            prices in proptest::collection::vec(0..2_000_i64, 6),
            free in 0..500_i64,
            minimum_fen in prop_oneof![Just(0), 1..50_000_i64],
            cap_fen in proptest::option::of(50_000..300_000_i64),
            (whole, recovery) in any::<(bool, bool)>(),
        ) {
            let mut bands: Vec<Band> = Vec::new();
            for (at, width) in widths.iter().enumerate() {
                let from_dm2 = bands.last().and_then(|band| band.to_dm2).unwrap_or(free);
                bands.push(Band { from_dm2, to_dm2: Some(from_dm2 + width), price_fen_per_m2: prices[at], recovery: false });
            }
            let from_dm2 = bands[bands.len() - 1].to_dm2.expect("an edge");
            let price_fen_per_m2 = if recovery { 0 } else { prices[5] };
            bands.push(Band { from_dm2, to_dm2: None, price_fen_per_m2, recovery });
            let mode = if whole { Mode::WholeBand } else { Mode::Marginal };
            let tariff = Tariff { mode, bands, free_allowance_dm2: free, minimum_fen, cap_fen, ..samples::marginal() };
            let year = Span::new(date!(2023 - 01 - 01), date!(2024 - 01 - 01)).expect("a year");
            let fee = |area: i64| charge(&tariff, area, None, year).expect("in range").gross_fen;
            let jumps = jumps(&tariff);
            let edge = |jump: &Jump| tariff.bands[jump.band].from_dm2;
            for jump in &jumps {
                let step = (fee(edge(jump) + 1) - fee((edge(jump) - 1).max(0))).abs();
                prop_assert!(step + 45 >= (jump.above - jump.below).abs() / 100, "{tariff:?} at {jump:?}");
            }
            for area in 0..free + widths.iter().sum::<i64>() + 10 {
                // A step of 0.01 m² costs at most a hundredth of the dearest price, whatever the tariff, except at a jump: that
                // lies between the last area below an edge and the first in the band or above its edge.
                let near = jumps.iter().any(|jump| (edge(jump) - 1..=edge(jump)).contains(&area));
                prop_assert!(near || (fee(area + 1) - fee(area)).abs() <= 21, "{tariff:?} at {area}");
            }
        }
    }
}
