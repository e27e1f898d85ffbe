use proptest::prelude::*;

use super::{swap::Exchange, *};

const LIMITS: Limits = Limits {
    crew_days_milli: None,
    steps: 20_000,
};

fn candidate(code: &str, cost_fen: i64, crew_days_milli: i64) -> Candidate {
    Candidate {
        code: code.to_owned(),
        cost_fen,
        crew_days_milli,
    }
}

fn open(division: &str, missing: i64) -> Open {
    Open {
        division: division.to_owned(),
        missing,
    }
}

/// Every set that fills the quotas within the limit, best first as [`select`] states it.
fn by_force(candidates: &[Candidate], quotas: &[Open], limit: Option<i64>) -> Option<Chosen> {
    let set = |mask: u32| -> Vec<usize> { (0..candidates.len()).filter(|at| mask >> at & 1 == 1).collect() };
    let fills = |set: &Vec<usize>| {
        quotas.iter().all(|quota| {
            let inside = set
                .iter()
                .filter(|at| candidates[**at].code.starts_with(&quota.division));
            i64::try_from(inside.count()).expect("few") >= quota.missing
        })
    };
    let mut sets: Vec<Chosen> = (0..1 << candidates.len())
        .map(set)
        .filter(fills)
        .map(|villages| Chosen {
            cost: villages.iter().map(|at| i128::from(candidates[*at].cost_fen)).sum(),
            crew_days: villages
                .iter()
                .map(|at| i128::from(candidates[*at].crew_days_milli))
                .sum(),
            villages,
        })
        .filter(|chosen| limit.is_none_or(|limit| chosen.crew_days <= limit.into()))
        .collect();
    // No village more than needed, though it be free.
    sets.sort_by_key(|chosen| {
        (
            chosen.cost,
            chosen.crew_days,
            chosen.villages.len(),
            chosen.villages.clone(),
        )
    });
    sets.into_iter().next()
}

/// Up to twelve villages in three townships of a county, by code.
fn villages() -> impl Strategy<Value = Vec<Candidate>> {
    // A small range makes ties, a large one none; where work saves money the search has to branch.
    let range = prop_oneof![
        Just((4_i64, false)),
        Just((1_000_000, false)),
        Just((20, true)),
        Just((1_000_000, true))
    ];
    range.prop_flat_map(|(most, saves)| {
        prop::collection::vec((0..3_u8, 0..=most, 0..=most), 0..=12).prop_map(move |mut drawn| {
            drawn.sort_by_key(|(town, ..)| *town);
            let numbered = (0..).zip(drawn);
            numbered
                .map(|(at, (town, cost, days))| {
                    let cost = if saves { most - days + cost / 10 } else { cost };
                    candidate(&format!("41022510{town}{}", 200 + at), cost, days)
                })
                .collect()
        })
    })
}

