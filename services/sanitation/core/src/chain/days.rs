//! What the service signs of an export: each township's day, and the whole. Dates are as `2024-03-31`, digests hexadecimal.

use std::fmt::Write as _;

/// All trips of a township's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// Name of the township, `divisions/{code}`.
    pub division: String,
    /// The day.
    pub date: String,
    /// Name of each trip with the number of its hand-overs and the digest of the last, by name.
    pub trips: Vec<(String, i64, String)>,
}

/// An export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Export {
    /// Name of the division asked for; empty: all.
    pub division: String,
    /// First and last day asked for.
    pub days_asked: (String, String),
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// Township, date and digest of each day, in the order of the file.
    pub days: Vec<(String, String, String)>,
}

impl Day {
    /// The bytes that are signed, as the contract states them.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "xiangtu custody day 1\ndivision={}\ndate={}\n",
            self.division, self.date
        );
        for (trip, count, last_digest) in &self.trips {
            let _ = writeln!(text, "trip={trip} {count} {last_digest}");
        }
        text.into_bytes()
    }
}

impl Export {
    /// The bytes that are signed, as the contract states them.
    pub fn bytes(&self) -> Vec<u8> {
        let (from, to) = &self.days_asked;
        let mut text = format!(
            "xiangtu custody export 1\ndivision={}\nfrom_date={from}\nto_date={to}\ntime={}\n",
            self.division, self.at_us
        );
        for (division, date, sha256) in &self.days {
            let _ = writeln!(text, "day={division} {date} {sha256}");
        }
        text.into_bytes()
    }
}
