//! What a proposed tariff would change for the households of a division in one year.

use std::cmp::Reverse;

use super::{Charge, ReliefClass, Tariff, charge, recovered, segments};
use crate::span::Span;

/// Households listed with their increase.
const MOST_INCREASES: usize = 20;
/// Villages listed with their totals.
const MOST_VILLAGES: usize = 500;

/// A household that over-occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupier<'a> {
    /// Code of its village.
    pub village: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Its hardship class.
    pub class: Option<ReliefClass>,
    /// What it over-occupies.
    pub over_dm2: i64,
}

/// What a year brings in under one set of tariffs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Households with a fee before relief.
    pub charged: i64,
    /// Before relief.
    pub gross_fen: i64,
    /// Remitted.
    pub relief_fen: i64,
    /// Taken back at the end of the year.
    pub recovered_dm2: i64,
    /// Deciles of what charged households pay; empty if there are none.
    pub deciles_fen: Vec<i64>,
}

/// Households whose fee moves in one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shift {
    /// Number of households.
    pub households: i64,
    /// Sum of the differences.
    pub amount_fen: i64,
}

/// A household that would pay more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increase {
    /// Code of its village.
    pub village: String,
    /// Its id.
    pub id: String,
    /// What it over-occupies.
    pub over_dm2: i64,
    /// What it pays now.
    pub now_fen: i64,
    /// What it would pay.
    pub then_fen: i64,
}

/// The households of one village.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Village {
    /// Its code.
    pub code: String,
    /// Households counted.
    pub households: i64,
    /// Of them charged now and then.
    pub charged: (i64, i64),
    /// What they pay now and then.
    pub net_fen: (i64, i64),
}

/// What would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Households counted.
    pub households: i64,
    /// Under the tariffs in force.
    pub now: Totals,
    /// Under the proposed ones.
    pub then: Totals,
    /// Who would pay less.
    pub winners: Shift,
    /// Who would pay more.
    pub losers: Shift,
    /// Who would pay the same.
    pub unchanged: i64,
    /// The largest increases, the largest first.
    pub increases: Vec<Increase>,
    /// The first villages.
    pub villages: Vec<Village>,
    /// All villages.
    pub village_count: i64,
}

/// The fees of one set of tariffs.
struct Side<'a> {
    tariffs: &'a [Tariff],
    /// What holds in the village at hand.
    here: Vec<(Span, Option<&'a Tariff>)>,
    totals: Totals,
    fees: Vec<i64>,
}

impl Side<'_> {
    fn add(&mut self, occupier: &Occupier<'_>) -> Option<Charge> {
        let mut sum = Charge::default();
        for (span, tariff) in &self.here {
            let Some(tariff) = tariff else { continue };
            let part = charge(tariff, occupier.over_dm2, occupier.class, *span)?;
            sum.gross_fen = sum.gross_fen.checked_add(part.gross_fen)?;
            sum.relief_fen = sum.relief_fen.checked_add(part.relief_fen)?;
        }
        if let Some((_, Some(last))) = self.here.last() {
            self.totals.recovered_dm2 += recovered(last, occupier.over_dm2);
        }
        if sum.gross_fen > 0 {
            self.totals.charged += 1;
            self.totals.gross_fen = self.totals.gross_fen.checked_add(sum.gross_fen)?;
            self.totals.relief_fen += sum.relief_fen;
            self.fees.push(sum.net_fen());
        }
        Some(sum)
    }

    fn finish(mut self) -> Totals {
        self.totals.deciles_fen = deciles(&mut self.fees);
        self.totals
    }
}

/// Adds up households one after another, those of a village together.
pub struct Simulation<'a> {
    span: Span,
    now: Side<'a>,
    then: Side<'a>,
    outcome: Outcome,
    here: Village,
}

impl<'a> Simulation<'a> {
    /// Compares the tariffs `now` with those of `then` over `span`.
    pub fn new(now: &'a [Tariff], then: &'a [Tariff], span: Span) -> Self {
        let side = |tariffs| Side {
            tariffs,
            here: Vec::new(),
            totals: Totals::default(),
            fees: Vec::new(),
        };
        Self {
            span,
            now: side(now),
            then: side(then),
            outcome: Outcome::default(),
            here: Village::default(),
        }
    }

