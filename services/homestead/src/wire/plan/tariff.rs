//! Tariffs of a section.

use homestead_core::{
    problem::Problem,
    tariff::{Band, Discount, Mode, Relief, ReliefClass, Tariff},
};
use kit::{dates, division::Division};
use proto::xiangtu::homestead::v1::{Tariff as Wire, TariffMode};
use time::Date;

use super::{inside, rule, unknown_value};
use crate::wire::tariff::class;

/// Longest legal text, in characters.
const LONGEST: usize = 200;

/// Reads a tariff of a plan of `plan`. What cannot be read is reported and stands for something harmless.
pub fn tariff(path: &str, wire: &Wire, plan: &Division, problems: &mut Vec<Problem>) -> Tariff {
    for (field, text) in [("resolution", &wire.resolution), ("legal_basis", &wire.legal_basis)] {
        if text.chars().count() > LONGEST {
            problems.push(Problem::new(
                format!("{path}.{field}"),
                "TOO_LONG",
                "at most 200 characters",
                "最多 200 个字",
            ));
        }
    }
    let bands = wire.bands.iter().map(|band| Band {
        from_dm2: band.from_dm2,
        to_dm2: band.to_dm2,
        price_fen_per_m2: band.price_fen_per_m2,
        recovery: band.recovery,
    });
    Tariff {
        division: inside(&format!("{path}.division"), &wire.division, plan, problems),
        effective_on: effective_on(path, wire, problems),
        mode: mode(path, wire, problems),
        free_allowance_dm2: wire.free_allowance_dm2,
        bands: bands.collect(),
        minimum_fen: wire.minimum_fen,
        cap_fen: wire.cap_fen,
        reliefs: reliefs(path, wire, problems),
        allow_falling_prices: wire.allow_falling_prices,
        resolution: wire.resolution.clone(),
        legal_basis: wire.legal_basis.clone(),
        resolution_on: resolution_on(path, wire, problems),
        allow_jumps: wire.allow_jumps,
        discount: discount(path, wire, problems),
    }
}

fn effective_on(path: &str, wire: &Wire, problems: &mut Vec<Problem>) -> Date {
    match dates::required("effective_date", wire.effective_date) {
        Ok(day) => day,
        Err(error) => {
            let path = format!("{path}.effective_date");
            problems.push(Problem::new(path, "DATE", rule(&error), "须为完整且存在的日期"));
            Date::MIN
        }
    }
}

fn resolution_on(path: &str, wire: &Wire, problems: &mut Vec<Problem>) -> Option<Date> {
    match dates::from_proto("resolution_date", wire.resolution_date) {
        Ok(day) => day,
        Err(error) => {
            let path = format!("{path}.resolution_date");
            problems.push(Problem::new(path, "DATE", rule(&error), "须为完整且存在的日期"));
            None
        }
    }
}

fn discount(path: &str, wire: &Wire, problems: &mut Vec<Problem>) -> Option<Discount> {
    let discount = wire.discount?;
    let Some(share) = discount.share else {
        let path = format!("{path}.discount.share");
        problems.push(Problem::new(path, "MISSING", "required", "不能为空"));
        return None;
    };
    Some(Discount {
        numerator: share.numerator,
        denominator: share.denominator,
        within_days: discount.within_days,
    })
}

fn mode(path: &str, wire: &Wire, problems: &mut Vec<Problem>) -> Mode {
    match wire.mode() {
        TariffMode::Marginal => Mode::Marginal,
        TariffMode::WholeBand => Mode::WholeBand,
        TariffMode::Unspecified => {
            let (message, message_zh) = ("MARGINAL or WHOLE_BAND", "须注明分段累进或全额按档");
            problems.push(Problem::new(
                format!("{path}.mode"),
                "UNKNOWN_VALUE",
                message,
                message_zh,
            ));
            Mode::Marginal
        }
    }
}

fn reliefs(path: &str, wire: &Wire, problems: &mut Vec<Problem>) -> Vec<Relief> {
    let mut reliefs = Vec::with_capacity(wire.reliefs.len());
    for (at, relief) in wire.reliefs.iter().enumerate() {
        let class: Option<ReliefClass> = class(relief.class);
        match (class, relief.remitted) {
            (Some(class), Some(remitted)) => reliefs.push(Relief {
                class,
                numerator: remitted.numerator,
                denominator: remitted.denominator,
            }),
            (None, _) => problems.push(unknown_value(format!("{path}.reliefs[{at}].class"))),
            (_, None) => {
                let path = format!("{path}.reliefs[{at}].remitted");
                problems.push(Problem::new(path, "MISSING", "required", "不能为空"));
            }
        }
    }
    reliefs
}
