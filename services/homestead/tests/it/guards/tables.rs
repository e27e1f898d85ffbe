//! Every table with the guards that hold it, and a change by which each of them shows that it does.
//!
//! Rows are written `column=value, column=value`; `#1` stands for a UUID of version 8, `@` for a village, `$` for 32 bytes, and
//! `NULL` for NULL.

mod collection;
mod ledger;
mod money;
mod registers;

use std::collections::BTreeMap;

use crate::world::VILLAGE;

/// A table and what holds it.
pub struct Table {
    pub name: &'static str,
    /// What the role of the service may do, as the catalogue writes it in [`super::catalogue`].
    pub may: &'static str,
    /// A row that stands; what follows in the list are further ones, as changes of the first.
    pub rows: &'static [&'static str],
    /// What makes of the first row another one that nothing refuses.
    pub other: &'static str,
    /// A guard of the table, and what makes of the other row one that this guard alone refuses.
    pub guards: &'static [(&'static str, &'static str)],
}

/// Rules are no secret between divisions and hold downwards; these tables are under no row policy.
pub const RULES: &[&str] = &["plan", "tariff", "entry_rule"];

/// What was written in these tables is never changed.
pub const APPENDED: &[&str] = &[
    "book_close",
    "day_close",
    "instalment",
    "journal_entry",
    "limitation_event",
    "mediation",
    "public_notice",
    "public_notice_line",
    "reassessment",
    "root",
    "root_head",
    "seal",
    "served_notice",
    "survey",
    "transfer",
    "vacating",
    "visit",
];

/// Guards that no row offends alone.
pub const COVERED: &[(&str, &str, &str)] = &[
    (
        "parcel",
        "parcel_area_dm2_check",
        "below an area of less than 0 there is no part above the entitlement",
    ),
    (
        "survey",
        "survey_area_dm2_check",
        "below an area of less than 0 there is no part above the entitlement",
    ),
];

/// All tables, those first to which others refer.
pub fn all() -> impl Iterator<Item = &'static Table> {
    [registers::TABLES, ledger::TABLES, money::TABLES, collection::TABLES]
        .into_iter()
        .flatten()
}

impl Table {
    /// Inserts its rows.
    pub fn standing(&self) -> String {
        let rows = self.rows.iter().enumerate();
        rows.map(|(at, more)| self.insert(if at == 0 { "" } else { more }))
            .collect::<Vec<_>>()
            .join(";")
    }

    /// Inserts the other row with a change.
    pub fn another(&self, change: &str) -> String {
        self.insert(&format!("{}, {change}", self.other))
    }

    fn insert(&self, change: &str) -> String {
        let mut row = columns(self.rows[0]);
        row.extend(columns(change));
        let names: Vec<_> = row.keys().copied().collect();
        let values: Vec<_> = row
            .values()
            .map(|value| match *value {
                "NULL" => "NULL".to_owned(),
                value => format!("'{}'", spelled(value)),
            })
            .collect();
        format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
            self.name,
            names.join(", "),
            values.join(", ")
        )
    }
}

fn columns(row: &str) -> BTreeMap<&str, &str> {
    row.split(", ").filter_map(|column| column.split_once('=')).collect()
}

/// `text` with its short forms written out.
pub fn spelled(text: &str) -> String {
    text.replace('#', "00000000-0000-8000-8000-00000000000")
        .replace('@', VILLAGE)
        .replace('$', &format!("\\x{}", "5a".repeat(32)))
}
