//! What a year of over-occupied area costs, in whole numbers: written from the tariff's text, not from the service's code.

/// First and last edge of each band above the entitlement in 0.01 m², and its price in fen per m² and year.
pub const BANDS: [(i64, i64, i64); 4] = [
    (3_000, 6_000, 800),
    (6_000, 10_000, 1_000),
    (10_000, 15_000, 1_200),
    (15_000, i64::MAX, 1_500),
];
/// Days of 2025.
pub const DAYS: i64 = 365;
/// Days after the issue within which a bill that is paid earns the discount.
pub const IN_TIME: i64 = 45;

/// A fee and what a hardship class need not pay of it, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fee {
    pub gross: i64,
    pub relief: i64,
}

/// Rounded to the nearest, half up; neither is negative.
pub fn half_up(numerator: i64, denominator: i64) -> i64 {
    (numerator + denominator / 2) / denominator
}

/// Hundredths of a fen a year.
fn yearly(over: i64) -> i64 {
    let part = |(from, until, price): &(i64, i64, i64)| (over.min(*until) - from).max(0) * price;
    BANDS.iter().map(part).sum()
}

/// The fee of the first `days` days of the year; half of it is remitted where the household draws the allowance.
fn until(over: i64, low_income: bool, days: i64) -> Fee {
    let gross = half_up(yearly(over) * days, 100 * DAYS);
    let relief = if low_income { half_up(gross, 2) } else { 0 };
    Fee { gross, relief }
}

/// The fee of the year for areas that each hold from a day on (0 is 1 January) until the next one.
pub fn fee(areas: &[(i64, i64)], low_income: bool) -> Fee {
    let ends = areas.iter().skip(1).map(|(from, _)| *from).chain([DAYS]);
    let mut sum = Fee::default();
    for ((from, over), end) in areas.iter().zip(ends) {
        let (begun, done) = (until(*over, low_income, *from), until(*over, low_income, end));
        sum.gross += done.gross - begun.gross;
        sum.relief += done.relief - begun.relief;
    }
    sum
}

/// What whoever pays at once saves of what a bill asks: a tenth.
pub fn saved(asked: i64) -> i64 {
    half_up(asked, 10)
}
