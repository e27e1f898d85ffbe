//! What was given back or measured becomes known late, and in any order.

use proto::xiangtu::homestead::v1::{Correction, GetParcelRequest, RecordVacatingRequest, Survey};
use tonic::Status;

use crate::{
    adjustments::{asked, measured, survey, surveys, vacate, vacating},
    reassessing::reassess,
    world::{World, date, fields, section, tariff, year_2024},
};

type Day = (i32, i32, i32);

impl World {
    /// A plot measured on a day from which that holds.
    async fn measure_on(&self, parcel: &str, day: Day, area_dm2: i64, over_dm2: i64) -> Survey {
        let on_its_day = Survey {
            survey_date: date(day.0, day.1, day.2),
            effective_date: date(day.0, day.1, day.2),
            ..measured(parcel, area_dm2, over_dm2)
        };
        survey(self, on_its_day).await.expect("surveyed")
    }

    async fn give_back(&self, parcel: &str, day: Day, vacated_dm2: i64) -> Vec<Correction> {
        let vacated = vacate(self, parcel, day, vacated_dm2, 0).await;
        vacated.expect("vacated").corrections
    }

    /// Area and over-occupied area, as the register of plots states them now.
    async fn shown(&self, parcel: &str) -> (Option<i64>, Option<i64>) {
        let name = format!("parcels/{parcel}");
        let parcel = self.parcels().get_parcel(self.request(GetParcelRequest { name })).await;
        let parcel = parcel.expect("there").into_inner();
        (parcel.area_dm2, parcel.over_occupied_dm2)
    }
}

/// What they take off each bill, or add to it.
fn differences(corrections: &[Correction]) -> Vec<i64> {
    corrections.iter().map(|correction| correction.gross_fen).collect()
}

/// What would be allowed instead.
fn allowed(refused: &Status, field: &str) -> String {
    let told = asked(refused, field);
    told.split_once("; ").expect("a value and a rule").1.to_owned()
}

