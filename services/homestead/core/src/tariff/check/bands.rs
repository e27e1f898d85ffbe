//! Checks of bands.

use super::DEAREST_FEN_PER_M2;
use crate::{area::LARGEST_DM2, problem::Problem, tariff::Tariff};

/// Bands follow one another without hole or overlap, and prices do not fall undeclared.
pub(super) fn check(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
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
        } else if band.price_fen_per_m2 < price && !band.recovery && !tariff.allow_falling_prices {
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

/// Only the last band is taken back, and it has no price.
pub(super) fn recovery(path: &str, tariff: &Tariff, problems: &mut Vec<Problem>) {
    for (at, band) in tariff.bands.iter().enumerate().filter(|(_, band)| band.recovery) {
        if at + 1 < tariff.bands.len() {
            problems.push(Problem::new(
                format!("{path}.bands[{at}].recovery"),
                "RECOVERY_NOT_LAST",
                "only the last band can be taken back",
                "只有最后一档可以收回",
            ));
        }
        if band.price_fen_per_m2 != 0 {
            problems.push(Problem::new(
                format!("{path}.bands[{at}].price_fen_per_m2"),
                "RECOVERY_PRICED",
                "0: what is taken back is not charged",
                "收回的面积不收费，单价须为 0",
            ));
        }
    }
}
