//! Tariffs and explanations for the wire.

use homestead_core::{
    span::Span,
    tariff::{Explanation, LineKind, Mode, ReliefClass},
};
use kit::dates;
use proto::xiangtu::{
    homestead::v1::{
        FeeDiscount, FeeExplanation, FeeLine, FeeLineKind, ReliefClass as WireClass, Tariff as Wire, TariffBand,
        TariffDiscount, TariffMode, TariffRelief,
    },
    r#type::v1::Ratio,
};

use super::names;
use crate::store::tariff::StoredTariff;

/// A tariff for the wire.
pub fn tariff(stored: &StoredTariff) -> Wire {
    let tariff = &stored.tariff;
    let mode = match tariff.mode {
        Mode::Marginal => TariffMode::Marginal,
        Mode::WholeBand => TariffMode::WholeBand,
    };
    let bands = tariff.bands.iter().map(|band| TariffBand {
        from_dm2: band.from_dm2,
        to_dm2: band.to_dm2,
        price_fen_per_m2: band.price_fen_per_m2,
        recovery: band.recovery,
    });
    let reliefs = tariff.reliefs.iter().map(|relief| TariffRelief {
        class: class_number(Some(relief.class)),
        remitted: Some(Ratio {
            numerator: relief.numerator,
            denominator: relief.denominator,
        }),
    });
    Wire {
        name: names::of("tariffs", stored.id),
        division: names::of("divisions", &tariff.division),
        effective_date: Some(dates::to_proto(tariff.effective_on)),
        mode: mode.into(),
        free_allowance_dm2: tariff.free_allowance_dm2,
        bands: bands.collect(),
        minimum_fen: tariff.minimum_fen,
        cap_fen: tariff.cap_fen,
        reliefs: reliefs.collect(),
        allow_falling_prices: tariff.allow_falling_prices,
        resolution: tariff.resolution.clone(),
        legal_basis: tariff.legal_basis.clone(),
        plan_version: stored.plan_version,
        resolution_date: tariff.resolution_on.map(dates::to_proto),
        allow_jumps: tariff.allow_jumps,
        discount: tariff.discount.map(|discount| TariffDiscount {
            share: Some(Ratio {
                numerator: discount.numerator,
                denominator: discount.denominator,
            }),
            within_days: discount.within_days,
        }),
    }
}

/// An explanation for the wire.
pub fn explanation(stored: &StoredTariff, over_dm2: i64, span: Span, explanation: Explanation) -> FeeExplanation {
    let discount = stored.tariff.discount.zip(explanation.saved_fen);
    let lines = explanation.lines.into_iter().map(|line| FeeLine {
        kind: line_kind(line.kind).into(),
        area_dm2: line.area_dm2,
        price_fen_per_m2: line.price_fen_per_m2,
        amount_centifen: line.amount_centifen,
        text_zh: line.text_zh,
    });
    FeeExplanation {
        tariff: names::of("tariffs", stored.id),
        over_occupied_dm2: over_dm2,
        from_date: Some(dates::to_proto(span.from())),
        until_date: Some(dates::to_proto(span.until())),
        gross_fen: explanation.charge.gross_fen,
        relief_fen: explanation.charge.relief_fen,
        net_fen: explanation.charge.net_fen(),
        lines: lines.collect(),
        recovered_dm2: explanation.recovered_dm2,
        discount: discount.map(|(discount, saved_fen)| FeeDiscount {
            within_days: discount.within_days,
            saved_fen,
        }),
    }
}

fn line_kind(kind: LineKind) -> FeeLineKind {
    match kind {
        LineKind::FreeAllowance => FeeLineKind::FreeAllowance,
        LineKind::Band => FeeLineKind::Band,
        LineKind::Minimum => FeeLineKind::Minimum,
        LineKind::Cap => FeeLineKind::Cap,
        LineKind::Days => FeeLineKind::Days,
        LineKind::Rounding => FeeLineKind::Rounding,
        LineKind::Relief => FeeLineKind::Relief,
        LineKind::Recovery => FeeLineKind::Recovery,
        LineKind::Discount => FeeLineKind::Discount,
    }
}

/// The class of a number of the contract; 0 and unknown numbers are none.
pub fn class(number: i32) -> Option<ReliefClass> {
    match WireClass::try_from(number).unwrap_or_default() {
        WireClass::Unspecified => None,
        WireClass::LowIncome => Some(ReliefClass::LowIncome),
        WireClass::ExtremePoverty => Some(ReliefClass::ExtremePoverty),
        WireClass::Disabled => Some(ReliefClass::Disabled),
        WireClass::MartyrFamily => Some(ReliefClass::MartyrFamily),
    }
}

/// The number of a class in the contract.
pub fn class_number(class: Option<ReliefClass>) -> i32 {
    match class {
        None => WireClass::Unspecified,
        Some(ReliefClass::LowIncome) => WireClass::LowIncome,
        Some(ReliefClass::ExtremePoverty) => WireClass::ExtremePoverty,
        Some(ReliefClass::Disabled) => WireClass::Disabled,
        Some(ReliefClass::MartyrFamily) => WireClass::MartyrFamily,
    }
    .into()
}

/// The class as registers write it.
pub fn class_of_register(text: &str) -> Option<WireClass> {
    Some(match text {
        "low_income" => WireClass::LowIncome,
        "extreme_poverty" => WireClass::ExtremePoverty,
        "disabled" => WireClass::Disabled,
        "martyr_family" => WireClass::MartyrFamily,
        _ => return None,
    })
}
