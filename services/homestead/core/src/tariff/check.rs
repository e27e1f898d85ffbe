//! What a tariff must be before it is taken into force.

mod bands;

use super::{Tariff, jump::jumps};
use crate::{money, problem::Problem};

/// Dearest price that is admitted: 1,000,000 yuan per m² and year.
pub(super) const DEAREST_FEN_PER_M2: i64 = 100_000_000;

/// Largest minimum or cap that is admitted.
const LARGEST_BOUND_FEN: i64 = 1_000_000_000_000;

/// Contradictions of `tariffs`, with paths below `path`.
pub fn check(path: &str, tariffs: &[Tariff]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, tariff) in tariffs.iter().enumerate() {
        let here = format!("{path}[{at}]");
        problems.extend(check_terms(&here, tariff));
        adoption(&here, tariff, &mut problems);
        let twice = tariffs[..at]
            .iter()
            .any(|other| other.division == tariff.division && other.effective_on == tariff.effective_on);
        if twice {
            problems.push(Problem::new(
                format!("{here}.effective_date"),
                "TARIFF_TWICE",
                "one tariff a division and effective date",
                "同一区划同一生效日期只能有一个收费标准",
            ));
        }
    }
    problems
}

/// Contradictions of what `tariff` charges, whether it has been adopted or is only proposed.
pub fn check_terms(path: &str, tariff: &Tariff) -> Vec<Problem> {
    let mut problems = Vec::new();
    bands::check(path, tariff, &mut problems);
    bands::recovery(path, tariff, &mut problems);
    bounds(path, tariff, &mut problems);
    // Only where the bands follow one another is there an edge to jump at.
    if problems.is_empty() && !tariff.allow_jumps {
        problems.extend(jumps(tariff).into_iter().map(|jump| {
            let (below, above) = (jump.below / 100, jump.above / 100);
            Problem::new(
                format!("{path}.bands[{}]", jump.band),
                "FEE_JUMPS",
                format!(
                    "the fee of a year jumps here from {below} to {above} fen; declare allow_jumps if that is meant"
                ),
                format!(
                    "年费在此由 {} 元跳至 {} 元；确需如此请声明 allow_jumps",
                    money::yuan(below),
                    money::yuan(above)
                ),
            )
        }));
    }
    reliefs(path, tariff, &mut problems);
    discount(path, tariff, &mut problems);
    problems
}

/// Who adopted the tariff and on what ground.
fn adoption(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    if tariff.resolution.trim().is_empty() {
        problems.push(Problem::new(
            format!("{path}.resolution"),
            "RESOLUTION_MISSING",
            "the resolution or document that adopted the tariff",
            "须注明决议文号",
        ));
    }
    if tariff.legal_basis.trim().is_empty() {
        problems.push(Problem::new(
            format!("{path}.legal_basis"),
            "LEGAL_BASIS_MISSING",
            "the law or document that the tariff rests on",
            "须注明法律依据",
        ));
    }
    if tariff.resolution_on.is_some_and(|day| day > tariff.effective_on) {
        problems.push(Problem::new(
            format!("{path}.resolution_date"),
            "RESOLUTION_LATER",
            format!("not after effective_date {}", tariff.effective_on),
            "决议日期不得晚于生效日期",
        ));
    }
}

fn discount(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    let Some(discount) = tariff.discount else { return };
    if !(2..=1_000_000).contains(&discount.denominator) || !(1..discount.denominator).contains(&discount.numerator) {
        problems.push(Problem::new(
            format!("{path}.discount.share"),
            "DISCOUNT_RATIO",
            "0 < numerator < denominator ≤ 1,000,000",
            "优惠比例须大于 0 且小于 1",
        ));
    }
    if !(1..=366).contains(&discount.within_days) {
        problems.push(Problem::new(
            format!("{path}.discount.within_days"),
            "DISCOUNT_DAYS",
            "1–366",
            "优惠期限须在 1 至 366 天之间",
        ));
    }
}

