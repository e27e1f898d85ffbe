//! Codes of administrative divisions (行政区划代码, GB/T 2260 and GB/T 10114).
//!
//! A code is text of two digits for the province, two for the prefecture, two for the county, three for the township,
//! three for the village and three for the natural village or group. The code of a parent begins the code of its child.
//!
//! Statistics write every division in 6 or 12 digits and fill with zeros: `410225001000` is the township `410225001`.
//! No division below the prefecture has a part of only zeros, so **trailing parts of only zeros are filling and are
//! dropped**. A zero part before a part that is not zero is an error, save one: townships directly under a prefecture
//! without counties keep `00` as their county, as in `441900003` (东莞市), and their parent is the prefecture.

use std::fmt;

use crate::error::{Error, Result};

/// Where each part of a code ends.
const ENDS: [usize; 6] = [2, 4, 6, 9, 12, 15];
const RULE: &str = "a division code of 2, 4, 6, 9, 12 or 15 digits, bare or as divisions/{code}";

/// The code of a division, without filling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(String);

/// How deep a division lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省, 2 digits.
    Province,
    /// 地级市, 4 digits.
    Prefecture,
    /// 县, 6 digits.
    County,
    /// 乡镇, 9 digits.
    Township,
    /// 村, 12 digits.
    Village,
    /// 自然村 or 组, 15 digits.
    Group,
}

/// What a township or village is, told from its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 街道: digits 7–9 are 001–099.
    Street,
    /// 镇: digits 7–9 are 100–199.
    Town,
    /// 乡: digits 7–9 are 200–399.
    Township,
    /// Farms, parks and the like on the level of townships: every other value.
    TownshipOther,
    /// 居民委员会: digits 10–12 are 001–199.
    ResidentsCommittee,
    /// 村民委员会: digits 10–12 are 200–399.
    VillagersCommittee,
    /// On the level of villages, as listed: every other value.
    VillageOther,
}

impl Division {
    /// Reads the code in `field`: bare, or as the resource name `divisions/{code}`.
    pub fn parse(field: &str, value: &str) -> Result<Self> {
        let refused = |rule: &str| Error::invalid(field, value, rule);
        let code = value.strip_prefix("divisions/").unwrap_or(value);
        if code.is_empty() {
            return Err(refused(RULE));
        }
        if !code.bytes().all(|byte| byte.is_ascii_digit()) || !ENDS.contains(&code.len()) {
            return Err(refused(RULE));
        }
        let code = without_filling(code);
        if code.starts_with('0') || code.is_empty() {
            return Err(refused("a division code begins with its province, 11 to 82"));
        }
        match zero_part(code) {
            Some(2) => Err(refused("digits 3–4 are zeros although later digits are not")),
            Some(6) => Err(refused("digits 7–9 are zeros although later digits are not")),
            Some(9) => Err(refused("digits 10–12 are zeros although later digits are not")),
            _ => Ok(Self(code.to_owned())),
        }
    }

    /// Reads the division at the head of a resource name such as `divisions/410225104/plans/7`, or a bare code.
    pub fn of_name(field: &str, name: &str) -> Result<Self> {
        let end = name
            .strip_prefix("divisions/")
            .and_then(|code| code.find('/'))
            .map_or(name.len(), |at| at + 10);
        Self::parse(field, &name[..end])
    }

    /// The code without filling.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The code, owned.
    pub fn into_code(self) -> String {
        self.0
    }

    /// The resource name, `divisions/{code}`.
    pub fn name(&self) -> String {
        format!("divisions/{}", self.0)
    }

    /// How deep it lies.
    pub fn level(&self) -> Level {
        match self.0.len() {
            2 => Level::Province,
            4 => Level::Prefecture,
            6 => Level::County,
            9 => Level::Township,
            12 => Level::Village,
            _ => Level::Group,
        }
    }

    /// The division right above; `None` above a province.
    pub fn parent(&self) -> Option<Self> {
        let end = ENDS.iter().rev().find(|end| **end < self.0.len())?;
        Some(Self(without_filling(&self.0[..*end]).to_owned()))
    }

    /// The ancestor (or itself) of `level`; `None` where it has none, such as the county of a township of 东莞市.
    pub fn at(&self, level: Level) -> Option<Self> {
        let mut division = self.clone();
        while division.level() > level {
            division = division.parent()?;
        }
        (division.level() == level).then_some(division)
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Whether it lies inside the prefix `scope` of a caller; the empty scope is everything.
    pub fn within(&self, scope: &str) -> bool {
        self.0.starts_with(scope)
    }

    /// What it is, for townships and villages.
    pub fn kind(&self) -> Option<Kind> {
        // Provinces have two digits.
        let last = self.0.len().checked_sub(3)?;
        match (self.level(), self.0[last..].parse::<u16>().ok()?) {
            (Level::Township, 1..=99) => Some(Kind::Street),
            (Level::Township, 100..=199) => Some(Kind::Town),
            (Level::Township, 200..=399) => Some(Kind::Township),
            (Level::Township, _) => Some(Kind::TownshipOther),
            (Level::Village, 1..=199) => Some(Kind::ResidentsCommittee),
            (Level::Village, 200..=399) => Some(Kind::VillagersCommittee),
            (Level::Village, _) => Some(Kind::VillageOther),
            _ => None,
        }
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_zero(part: &str) -> bool {
    part.bytes().all(|byte| byte == b'0')
}

/// Drops trailing parts of only zeros.
fn without_filling(code: &str) -> &str {
    let mut code = code;
    for at in (0..ENDS.len()).rev() {
        let start = if at == 0 { 0 } else { ENDS[at - 1] };
        if code.len() == ENDS[at] {
            if !is_zero(&code[start..]) {
                break;
            }
            code = &code[..start];
        }
    }
    code
}

/// Where the first forbidden part of only zeros begins; `00` for the county is allowed.
fn zero_part(code: &str) -> Option<usize> {
    ENDS.windows(2)
        .take_while(|ends| ends[1] <= code.len())
        .find(|ends| ends[0] != 4 && is_zero(&code[ends[0]..ends[1]]))
        .map(|ends| ends[0])
}

#[cfg(test)]
mod tests;