/// Quotas of the county, its townships and one village.
fn quotas() -> impl Strategy<Value = Vec<Open>> {
    (-1..8_i64, prop::collection::vec(-1..4_i64, 3), 0..2_i64).prop_map(|(county, towns, village)| {
        let towns = (0..)
            .zip(towns)
            .map(|(at, missing)| open(&format!("41022510{at}"), missing));
        let mut quotas: Vec<Open> = towns.collect();
        quotas.extend([open("410225", county), open("410225100200", village)]);
        quotas
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Without a limit of crew days the answer is the one best set, ties included.
    #[test]
    fn the_greedy_finds_the_one_best_set(villages in villages(), quotas in quotas()) {
        let found = select(&villages, &quotas, LIMITS);
        let forced = by_force(&villages, &quotas, None);
        prop_assert_eq!(found.is_some(), forced.is_some());
        if let (Some(found), Some(forced)) = (found, forced) {
            prop_assert!(found.proven());
            prop_assert_eq!(found.best, Some(forced));
        }
    }

    /// Under a limit of crew days the answer keeps it, fills the quotas, and nothing is cheaper.
    #[test]
    fn the_search_proves_the_cheapest_set(villages in villages(), quotas in quotas(), part in 0..=100_i64) {
        let Some(free) = select(&villages, &quotas, LIMITS) else { return Ok(()) };
        let fewest = i64::try_from(free.fewest_crew_days).expect("small");
        let most = i64::try_from(free.best.expect("without limit").crew_days).expect("small");
        let limit = fewest + (most - fewest) * part / 100;
        let found = select(&villages, &quotas, Limits { crew_days_milli: Some(limit), ..LIMITS }).expect("enough");
        prop_assert!(found.proven());
        let best = found.best.expect("the fewest days are within the limit");
        let forced = by_force(&villages, &quotas, Some(limit)).expect("there is one");
        prop_assert_eq!(best.cost, forced.cost);
        prop_assert!(best.crew_days <= limit.into());
        prop_assert!(best.villages.is_sorted());
        for quota in &quotas {
            let inside = best.villages.iter().filter(|at| villages[**at].code.starts_with(&quota.division)).count();
            prop_assert!(i64::try_from(inside).expect("few") >= quota.missing);
        }
        prop_assert_eq!(best.cost, best.villages.iter().map(|at| i128::from(villages[*at].cost_fen)).sum::<i128>());
        prop_assert_eq!(by_force(&villages, &quotas, Some(fewest - 1)), None);
        let short = select(&villages, &quotas, Limits { crew_days_milli: Some(fewest - 1), ..LIMITS }).expect("enough");
        prop_assert_eq!((short.best, short.lower_bound), (None, None));
    }

    /// What a swap is said to add is what the best set with that decision weighs more.
    #[test]
    fn a_swap_adds_what_it_says(
        villages in villages(),
        quotas in quotas(),
        (money, work) in (0..50_i128, 0..50_i128),
        decided in prop::collection::vec(0..6_u8, 12),
    ) {
        let nest = Nest::new(&villages, &quotas);
        let rest = nest.decide(&nest.undecided(), |at| decided[at] == 0, |at| decided[at] == 1);
        let price = Price { money, work };
        let Some(pick) = nest.pick(&rest, price) else { return Ok(()) };
        let weight = |pick: &Pick| price.of(pick.cost, pick.crew_days);
        for swap in Exchange::new(&nest, &rest, &pick).swaps(price) {
            let this = |at: usize| at == swap.item;
            let other = nest.decide(&rest, |at| this(at) && !swap.inside, |at| this(at) && swap.inside);
            let other = nest.pick(&other, price);
            prop_assert_eq!(swap.added, other.map(|other| weight(&other) - weight(&pick)));
        }
    }

    /// Stopped early, the bound still holds and the set still keeps the limit.
    #[test]
    fn a_search_that_is_stopped_lies_about_nothing(villages in villages(), quotas in quotas(), part in 0..100_i64, steps in 0..6_u32) {
        let Some(free) = select(&villages, &quotas, LIMITS) else { return Ok(()) };
        let fewest = i64::try_from(free.fewest_crew_days).expect("small");
        let most = i64::try_from(free.best.expect("without limit").crew_days).expect("small");
        let limit = fewest + (most - fewest) * part / 100;
        let stopped = select(&villages, &quotas, Limits { crew_days_milli: Some(limit), steps }).expect("enough");
        let forced = by_force(&villages, &quotas, Some(limit)).expect("there is one");
        prop_assert!(stopped.lower_bound <= Some(forced.cost));
        let proven = stopped.proven();
        let best = stopped.best.expect("the quickest at least");
        prop_assert!(best.cost >= forced.cost && best.crew_days <= limit.into());
        prop_assert!(!proven || best.cost == forced.cost);
    }
}

#[test]
fn the_largest_sums_are_exact() {
    let villages: Vec<Candidate> = (0..500)
        .map(|at| {
            candidate(
                &format!("410225{at:06}"),
                MOST_COST_FEN - at % 7,
                MOST_CREW_DAYS_MILLI - 6 + at % 7,
            )
        })
        .collect();
    let half = 250 * MOST_CREW_DAYS_MILLI - 250 * 3;
    let found = select(
        &villages,
        &[open("410225", 250)],
        Limits {
            crew_days_milli: Some(half),
            ..LIMITS
        },
    )
    .expect("enough");
    assert!(found.proven());
    let best = found.best.expect("within the limit");
    // Each saved fen takes a thousandth of a day, so that the limit fixes the cost.
    assert_eq!(
        best.cost + best.crew_days,
        250 * i128::from(MOST_COST_FEN + MOST_CREW_DAYS_MILLI - 6)
    );
    assert_eq!(best.crew_days, i128::from(half));
}

/// A county of 500 villages in 16 townships, each with a quota, under that of the county.
fn a_county(seed: u64, kind: u8) -> (Vec<Candidate>, Vec<Open>) {
    let mut state = seed;
    let mut draw = move |most: i64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).expect("31 bits") % most
    };
    let villages = (0..500)
        .map(|at| {
            let code = format!("410225{}{}", 100 + at % 16, 200 + at / 16);
            let (cost, days) = match kind {
                // Whatever the village.
                0 => (draw(50_000_000), draw(900_000)),
                // More work, more money, give or take a fifth.
                1 => {
                    let days = 10_000 + draw(900_000);
                    (days * 40 * (80 + draw(41)) / 100, days)
                }
                // Round numbers: toilets at 2,000 yuan and two days, lanes at 300 yuan and a quarter of a day.
                2 => {
                    let (toilets, lanes) = (draw(120), draw(400));
                    (toilets * 200_000 + lanes * 30_000, toilets * 2_000 + lanes * 250)
                }
                // Work saves money: machines or hands.
                _ => {
                    let days = draw(900_000);
                    (40_000_000 - days * 40 + draw(1_000_000), days)
                }
            };
            candidate(&code, cost, days)
        })
        .collect();
    let mut quotas: Vec<Open> = (0..16)
        .map(|town| open(&format!("410225{}", 100 + town), draw(16)))
        .collect();
    quotas.push(open("410225", 200));
    (villages, quotas)
}