#[tokio::test]
async fn a_part_given_back_late_is_charged_less_until_the_next_survey() {
    let world = World::billed().await;
    // Of B1 the survey is known first, of B2 the vacating.
    world.measure_on("B1P1", (2024, 10, 1), 21_200, 4_500).await;
    assert_eq!(world.standing("B1").await, (17_967 + 3_016, 0));
    let late = world.give_back("B1P1", (2024, 4, 1), 1_000).await;
    // 60 m² cost 24,000 a year, 50 m² 16,000 and 45 m² 12,000: of 366 days the first 91, those until the 274th, and the rest.
    assert_eq!(differences(&late), [16_983 - 20_983]);
    assert_eq!(world.standing("B1").await, (5_967 + 8_000 + 3_016, 0));
    assert_eq!(world.shown("B1P1").await, (Some(21_200), Some(4_500)));
    world.give_back("B2P1", (2024, 4, 1), 1_000).await;
    assert_eq!(world.shown("B2P1").await, (Some(21_700), Some(5_000)));
    world.measure_on("B2P1", (2024, 10, 1), 21_200, 4_500).await;
    assert_eq!(world.standing("B2").await, (16_983, 0));
    assert_eq!(world.shown("B2P1").await, (Some(21_200), Some(4_500)));
    let run = reassess(&world, true, None).await.expect("looked");
    assert_eq!(run.correction_count, 0);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_given_back_since_is_lowered_too_and_never_below_nothing() {
    let world = World::billed().await;
    world.give_back("A2P1", (2024, 10, 1), 6_000).await;
    let request = RecordVacatingRequest {
        vacating: Some(vacating("A2P1", (2024, 7, 1), 4_001, 0)),
        request_id: world.key(),
    };
    let refused = surveys(&world).record_vacating(world.request(request.clone())).await;
    assert_eq!(
        allowed(&refused.expect_err("too much"), "vacating.vacated_dm2"),
        "1–4000, what is over-occupied from 2024-10-01 on"
    );
    assert_eq!(world.shown("A2P1").await, (Some(20_700), Some(4_000)));
    // The refusal burnt no id. 100 m² cost 64,000 a year, 60 m² 24,000; 40 m² 8,000 until now, and nothing from now on.
    let request = RecordVacatingRequest {
        vacating: Some(vacating("A2P1", (2024, 7, 1), 4_000, 0)),
        ..request
    };
    let late = surveys(&world).record_vacating(world.request(request)).await;
    let late = late.expect("vacated").into_inner();
    assert_eq!(late.over_occupied_dm2, 6_000);
    assert_eq!(world.standing("A2").await, (31_825 + 6_033, 0));
    assert_eq!(world.shown("A2P1").await, (Some(16_700), Some(0)));
    let nothing = vacate(&world, "A2P1", (2025, 1, 1), 1, 0)
        .await
        .expect_err("nothing left");
    assert_eq!(
        allowed(&nothing, "vacating.vacated_dm2"),
        "nothing: the household does not over-occupy the plot from 2025-01-01 on"
    );
    // Surveyed before the later part was given back: that part lowers it, and must not exceed it.
    let early = Survey {
        survey_date: date(2024, 8, 1),
        effective_date: date(2024, 8, 1),
        ..measured("A2P1", 22_600, 5_900)
    };
    assert_eq!(
        allowed(
            &survey(&world, early).await.expect_err("too little"),
            "survey.over_occupied_dm2"
        ),
        "6000 or more, what was given back afterwards, until 2024-10-01"
    );
    world.measure_on("A2P1", (2024, 8, 1), 26_200, 9_500).await;
    assert_eq!(world.shown("A2P1").await, (Some(20_200), Some(3_500)));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_survey_has_seen_what_was_given_back_before_it() {
    let world = World::billed().await;
    world.give_back("A1P1", (2024, 7, 1), 2_000).await;
    // Surveyed afterwards, wrong all along: it stands as it is, from its first day on.
    survey(&world, measured("A1P1", 21_700, 5_000)).await.expect("surveyed");
    assert_eq!(world.standing("A1").await, (16_000, 0));
    let seen = "not before 2025-02-20, when the plot was measured as it has been since 2020-01-01";
    let late = vacate(&world, "A1P1", (2025, 2, 19), 1, 0).await.expect_err("seen");
    assert_eq!(allowed(&late, "vacating.vacate_date"), seen);
    let older = Survey {
        survey_date: date(2025, 2, 19),
        ..measured("A1P1", 21_700, 4_000)
    };
    let older = survey(&world, older).await.expect_err("an older one");
    assert_eq!(allowed(&older, "survey.survey_date"), seen);
    assert_eq!(world.standing("A1").await, (16_000, 0));
    // On the day of the survey and after it there may be less.
    world.give_back("A1P1", (2025, 2, 20), 1_000).await;
    assert_eq!(world.shown("A1P1").await, (Some(20_700), Some(4_000)));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn the_register_has_seen_what_was_given_back_before_its_day() {
    let world = World::planned().await;
    let mut plan = section();
    plan.tariffs.push(tariff(2023));
    world.apply(plan).await.expect("applied");
    let mut year_2023 = year_2024();
    (year_2023.from_date, year_2023.until_date, year_2023.due_date) =
        (date(2023, 1, 1), date(2024, 1, 1), date(2023, 12, 31));
    for year in [year_2023, year_2024()] {
        world.bill(year).await.expect("billed");
    }
    // The plot has been so as far as anybody knows, and was so on the day of the register, 1 January 2024.
    let late = world.give_back("B1P1", (2023, 7, 1), 3_000).await;
    // 60 m² until then, 30 m² free of charge afterwards: 24,000 · 181 ÷ 365 = 11,901.4.
    assert_eq!(differences(&late), [11_901 - 24_000]);
    assert_eq!(world.standing("B1").await, (11_901 + 24_000, 0));
    assert_eq!(world.shown("B1P1").await, (Some(22_700), Some(6_000)));
    let beyond = vacate(&world, "B1P1", (2023, 8, 1), 3_001, 0)
        .await
        .expect_err("too much");
    assert_eq!(fields(&beyond), ["vacating.vacated_dm2"]);
    world.recount().await;
    world.stop().await;
}