    /// Counts a household; they come by village and id. `None` only where numbers lie beyond all bounds.
    pub fn add(&mut self, occupier: &Occupier<'_>) -> Option<()> {
        if self.here.code != occupier.village || self.outcome.households == 0 {
            self.leave();
            occupier.village.clone_into(&mut self.here.code);
            for side in [&mut self.now, &mut self.then] {
                side.here = segments(side.tariffs, occupier.village, self.span);
            }
        }
        let (now, then) = (self.now.add(occupier)?, self.then.add(occupier)?);
        let (now_fen, then_fen) = (now.net_fen(), then.net_fen());
        let (here, outcome) = (&mut self.here, &mut self.outcome);
        here.households += 1;
        here.charged.0 += i64::from(now.gross_fen > 0);
        here.charged.1 += i64::from(then.gross_fen > 0);
        here.net_fen.0 += now_fen;
        here.net_fen.1 += then_fen;
        outcome.households += 1;
        match then_fen - now_fen {
            0 => outcome.unchanged += 1,
            difference => {
                let shift = if difference < 0 {
                    &mut outcome.winners
                } else {
                    &mut outcome.losers
                };
                shift.households += 1;
                shift.amount_fen += difference.abs();
            }
        }
        self.rank(occupier, now_fen, then_fen);
        Some(())
    }

    /// Keeps the largest increases; of equal ones those that came first.
    fn rank(&mut self, occupier: &Occupier<'_>, now_fen: i64, then_fen: i64) {
        let increases = &mut self.outcome.increases;
        let by = then_fen - now_fen;
        let at = increases.partition_point(|known| Reverse(known.then_fen - known.now_fen) <= Reverse(by));
        if by <= 0 || at >= MOST_INCREASES {
            return;
        }
        increases.truncate(MOST_INCREASES - 1);
        increases.insert(
            at,
            Increase {
                village: occupier.village.to_owned(),
                id: occupier.id.to_owned(),
                over_dm2: occupier.over_dm2,
                now_fen,
                then_fen,
            },
        );
    }

    fn leave(&mut self) {
        let village = std::mem::take(&mut self.here);
        if village.households == 0 {
            return;
        }
        self.outcome.village_count += 1;
        if self.outcome.villages.len() < MOST_VILLAGES {
            self.outcome.villages.push(village);
        }
    }

    /// What would change.
    pub fn finish(mut self) -> Outcome {
        self.leave();
        Outcome {
            now: self.now.finish(),
            then: self.then.finish(),
            ..self.outcome
        }
    }
}