#[test]
fn a_county_is_solved_and_proven() {
    for (kind, seed) in [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (3, 1)] {
        let (villages, quotas) = a_county(seed, kind);
        let free = select(&villages, &quotas, LIMITS).expect("enough");
        let most = free.best.as_ref().expect("without limit").crew_days;
        for part in [10, 50, 90] {
            let limit = free.fewest_crew_days + (most - free.fewest_crew_days) * part / 100;
            let limits = Limits {
                crew_days_milli: Some(i64::try_from(limit).expect("small")),
                ..LIMITS
            };
            let found = select(&villages, &quotas, limits).expect("enough");
            assert!(found.proven(), "kind {kind} seed {seed} part {part}");
            let best = found.best.expect("within the limit");
            assert!(best.crew_days <= limit && best.cost >= free.cheapest_cost);
        }
    }
}

#[test]
fn the_bound_of_a_stopped_search_never_passes_the_best() {
    let (villages, quotas) = a_county(5, 3);
    let free = select(&villages, &quotas, LIMITS).expect("enough");
    let most = free.best.as_ref().expect("without limit").crew_days;
    let half = i64::try_from(i128::midpoint(free.fewest_crew_days, most)).expect("small");
    let within = |steps: u32| {
        let limits = Limits {
            crew_days_milli: Some(half),
            steps,
        };
        select(&villages, &quotas, limits).expect("enough")
    };
    let proven = within(LIMITS.steps);
    assert!(proven.proven());
    for steps in 0..30 {
        let stopped = within(steps);
        assert!(stopped.lower_bound <= proven.lower_bound, "after {steps} steps");
        assert!(!stopped.proven() || stopped.lower_bound == proven.lower_bound);
    }
}

#[test]
fn what_cannot_be_filled_has_no_answer() {
    let villages = [candidate("410225100200", 1, 1), candidate("410225101200", 1, 1)];
    assert_eq!(select(&villages, &[open("410225100", 2)], LIMITS), None);
    assert_eq!(
        select(&villages, &[open("410225", 2), open("410225100", 2)], LIMITS),
        None
    );
    let nothing = select(&villages, &[open("410225", 0)], LIMITS).expect("nothing is asked for");
    assert_eq!(nothing.best.expect("the empty set").villages, Vec::<usize>::new());
}