fn bounds(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    let range = 0..=LARGEST_BOUND_FEN;
    if !range.contains(&tariff.minimum_fen) {
        problems.push(Problem::new(
            format!("{path}.minimum_fen"),
            "AMOUNT_RANGE",
            "0–1,000,000,000,000",
            "年最低收费超出范围",
        ));
    }
    let Some(cap) = tariff.cap_fen else { return };
    if !range.contains(&cap) {
        problems.push(Problem::new(
            format!("{path}.cap_fen"),
            "AMOUNT_RANGE",
            "0–1,000,000,000,000",
            "年最高收费超出范围",
        ));
    } else if cap < tariff.minimum_fen {
        problems.push(Problem::new(
            format!("{path}.cap_fen"),
            "CAP_BELOW_MINIMUM",
            "at least minimum_fen",
            "年最高收费不得低于年最低收费",
        ));
    }
}

fn reliefs(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    for (at, relief) in tariff.reliefs.iter().enumerate() {
        if tariff.reliefs[..at].iter().any(|other| other.class == relief.class) {
            problems.push(Problem::new(
                format!("{path}.reliefs[{at}].class"),
                "RELIEF_TWICE",
                "each class at most once",
                "同一困难类别只能出现一次",
            ));
        }
        let ratio = 1..=1_000_000;
        if !ratio.contains(&relief.denominator) || !(0..=relief.denominator).contains(&relief.numerator) {
            problems.push(Problem::new(
                format!("{path}.reliefs[{at}].remitted"),
                "RELIEF_RATIO",
                "0 ≤ numerator ≤ denominator ≤ 1,000,000 and denominator ≥ 1",
                "减免比例须在 0 与 1 之间",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tariff::{Band, Discount, ReliefClass, samples};

    fn found(tariff: Tariff) -> Vec<(String, &'static str)> {
        check("tariffs", &[tariff])
            .into_iter()
            .map(|problem| (problem.path, problem.reason))
            .collect()
    }

    fn changed(change: impl FnOnce(&mut Tariff)) -> Vec<(String, &'static str)> {
        let mut tariff = samples::marginal();
        change(&mut tariff);
        found(tariff)
    }

    #[test]
    fn practised_tariffs_pass() {
        assert_eq!(found(samples::marginal()), []);
        assert_eq!(found(samples::whole_band()), []);
        assert_eq!(found(samples::capped(samples::marginal())), []);
        assert_eq!(found(samples::capped(samples::whole_band())), []);
    }

    #[test]
    fn jumps_must_be_declared() {
        let undeclared = |tariff: Tariff| {
            found(Tariff {
                allow_jumps: false,
                ..tariff
            })
        };
        let at = |bands: &[usize]| -> Vec<_> {
            let path = |band| (format!("tariffs[0].bands[{band}]"), "FEE_JUMPS");
            bands.iter().map(path).collect()
        };
        assert_eq!(undeclared(samples::whole_band()), at(&[1]));
        assert_eq!(undeclared(samples::capped(samples::whole_band())), at(&[1, 2]));
        assert_eq!(changed(|t| t.minimum_fen = 1), at(&[0]));
        assert_eq!(changed(|t| (t.minimum_fen, t.allow_jumps) = (1, true)), []);
    }

    #[test]
    fn what_is_taken_back_comes_last_and_is_not_priced() {
        let mut tariff = samples::capped(samples::marginal());
        tariff.bands[2].recovery = true;
        tariff.bands[4].price_fen_per_m2 = 1;
        assert_eq!(
            found(tariff),
            [
                ("tariffs[0].bands[2].recovery".to_owned(), "RECOVERY_NOT_LAST"),
                ("tariffs[0].bands[2].price_fen_per_m2".to_owned(), "RECOVERY_PRICED"),
                ("tariffs[0].bands[4].price_fen_per_m2".to_owned(), "RECOVERY_PRICED"),
            ]
        );
    }

    #[test]
    fn a_proposal_need_not_have_been_adopted() {
        let proposal = Tariff {
            resolution: " ".into(),
            legal_basis: String::new(),
            ..samples::marginal()
        };
        assert_eq!(check_terms("tariff", &proposal), []);
        assert_eq!(
            found(proposal),
            [
                ("tariffs[0].resolution".to_owned(), "RESOLUTION_MISSING"),
                ("tariffs[0].legal_basis".to_owned(), "LEGAL_BASIS_MISSING"),
            ]
        );
    }

    #[test]
    fn each_contradiction_has_its_place() {
        let one = |path: &str, reason| vec![(format!("tariffs[0].{path}"), reason)];
        assert_eq!(
            changed(|t| t.bands[2].from_dm2 = 10_001),
            one("bands[2].from_dm2", "BANDS_HOLE")
        );
        assert_eq!(
            changed(|t| t.bands[2].from_dm2 = 9_999),
            one("bands[2].from_dm2", "BANDS_OVERLAP")
        );
        assert_eq!(
            changed(|t| t.free_allowance_dm2 = 2_000),
            one("bands[0].from_dm2", "BANDS_HOLE")
        );
        assert_eq!(
            changed(|t| t.free_allowance_dm2 = 4_000),
            one("bands[0].from_dm2", "BANDS_OVERLAP")
        );
        assert_eq!(
            changed(|t| t.bands[1].to_dm2 = None),
            one("bands[2].from_dm2", "BANDS_OVERLAP")
        );
        assert_eq!(
            changed(|t| t.bands[3].to_dm2 = Some(20_000)),
            one("bands[3].to_dm2", "BANDS_HOLE")
        );
        assert_eq!(
            changed(|t| t.bands[3].price_fen_per_m2 = 1_199),
            one("bands[3].price_fen_per_m2", "PRICE_FALLS")
        );
        assert_eq!(
            changed(|t| t.bands[0].price_fen_per_m2 = -1),
            one("bands[0].price_fen_per_m2", "PRICE_RANGE")
        );
        assert_eq!(changed(|t| t.bands.clear()), one("bands", "NO_BANDS"));
        assert_eq!(changed(|t| t.minimum_fen = -1), one("minimum_fen", "AMOUNT_RANGE"));
        assert_eq!(
            changed(|t| t.reliefs[1].class = ReliefClass::LowIncome),
            one("reliefs[1].class", "RELIEF_TWICE")
        );
        assert_eq!(
            changed(|t| t.reliefs[0].numerator = 3),
            one("reliefs[0].remitted", "RELIEF_RATIO")
        );
        assert_eq!(
            changed(|t| t.reliefs[0].denominator = 0),
            one("reliefs[0].remitted", "RELIEF_RATIO")
        );
        let later = |t: &mut Tariff| t.resolution_on = t.effective_on.next_day();
        assert_eq!(changed(later), one("resolution_date", "RESOLUTION_LATER"));
        let discount = |numerator, within_days| Discount {
            numerator,
            denominator: 10,
            within_days,
        };
        assert_eq!(changed(|t| t.discount = Some(discount(1, 30))), []);
        for numerator in [0, 10, -1] {
            assert_eq!(
                changed(|t| t.discount = Some(discount(numerator, 30))),
                one("discount.share", "DISCOUNT_RATIO")
            );
        }
        for days in [0, 367] {
            assert_eq!(
                changed(|t| t.discount = Some(discount(1, days))),
                one("discount.within_days", "DISCOUNT_DAYS")
            );
        }
        let capped = |t: &mut Tariff| (t.minimum_fen, t.cap_fen) = (100, Some(99));
        assert_eq!(changed(capped), one("cap_fen", "CAP_BELOW_MINIMUM"));
    }

    #[test]
    fn falling_prices_may_be_declared_and_dates_are_told_apart() {
        assert_eq!(
            changed(|t| (t.bands[3].price_fen_per_m2, t.allow_falling_prices) = (1, true)),
            []
        );
        let twice = check("tariffs", &[samples::marginal(), samples::whole_band()]);
        assert_eq!(
            (twice[0].path.as_str(), twice[0].reason),
            ("tariffs[1].effective_date", "TARIFF_TWICE")
        );
    }

    proptest! {
        #[test]
        fn no_numbers_panic(
            bands in proptest::collection::vec((any::<i64>(), any::<Option<i64>>(), any::<i64>(), any::<bool>()), 0..5),
            free_allowance_dm2 in any::<i64>(),
            minimum_fen in any::<i64>(),
            cap_fen in any::<Option<i64>>(),
        ) {
            let bands = bands.into_iter().map(|(from_dm2, to_dm2, price_fen_per_m2, recovery)| Band {
                from_dm2, to_dm2, price_fen_per_m2, recovery,
            });
            let tariff = Tariff { bands: bands.collect(), free_allowance_dm2, minimum_fen, cap_fen, ..samples::marginal() };
            let _ = check("tariffs", &[tariff]);
        }
    }
}
