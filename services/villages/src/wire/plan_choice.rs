//! Choices of a plan: enum values of the contract as those of the core. The unspecified value has no counterpart.

use proto::xiangtu::villages::v1 as wire;
use villages_core::document::{
    ClosureKind, Comparison, Direction, IndicatorKind, Measure, Post, QuotaRule, Source, Terrain, Trigger, VillageClass,
};

pub(super) fn class(value: i32) -> Option<VillageClass> {
    match wire::VillageClass::try_from(value).ok()? {
        wire::VillageClass::Unspecified => None,
        wire::VillageClass::ResidentsCommittee => Some(VillageClass::ResidentsCommittee),
        wire::VillageClass::VillagersCommittee => Some(VillageClass::VillagersCommittee),
        wire::VillageClass::Other => Some(VillageClass::Other),
    }
}

pub(super) fn kind(value: i32) -> Option<IndicatorKind> {
    match wire::IndicatorKind::try_from(value).ok()? {
        wire::IndicatorKind::Unspecified => None,
        wire::IndicatorKind::Ratio => Some(IndicatorKind::Ratio),
        wire::IndicatorKind::Count => Some(IndicatorKind::Count),
        wire::IndicatorKind::YesNo => Some(IndicatorKind::YesNo),
    }
}

pub(super) fn direction(value: i32) -> Option<Direction> {
    match wire::IndicatorDirection::try_from(value).ok()? {
        wire::IndicatorDirection::Unspecified | wire::IndicatorDirection::HigherIsBetter => Some(Direction::Higher),
        wire::IndicatorDirection::LowerIsBetter => Some(Direction::Lower),
    }
}

pub(super) fn source(value: i32) -> Option<Source> {
    match wire::MeasurementSource::try_from(value).ok()? {
        wire::MeasurementSource::Unspecified | wire::MeasurementSource::SelfReport => Some(Source::SelfReport),
        wire::MeasurementSource::Inspection => Some(Source::Inspection),
        wire::MeasurementSource::System => Some(Source::System),
    }
}

pub(super) fn comparison(value: i32) -> Option<Comparison> {
    match wire::Comparison::try_from(value).ok()? {
        wire::Comparison::Unspecified => None,
        wire::Comparison::AtLeast => Some(Comparison::AtLeast),
        wire::Comparison::AtMost => Some(Comparison::AtMost),
    }
}

pub(super) fn terrain(value: i32) -> Option<Terrain> {
    match wire::Terrain::try_from(value).ok()? {
        wire::Terrain::Unspecified => None,
        wire::Terrain::Plain => Some(Terrain::Plain),
        wire::Terrain::Hills => Some(Terrain::Hills),
        wire::Terrain::Mountain => Some(Terrain::Mountain),
    }
}

pub(super) fn closure(value: i32) -> Option<ClosureKind> {
    match wire::ClosureKind::try_from(value).ok()? {
        wire::ClosureKind::Unspecified => None,
        wire::ClosureKind::Holiday => Some(ClosureKind::Holiday),
        wire::ClosureKind::Harvest => Some(ClosureKind::Harvest),
        wire::ClosureKind::Frost => Some(ClosureKind::Frost),
        wire::ClosureKind::Flood => Some(ClosureKind::Flood),
    }
}

pub(super) fn weekday(value: i32) -> Option<time::Weekday> {
    match wire::Weekday::try_from(value).ok()? {
        wire::Weekday::Unspecified => None,
        wire::Weekday::Monday => Some(time::Weekday::Monday),
        wire::Weekday::Tuesday => Some(time::Weekday::Tuesday),
        wire::Weekday::Wednesday => Some(time::Weekday::Wednesday),
        wire::Weekday::Thursday => Some(time::Weekday::Thursday),
        wire::Weekday::Friday => Some(time::Weekday::Friday),
        wire::Weekday::Saturday => Some(time::Weekday::Saturday),
        wire::Weekday::Sunday => Some(time::Weekday::Sunday),
    }
}

pub(super) fn post(value: i32) -> Option<Post> {
    let post = wire::Post::try_from(value).ok()?;
    Post::parse(post.as_str_name().trim_start_matches("POST_"))
}

pub(super) fn trigger(value: i32) -> Option<Trigger> {
    match wire::LadderTrigger::try_from(value).ok()? {
        wire::LadderTrigger::Unspecified => None,
        wire::LadderTrigger::MissedWeek => Some(Trigger::MissedWeek),
        wire::LadderTrigger::VillageOverdue => Some(Trigger::VillageOverdue),
        wire::LadderTrigger::KeyWorkDelayed => Some(Trigger::KeyWorkDelayed),
        wire::LadderTrigger::FalsifiedFigure => Some(Trigger::FalsifiedFigure),
    }
}

pub(super) fn quota_rule(value: i32) -> Option<QuotaRule> {
    match wire::AcceptanceQuotaRule::try_from(value).ok()? {
        wire::AcceptanceQuotaRule::Unspecified | wire::AcceptanceQuotaRule::Minimum => Some(QuotaRule::Minimum),
        wire::AcceptanceQuotaRule::Limit => Some(QuotaRule::Limit),
    }
}

pub(super) fn trigger_to(trigger: Trigger) -> wire::LadderTrigger {
    match trigger {
        Trigger::MissedWeek => wire::LadderTrigger::MissedWeek,
        Trigger::VillageOverdue => wire::LadderTrigger::VillageOverdue,
        Trigger::KeyWorkDelayed => wire::LadderTrigger::KeyWorkDelayed,
        Trigger::FalsifiedFigure => wire::LadderTrigger::FalsifiedFigure,
    }
}

pub(super) fn measure(value: i32) -> Option<Measure> {
    match wire::LadderMeasure::try_from(value).ok()? {
        wire::LadderMeasure::Unspecified => None,
        wire::LadderMeasure::PayDeduction => Some(Measure::PayDeduction),
        wire::LadderMeasure::DisciplinarySanction => Some(Measure::DisciplinarySanction),
        wire::LadderMeasure::Suspension => Some(Measure::Suspension),
        wire::LadderMeasure::Removal => Some(Measure::Removal),
        wire::LadderMeasure::WorkError => Some(Measure::WorkError),
        wire::LadderMeasure::AdmonitionTalk => Some(Measure::AdmonitionTalk),
        wire::LadderMeasure::PublicCriticism => Some(Measure::PublicCriticism),
    }
}

pub(super) fn measure_to(measure: Measure) -> wire::LadderMeasure {
    match measure {
        Measure::PayDeduction => wire::LadderMeasure::PayDeduction,
        Measure::DisciplinarySanction => wire::LadderMeasure::DisciplinarySanction,
        Measure::Suspension => wire::LadderMeasure::Suspension,
        Measure::Removal => wire::LadderMeasure::Removal,
        Measure::WorkError => wire::LadderMeasure::WorkError,
        Measure::AdmonitionTalk => wire::LadderMeasure::AdmonitionTalk,
        Measure::PublicCriticism => wire::LadderMeasure::PublicCriticism,
    }
}
