//! What a tariff must be before it is taken into force.

use super::Tariff;
use crate::{area::LARGEST_DM2, problem::Problem};

/// Dearest price that is admitted: 1,000,000 yuan per m² and year.
pub(super) const DEAREST_FEN_PER_M2: i64 = 100_000_000;

/// Largest minimum or cap that is admitted.
const LARGEST_BOUND_FEN: i64 = 1_000_000_000_000;

/// Contradictions of `tariffs`, with paths below `path`.
pub fn check(path: &str, tariffs: &[Tariff]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, tariff) in tariffs.iter().enumerate() {
        let here = format!("{path}[{at}]");
        bands(&here, tariff, &mut problems);
        bounds(&here, tariff, &mut problems);
        reliefs(&here, tariff, &mut problems);
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

fn bands(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    let mut found = |field: String, reason, message: &str, message_zh: &str| {
        problems.push(Problem::new(format!("{path}.{field}"), reason, message, message_zh));
    };
    let free = tariff.free_allowance_dm2;
    if !(0..=LARGEST_DM2).contains(&free) {
        found(
            "free_allowance_dm2".into(),
            "AREA_RANGE",
            "0–100,000,000",
            "免费面积须在 0 至 100,000,000 之间",
        );
    }
    if tariff.bands.is_empty() {
        found("bands".into(), "NO_BANDS", "at least one band", "至少需要一个收费档");
    }
    // Where the next band must begin; `None` after a band without upper edge.
    let mut edge = Some(free);
    let mut price = 0;
    for (at, band) in tariff.bands.iter().enumerate() {
        let from = format!("bands[{at}].from_dm2");
        match edge {
            Some(edge) if band.from_dm2 > edge => {
                found(
                    from,
                    "BANDS_HOLE",
                    &format!("{edge}: no price holds below"),
                    &format!("应为 {edge}：其下有空档"),
                );
            }
            Some(edge) if band.from_dm2 < edge => {
                found(
                    from,
                    "BANDS_OVERLAP",
                    &format!("{edge}: two prices hold below"),
                    &format!("应为 {edge}：其下重叠"),
                );
            }
            Some(_) => {}
            None => {
                let message = "the band before has no upper edge, so none may follow";
                found(from, "BANDS_OVERLAP", message, "前一档没有上限，其后不得再有收费档");
            }
        }
        let to = format!("bands[{at}].to_dm2");
        match band.to_dm2 {
            Some(upper) if upper <= band.from_dm2 => {
                found(to, "BAND_EMPTY", "more than from_dm2", "上限须大于下限");
            }
            Some(upper) if upper > LARGEST_DM2 => {
                found(
                    to,
                    "AREA_RANGE",
                    "at most 100,000,000; leave it out in the last band",
                    "不得超过 100,000,000",
                );
            }
            Some(_) if at + 1 == tariff.bands.len() => {
                found(
                    to,
                    "BANDS_HOLE",
                    "the last band has no upper edge",
                    "最后一档不得有上限，否则其上无价",
                );
            }
            _ => {}
        }
        let field = format!("bands[{at}].price_fen_per_m2");
        if !(0..=DEAREST_FEN_PER_M2).contains(&band.price_fen_per_m2) {
            found(
                field,
                "PRICE_RANGE",
                "0–100,000,000",
                "单价须在 0 至 100,000,000 分之间",
            );
        } else if band.price_fen_per_m2 < price && !tariff.allow_falling_prices {
            let message = "not below the band before, unless allow_falling_prices";
            found(
                field,
                "PRICE_FALLS",
                message,
                "不得低于前一档单价，除非声明 allow_falling_prices",
            );
        }
        edge = band.to_dm2;
        price = band.price_fen_per_m2;
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
    use crate::tariff::{Band, ReliefClass, samples};

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
            bands in proptest::collection::vec((any::<i64>(), any::<Option<i64>>(), any::<i64>()), 0..5),
            free_allowance_dm2 in any::<i64>(),
            minimum_fen in any::<i64>(),
            cap_fen in any::<Option<i64>>(),
        ) {
            let bands = bands.into_iter().map(|(from_dm2, to_dm2, price_fen_per_m2)| Band { from_dm2, to_dm2, price_fen_per_m2 });
            let tariff = Tariff { bands: bands.collect(), free_allowance_dm2, minimum_fen, cap_fen, ..samples::marginal() };
            let _ = check("tariffs", &[tariff]);
        }
    }
}