/// The ten deciles by nearest rank: the k-th is the value at position ⌈k·n/10⌉ of the values in order.
fn deciles(values: &mut [i64]) -> Vec<i64> {
    values.sort_unstable();
    let rank = |k: usize| values.get((k * values.len()).div_ceil(10).wrapping_sub(1)).copied();
    (1..=10).filter_map(rank).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::tariff::{Band, samples};

    fn year() -> Span {
        Span::new(date!(2024 - 01 - 01), date!(2025 - 01 - 01)).expect("a year")
    }

    #[test]
    fn deciles_are_amounts_that_somebody_pays() {
        assert!(deciles(&mut []).is_empty());
        assert_eq!(deciles(&mut [7]), [7; 10]);
        assert_eq!(deciles(&mut [3, 1, 2]), [1, 1, 1, 2, 2, 2, 3, 3, 3, 3]);
        let mut hundred: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(deciles(&mut hundred), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        let mut eleven: Vec<i64> = (1..=11).collect();
        assert_eq!(deciles(&mut eleven), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }

    fn occupier<'a>(village: &'a str, id: &'a str, over_dm2: i64) -> Occupier<'a> {
        Occupier {
            village,
            id,
            class: None,
            over_dm2,
        }
    }

    /// 20 yuan from 60 m² on, nothing below.
    fn steep() -> Tariff {
        Tariff {
            free_allowance_dm2: 6_000,
            bands: vec![Band {
                from_dm2: 6_000,
                to_dm2: None,
                price_fen_per_m2: 2_000,
                recovery: false,
            }],
            ..samples::marginal()
        }
    }

    #[test]
    fn who_wins_and_who_loses() {
        let (now, then) = ([samples::marginal()], [steep()]);
        let mut simulation = Simulation::new(&now, &then, year());
        for (village, id, over) in [
            ("410225001213", "A1", 6_000),
            ("410225001213", "A2", 10_000),
            ("410225001214", "B1", 3_000),
            ("410226001213", "far", 99_999),
        ] {
            simulation.add(&occupier(village, id, over)).expect("in range");
        }
        let outcome = simulation.finish();
        assert_eq!(
            (outcome.households, outcome.unchanged, outcome.village_count),
            (4, 2, 3)
        );
        // A1 pays 240 yuan now and nothing then; A2 640 now and 800 then.
        assert_eq!(
            (
                outcome.now.charged,
                outcome.now.gross_fen,
                outcome.then.charged,
                outcome.then.gross_fen
            ),
            (2, 88_000, 1, 80_000)
        );
        let shift = |households, amount_fen| Shift { households, amount_fen };
        assert_eq!((outcome.winners, outcome.losers), (shift(1, 24_000), shift(1, 16_000)));
        let [increase] = outcome.increases.as_slice() else {
            panic!("one: {:?}", outcome.increases)
        };
        assert_eq!(
            (increase.id.as_str(), increase.now_fen, increase.then_fen),
            ("A2", 64_000, 80_000)
        );
        assert_eq!(outcome.villages[0].charged, (2, 1));
        assert_eq!(outcome.villages[0].net_fen, (88_000, 80_000));
        assert_eq!(outcome.now.deciles_fen[4..6], [24_000, 64_000]);
    }

    #[test]
    fn only_the_largest_increases_and_the_first_villages_are_kept() {
        let (now, then) = ([], [steep()]);
        let mut simulation = Simulation::new(&now, &then, year());
        for at in 0..600_i64 {
            let (village, id) = (format!("410225{at:06}"), format!("H{at:03}"));
            simulation
                .add(&occupier(&village, &id, 6_100 + at / 2))
                .expect("in range");
        }
        let outcome = simulation.finish();
        assert_eq!((outcome.villages.len(), outcome.village_count), (500, 600));
        let ids: Vec<_> = outcome.increases.iter().map(|increase| increase.id.as_str()).collect();
        assert_eq!((ids.len(), &ids[..4]), (20, &["H598", "H599", "H596", "H597"][..]));
    }

    proptest! {
        #[test]
        fn the_parts_add_up(areas in proptest::collection::vec((0..3_u8, 0..40_000_i64), 0..60)) {
            let mut areas = areas;
            areas.sort_unstable();
            let (now, then) = ([samples::marginal()], [samples::capped(samples::whole_band())]);
            let mut simulation = Simulation::new(&now, &then, year());
            for (village, area) in &areas {
                simulation.add(&occupier(&format!("41022500121{village}"), "H", *area)).expect("in range");
            }
            let outcome = simulation.finish();
            let net = |totals: &Totals| totals.gross_fen - totals.relief_fen;
            let moved = outcome.losers.amount_fen - outcome.winners.amount_fen;
            prop_assert_eq!(net(&outcome.then) - net(&outcome.now), moved);
            let counted = outcome.winners.households + outcome.losers.households + outcome.unchanged;
            prop_assert_eq!(counted, outcome.households);
            prop_assert_eq!(outcome.villages.iter().map(|village| village.net_fen.1).sum::<i64>(), net(&outcome.then));
            prop_assert_eq!(outcome.villages.iter().map(|village| village.households).sum::<i64>(), outcome.households);
            let fall = |list: &[Increase]| list.windows(2).all(|pair| {
                pair[0].then_fen - pair[0].now_fen >= pair[1].then_fen - pair[1].now_fen
            });
            prop_assert!(fall(&outcome.increases));
        }
    }
}
