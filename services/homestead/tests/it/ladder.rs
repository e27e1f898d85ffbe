//! The ladder of dunning with all its steps.

use proto::xiangtu::homestead::v1::{DunningStage, DunningStep, PlanSection};

use crate::world::{World, section, year_2024};

/// Registers, the plan with every step, and the bills of 2024.
pub async fn dunned() -> World {
    let world = World::registered().await;
    world.apply(every_step()).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    world
}

/// The plan with all five steps: with arrears of 31 December 2024 on 1, 15 and 29 March, then a week after each.
fn every_step() -> PlanSection {
    let mut section = section();
    let steps = &mut section.dunning.as_mut().expect("rules").steps;
    for (stage, cooling_off_days) in [
        (DunningStage::Visit, 14),
        (DunningStage::PublicNotice, 7),
        (DunningStage::Mediation, 7),
    ] {
        steps.push(DunningStep {
            stage: stage.into(),
            overdue_days: 60,
            cooling_off_days,
            minimum_fen: 1_000,
        });
    }
    section
}

/// An instant of 2025 in Shanghai.
pub fn instant(month: u8, day: u8, hour: u8) -> Option<prost_types::Timestamp> {
    let month = time::Month::try_from(month).expect("a month");
    let day = time::Date::from_calendar_date(2025, month, day).expect("a day");
    let local = day
        .with_hms(hour, 0, 0)
        .expect("an hour")
        .assume_offset(time::macros::offset!(+8));
    Some(kit::dates::timestamp(local))
}
