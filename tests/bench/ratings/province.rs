//! A province of 40 counties with 500 villages each, its plan of 60 criteria, and three months of figures.

use tests::{Suite, plan};

/// The real county.
pub const LANKAO: &str = "410225";
/// Counties of the province.
pub const COUNTIES: usize = 40;
const INDICATORS: usize = 20;

/// Code of the n-th county.
pub fn county(n: usize) -> String {
    format!("4203{:02}", n + 1)
}

/// Fills the register and the figures of all villages, those of the real county too.
pub fn statements() -> Vec<String> {
    let divisions = |code: &str, parent: &str, level: &str, kind: &str, from: &str| {
        format!(
            "INSERT INTO divisions (division_code, parent_code, display_name, level, kind, valid_from, known_from)
             SELECT {code}, {parent}, '第' || n || '号', '{level}', '{kind}', '2024-01-01', '2024-01-01' FROM {from}"
        )
    };
    let counties = format!("generate_series(1, {COUNTIES}) n");
    let townships = format!("generate_series(0, {COUNTIES} * 20 - 1) n");
    let villages = format!("generate_series(0, {COUNTIES} * 500 - 1) n");
    let of_county = "'4203' || lpad((n / 20 + 1)::text, 2, '0')";
    let of_town = "'4203' || lpad((n / 500 + 1)::text, 2, '0') || (101 + n % 500 / 25)";
    vec![
        divisions("'4203' || lpad(n::text, 2, '0')", "NULL", "COUNTY", "COUNTY", &counties),
        divisions(&format!("{of_county} || (101 + n % 20)"), of_county, "TOWNSHIP", "TOWN", &townships),
        divisions(&format!("{of_town} || (201 + n % 25)"), of_town, "VILLAGE", "VILLAGE", &villages),
        format!(
            "INSERT INTO measurements (measurement_id, division_code, indicator, as_of_date, source, revision, numerator,
                 denominator, reporter, recorded_at)
             SELECT gen_random_uuid(), d.division_code, 'share_' || i, current_date - age, 'SELF_REPORT', 1,
                 690 + abs(hashtext(d.division_code || i)) % 310 - age, 1000, 'bench', now() - interval '1 hour'
             FROM divisions d, generate_series(1, {INDICATORS}) i,
                 unnest(ARRAY[75, 45, 15]) age
             WHERE d.level = 'VILLAGE'"
        ),
    ]
}

/// Applies the plan to a county: three tiers, each of which asks for a share of every indicator.
pub async fn apply(suite: &Suite, county: &str) {
    let tiers = [("compliant", "61%"), ("one_star", "65%"), ("two_star", "80%")];
    plan::apply(suite, county, INDICATORS, &tiers).await;
}
