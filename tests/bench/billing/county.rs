//! A county of 100 townships with 30 villages each, in which every household has 100 m² too much.

use kit::crypt::{Crypt, Pii};
use tests::{PII_KEY, village::COUNTY};

pub const TOWNSHIPS: u32 = 100;
/// One of them.
pub const TOWNSHIP: &str = "410225101";

/// Village of household `n`.
const VILLAGE: &str = "'410225' || (101 + n % 100) || (201 + n / 100 % 30)";

/// Fills the registers.
pub fn statements(households: u32) -> Vec<String> {
    // What is sealed once opens everywhere: the label is bound, the row is not.
    let crypt = Crypt::from_keys(&format!("k1:{PII_KEY}"), PII_KEY).expect("keys");
    let sealed = |label: &str| hex::encode(crypt.seal(label, &Pii::new("王小明".to_owned())).expect("sealed"));
    let (head, cadre) = (sealed("household.head_name"), sealed("cadre.name"));
    let id = format!("{VILLAGE} || '01' || lpad(n::text, 7, '0')");
    let all = format!("FROM generate_series(0, {households} - 1) n");
    vec![
        format!(
            "INSERT INTO cadre (cadre_id, division_code, name, name_index, post, valid_from)
             SELECT 'C' || {VILLAGE}, {VILLAGE}, decode('{cadre}', 'hex'), '', 'village_secretary', '2024-01-01'
             FROM generate_series(0, 2999) n"
        ),
        format!(
            "INSERT INTO household (household_id, division_code, head_name, head_name_index, valid_from)
             SELECT {id}, {VILLAGE}, decode('{head}', 'hex'), '', '2024-01-01' {all}"
        ),
        format!(
            "INSERT INTO parcel (parcel_id, household_id, division_code, parcel_number, area_dm2, over_dm2, entitled_dm2, period, cause,
                 use, certified, disputed, valid_from)
             SELECT {id} || 'P1', {id}, {VILLAGE}, 1, 26700, 10000, 16700, 4, 1, 1, true, false, '2024-01-01' {all}"
        ),
        format!(
            "INSERT INTO occupation (household_id, parcel_id, division_code, from_on, over_dm2, measured_on, recorded_at)
             SELECT {id}, {id} || 'P1', {VILLAGE}, '1900-01-01', 10000, '1900-01-01', now() {all}"
        ),
        format!(
            "INSERT INTO portfolio (household_id, division_code, cadre_id, from_on)
             SELECT {id}, {VILLAGE}, 'C' || {VILLAGE}, '2024-01-01' {all}"
        ),
        format!("INSERT INTO book (division_code) SELECT division_code FROM cadre WHERE division_code ^@ '{COUNTY}'"),
    ]
}
