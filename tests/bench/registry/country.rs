//! A country of 1,000,000 villages with a rating and five households each.

use kit::crypt::{Crypt, Pii};
use tests::PII_KEY;

/// The county and the township that are read.
pub const COUNTY: &str = "450505";
/// One of its townships.
pub const TOWNSHIP: &str = "450505110";

/// Fills 20 provinces of 10 prefectures, each with 10 counties of 20 townships with 25 villages.
pub fn statements() -> Vec<String> {
    let province = |n: &str| format!("(41 + {n})::text");
    let county = |n: &str| {
        format!(
            "{} || lpad((1 + {n} / 10 % 10)::text, 2, '0') || lpad((1 + {n} % 10)::text, 2, '0')",
            province(&format!("{n} / 100"))
        )
    };
    let township = |n: &str| format!("{} || (101 + {n} % 20)", county(&format!("({n} / 20)")));
    let village = |n: &str| format!("{} || (201 + {n} % 25)", township(&format!("({n} / 25)")));
    let divisions = |code: &str, level: &str, kind: &str, count: u32| {
        format!(
            "INSERT INTO divisions (division_code, parent_code, display_name, level, kind, valid_from, known_from)
             SELECT {code}, NULL, '第' || n || '号', '{level}', '{kind}', '2024-01-01', '2024-01-01'
             FROM generate_series(0, {count} - 1) n"
        )
    };
    // What is sealed once opens everywhere: the label is bound, the row is not.
    let crypt = Crypt::from_keys(&format!("k1:{PII_KEY}"), PII_KEY).expect("keys");
    let sealed =
        |label: &str, value: &str| hex::encode(crypt.seal(label, &Pii::new(value.to_owned())).expect("sealed"));
    let (head, phone) = (
        sealed("households.head_name", "王小明"),
        sealed("households.phone", "13800001111"),
    );
    vec![
        divisions(&county("n"), "COUNTY", "COUNTY", 2_000),
        divisions(&township("n"), "TOWNSHIP", "TOWN", 40_000),
        divisions(&village("n"), "VILLAGE", "VILLAGE", 1_000_000),
        format!(
            "INSERT INTO households (household_id, division_code, head_name, head_name_blind, phone, phone_blind,
                 registered_person_count, resident_person_count, residence_status, low_income, sewage_connected,
                 five_beauty_courtyard, valid_from, known_from)
             SELECT {code} || lpad((n % 5)::text, 4, '0'), {code}, decode('{head}', 'hex'), sha256(n::text::bytea),
                 decode('{phone}', 'hex'), sha256((n / 2)::text::bytea), 4, 3, 'RESIDENT', n % 20 = 0, n % 3 = 0, n % 7 = 0,
                 '2024-01-01', '2024-01-01'
             FROM generate_series(0, 4999999) n",
            code = village("(n / 5)"),
        ),
        format!(
            "INSERT INTO ratings (rating_id, division_code, plan_division, plan_code, plan_version, as_of, known_at, tier,
                 target_tier, on_target, score_milli, score_full_milli, digest, content)
             SELECT gen_random_uuid(), {code}, '{COUNTY}', 'current', 1, current_date - 1, now() - interval '1 hour',
                 CASE n % 3 WHEN 0 THEN '' ELSE 'compliant' END, 'compliant', n % 3 > 0, n % 100 * 1000, 100000, '', ''
             FROM generate_series(0, 999999) n",
            code = village("n"),
        ),
    ]
}
