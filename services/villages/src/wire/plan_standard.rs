//! Standards of a plan: indicators, tiers, vetoes, batches, quotas, terrains.

use proto::xiangtu::villages::v1 as wire;
use villages_core::document::{
    Batch, ChecklistItem, Comparison, Criterion, Direction, Guard, Indicator, IndicatorKind, Quota, Source, Terrain,
    TerrainArea, TerrainThreshold, Tier, TwoLevel, Veto,
};

use super::{
    plan_choice as choice,
    plan_section::{Reading, each},
};

pub(super) fn terrain(reading: &mut Reading, path: &str, area: &wire::PlanTerrain) -> TerrainArea {
    TerrainArea {
        terrain: reading
            .choice(&format!("{path}.terrain"), area.terrain, choice::terrain)
            .unwrap_or(Terrain::Hills),
        divisions: reading.divisions(path, &area.divisions),
    }
}

pub(super) fn indicator(reading: &mut Reading, path: &str, indicator: &wire::PlanIndicator) -> Indicator {
    let field = |name: &str| format!("{path}.{name}");
    Indicator {
        code: indicator.code.clone(),
        display_name: indicator.display_name.trim().to_owned(),
        unit: indicator.unit.trim().to_owned(),
        kind: reading
            .choice(&field("kind"), indicator.kind, choice::kind)
            .unwrap_or(IndicatorKind::Ratio),
        direction: reading
            .choice(&field("direction"), indicator.direction, choice::direction)
            .unwrap_or(Direction::Higher),
        source: reading
            .choice(&field("source"), indicator.source, choice::source)
            .unwrap_or(Source::SelfReport),
        weight: indicator.weight,
        origin: indicator.origin.clone(),
        two_level: indicator.two_level.as_ref().map(|two_level| TwoLevel {
            unit_threshold: two_level.unit_threshold.trim().to_owned(),
        }),
        guard: indicator.guard.as_ref().map(|guard| Guard {
            max_daily_gain_count: guard.max_daily_gain_count,
            max_daily_gain_permille: guard.max_daily_gain_permille,
            irreversible: guard.irreversible,
            evidence_at_full: guard.evidence_at_full,
            inspection_tolerance: guard.inspection_tolerance.trim().to_owned(),
        }),
        checklist: indicator
            .checklist
            .iter()
            .map(|item| ChecklistItem {
                code: item.code.clone(),
                display_name: item.display_name.trim().to_owned(),
            })
            .collect(),
    }
}

pub(super) fn tier(reading: &mut Reading, path: &str, tier: &wire::PlanTier) -> Tier {
    Tier {
        code: tier.code.clone(),
        display_name: tier.display_name.trim().to_owned(),
        rank: tier.rank,
        criteria: each(&format!("{path}.criteria"), &tier.criteria, |path, it| {
            criterion(reading, path, it)
        }),
    }
}

fn criterion(reading: &mut Reading, path: &str, criterion: &wire::PlanCriterion) -> Criterion {
    let comparison = match criterion.comparison {
        0 => None,
        value => reading.choice(&format!("{path}.comparison"), value, choice::comparison),
    };
    let thresholds = format!("{path}.terrain_thresholds");
    Criterion {
        indicator: criterion.indicator.clone(),
        comparison,
        threshold: criterion.threshold.clone(),
        terrain_thresholds: each(&thresholds, &criterion.terrain_thresholds, |path, other| {
            TerrainThreshold {
                terrain: reading
                    .choice(&format!("{path}.terrain"), other.terrain, choice::terrain)
                    .unwrap_or(Terrain::Plain),
                threshold: other.threshold.clone(),
            }
        }),
    }
}

pub(super) fn veto(reading: &mut Reading, path: &str, veto: &wire::PlanVeto) -> Veto {
    Veto {
        code: veto.code.clone(),
        display_name: veto.display_name.trim().to_owned(),
        indicator: veto.indicator.clone(),
        comparison: reading
            .choice(&format!("{path}.comparison"), veto.comparison, choice::comparison)
            .unwrap_or(Comparison::AtLeast),
        threshold: veto.threshold.clone(),
        bars_from_tier: veto.bars_from_tier.clone(),
    }
}

pub(super) fn batch(reading: &mut Reading, path: &str, batch: &wire::PlanBatch) -> Batch {
    Batch {
        code: batch.code.clone(),
        display_name: batch.display_name.trim().to_owned(),
        target_tier: batch.target_tier.clone(),
        acceptance_date: reading.date(&format!("{path}.acceptance_date"), batch.acceptance_date),
        divisions: reading.divisions(path, &batch.divisions),
    }
}

pub(super) fn quota(reading: &mut Reading, path: &str, quota: &wire::PlanQuota) -> Quota {
    Quota {
        tier: quota.tier.clone(),
        year: quota.year,
        division: reading.division(&format!("{path}.division"), &quota.division),
        village_count: quota.village_count,
    }
}
