//! The real lists that a county is generated from.

use std::{collections::HashMap, fmt, io::Read};

/// Texts of the lists, CSV in UTF-8.
pub struct Lists<R> {
    /// `villages.csv`.
    pub villages: R,
    /// `groups.csv`.
    pub groups: R,
    /// `village_indicators.csv`.
    pub indicators: R,
    /// `collection_points.csv`.
    pub points: R,
    /// `cadres.csv`.
    pub cadres: R,
    /// `register_counts.csv`.
    pub counts: R,
}

/// A county as its lists state it, villages in the order of the list.
#[derive(Debug)]
pub struct County {
    /// All village-level divisions.
    pub villages: Vec<Village>,
}

/// A village-level division.
#[derive(Clone, Debug, Default)]
pub struct Village {
    /// Code, 12 digits.
    pub code: String,
    /// Position in millionths of a degree, east and north.
    pub position: (i32, i32),
    /// Households on the register.
    pub household_count: u32,
    /// Persons on the register.
    pub registered_person_count: u32,
    /// Persons who live there.
    pub resident_person_count: u32,
    /// Parcels of homestead land.
    pub parcel_count: u32,
    /// Groups in the order of their codes.
    pub groups: Vec<Group>,
    /// Collection points in the order of their codes.
    pub points: Vec<Point>,
    /// Cadres who answer for debtor households.
    pub cadres: Vec<String>,
    /// Houses of grade D.
    pub d_grade_count: u32,
    /// Shares of the households in per mille: toilet converted, sewer connected, five-beauty courtyard.
    pub permille: Shares,
}

/// Shares of the households of a village, per mille.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// With a converted toilet.
    pub toilet_converted: u32,
    /// With a connected sewer pipe.
    pub sewage_connected: u32,
    /// With a five-beauty courtyard.
    pub five_beauty: u32,
}

impl Default for Shares {
    /// The county's averages, for villages without figures.
    fn default() -> Self {
        Self {
            toilet_converted: 840,
            sewage_connected: 311,
            five_beauty: 301,
        }
    }
}

/// A group of a village.
#[derive(Clone, Debug)]
pub struct Group {
    /// Code, 14 digits.
    pub code: String,
}

/// A place where bins stand.
#[derive(Clone, Debug)]
pub struct Point {
    /// Identifier, `CP` and the code of the first group that it serves.
    pub id: String,
    /// Bins that stand there.
    pub bin_count: u32,
    /// Position in millionths of a degree, east and north.
    pub position: (i32, i32),
}

/// A list that cannot be used.
#[derive(Debug)]
pub struct ListError(String);

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ListError {}

impl County {
    /// Reads the lists.
    pub fn read<R: Read>(lists: Lists<R>) -> Result<Self, ListError> {
        let mut villages = Vec::new();
        each("villages", lists.villages, |row| {
            villages.push(Village {
                code: row.text("code")?,
                position: (row.degrees("lng")?, row.degrees("lat")?),
                household_count: row.number("registered_households")?,
                registered_person_count: row.number("registered_persons")?,
                resident_person_count: row.number("resident_persons")?,
                ..Village::default()
            });
            Ok(())
        })?;
        let index: HashMap<String, usize> = villages
            .iter()
            .enumerate()
            .map(|(at, village)| (village.code.clone(), at))
            .collect();
        let find = |code: &str| {
            index
                .get(code)
                .copied()
                .ok_or_else(|| ListError(format!("{code} is not in the list of villages")))
        };
        each("groups", lists.groups, |row| {
            let group = Group {
                code: row.text("group_code")?,
            };
            villages[find(&row.text("village_code")?)?].groups.push(group);
            Ok(())
        })?;
        each("village_indicators", lists.indicators, |row| {
            let village = &mut villages[find(&row.text("village_code")?)?];
            village.d_grade_count = row.number("d_grade_houses").unwrap_or(0);
            village.permille = Shares {
                toilet_converted: row.permille("toilet_converted_pct", village.permille.toilet_converted)?,
                sewage_connected: row.permille("sewage_branch_connected_pct", village.permille.sewage_connected)?,
                five_beauty: row.permille("five_beauty_pct", village.permille.five_beauty)?,
            };
            Ok(())
        })?;
        each("collection_points", lists.points, |row| {
            let point = Point {
                id: row.text("cp_id")?,
                bin_count: row.number("bins")?,
                position: (row.degrees("lng")?, row.degrees("lat")?),
            };
            villages[find(&row.text("village_code")?)?].points.push(point);
            Ok(())
        })?;
        each("cadres", lists.cadres, |row| {
            // Leaders of the county and its townships hold no portfolio.
            if let Some(at) = index.get(&row.text("org_code")?) {
                villages[*at].cadres.push(row.text("cadre_id")?);
            }
            Ok(())
        })?;
        each("register_counts", lists.counts, |row| {
            villages[find(&row.text("village_code")?)?].parcel_count = row.number("parcels")?;
            Ok(())
        })?;
        for village in &mut villages {
            village.groups.sort_by(|a, b| a.code.cmp(&b.code));
            village.points.sort_by(|a, b| a.id.cmp(&b.id));
        }
        Ok(Self { villages })
    }
}

/// A row of a list, with its place for messages.
struct Row<'a> {
    list: &'static str,
    header: &'a csv::StringRecord,
    fields: &'a csv::StringRecord,
}

impl Row<'_> {
    fn field(&self, column: &str) -> Result<&str, ListError> {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at))
            .ok_or_else(|| ListError(format!("{} has no column {column}", self.list)))
    }

    fn text(&self, column: &str) -> Result<String, ListError> {
        Ok(self.field(column)?.to_owned())
    }

    fn number(&self, column: &str) -> Result<u32, ListError> {
        self.field(column)?.parse().map_err(|_| self.wrong(column))
    }

    fn degrees(&self, column: &str) -> Result<i32, ListError> {
        decimal(self.field(column)?, 6)
            .and_then(|value| i32::try_from(value).ok())
            .ok_or_else(|| self.wrong(column))
    }

    fn permille(&self, column: &str, unknown: u32) -> Result<u32, ListError> {
        match self.field(column)? {
            "" => Ok(unknown),
            text => decimal(text, 1)
                .and_then(|value| u32::try_from(value).ok())
                .ok_or_else(|| self.wrong(column)),
        }
    }

    fn wrong(&self, column: &str) -> ListError {
        let line = self.fields.position().map_or(0, csv::Position::line);
        ListError(format!(
            "{} line {line}: {column} is {:?}",
            self.list,
            self.field(column).unwrap_or_default()
        ))
    }
}

/// A decimal number as a whole number of its `digits`-th decimal place.
fn decimal(text: &str, digits: usize) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > digits {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

fn each<R: Read>(
    list: &'static str,
    text: R,
    mut take: impl FnMut(&Row<'_>) -> Result<(), ListError>,
) -> Result<(), ListError> {
    let failed = |error: csv::Error| ListError(format!("{list}: {error}"));
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers().map_err(failed)?.clone();
    for fields in reader.records() {
        let fields = fields.map_err(failed)?;
        take(&Row {
            list,
            header: &header,
            fields: &fields,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn reads_decimals_without_floats() {
        assert_eq!(decimal("114.826376", 6), Some(114_826_376));
        assert_eq!(decimal("34.82264", 6), Some(34_822_640));
        assert_eq!(decimal("97.8", 1), Some(978));
        assert_eq!(decimal("100", 1), Some(1000));
        assert_eq!(decimal("1.23", 1), None);
        assert_eq!(decimal("x", 1), None);
    }
}
