//! Forecasts: core → contract.

use kit::dates;
use proto::xiangtu::sanitation::v1::{DemandBasis, DemandForecast, DemandScore, DemandScores, KitchenBasis};
use sanitation_core::demand::{self, Basis, KitchenShare, Outlook, Score, Scores};
use time::Date;

use super::names;
use crate::store::points::Point;

/// A point's share of what its village is expected to bring.
pub struct Share {
    pub p50_g: i64,
    pub p90_g: Option<i64>,
    /// `None`: it does not sort.
    pub kitchen: Option<KitchenShare>,
}

pub fn forecast(point: &Point, date: Date, outlook: &Outlook, share: Share) -> DemandForecast {
    DemandForecast {
        collection_point: names::point(&point.point_id),
        division: names::division(&point.division_code),
        date: Some(dates::to_proto(date)),
        basis: basis(outlook.basis).into(),
        p50_g: share.p50_g,
        p90_g: share.p90_g,
        village_level_g: outlook.level_g,
        weighing_count: outlook.weighings,
        weekday_permille: outlook.weekday_permille,
        market_permille: outlook.market_permille,
        period_permille: outlook.period_permille,
        kitchen_permille: share.kitchen.map(|kitchen| kitchen.permille),
        kitchen_basis: share
            .kitchen
            .map(|kitchen| kitchen_basis(kitchen.basis))
            .unwrap_or_default()
            .into(),
    }
}

const fn kitchen_basis(basis: demand::KitchenBasis) -> KitchenBasis {
    match basis {
        demand::KitchenBasis::Weighed => KitchenBasis::Weighed,
        demand::KitchenBasis::Bins => KitchenBasis::Bins,
        demand::KitchenBasis::Norm => KitchenBasis::Norm,
    }
}

/// What a load rests on.
pub const fn basis(basis: Basis) -> DemandBasis {
    match basis {
        Basis::Weighed => DemandBasis::Weighed,
        Basis::Township => DemandBasis::Township,
        Basis::Declared => DemandBasis::Declared,
        Basis::Population => DemandBasis::Population,
    }
}

pub fn scores(division: &str, scores: &Scores) -> DemandScores {
    DemandScores {
        division: names::division(division),
        model: Some(score(&scores.model)),
        naive: Some(score(&scores.naive)),
        seasonal_naive: Some(score(&scores.seasonal_naive)),
        p90_collection_count: scores.p90_collections,
        p90_covered_count: scores.p90_covered,
        p90_pinball_kg: kg(scores.p90_pinball_g),
    }
}

fn score(score: &Score) -> DemandScore {
    DemandScore {
        collection_count: score.collections,
        actual_kg: kg(score.actual_g),
        forecast_kg: kg(score.forecast_g),
        absolute_error_kg: kg(score.absolute_error_g),
    }
}

/// Grams in kilograms, rounded half up.
const fn kg(grams: i64) -> i64 {
    (grams + 500).div_euclid(1_000)
}
