//! Party branches on the wire.

use kit::{
    dates,
    error::{Error, Result, Violation},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{BranchAssessment, BranchStar, RedPoint, RedPointTotal};
use time::Date;
use uuid::Uuid;

use super::names;
use crate::store::branch::Total;

const STARS: [BranchStar; 5] = [
    BranchStar::StrongBranch,
    BranchStar::ThrivingTrade,
    BranchStar::Liveable,
    BranchStar::SafeAndLawful,
    BranchStar::CivilisedAndHappy,
];

/// The first year of an assessment.
const FIRST_YEAR: i32 = 2000;

/// Checks year and stars; all that is wrong is told at once.
pub fn check(given: &BranchAssessment, this_year: i32) -> Result<()> {
    let mut wrong = Vec::new();
    if !(FIRST_YEAR..=this_year).contains(&given.year) {
        wrong.push(Violation::new(
            "assessment.year",
            given.year,
            format!("{FIRST_YEAR} to {this_year}"),
        ));
    }
    let mut stars: Vec<BranchStar> = given
        .stars
        .iter()
        .map(proto::xiangtu::villages::v1::StarDecision::star)
        .collect();
    stars.sort_unstable();
    if stars != STARS {
        wrong.push(Violation::new(
            "assessment.stars",
            given.stars.len(),
            "each of the five stars once",
        ));
    }
    for (at, star) in given.stars.iter().take(STARS.len()).enumerate() {
        let path = format!("assessment.stars[{at}]");
        let mut keep = |checked: Result<()>| {
            if let Err(error) = checked {
                wrong.extend_from_slice(error.violations());
            }
        };
        keep(names::lines(&format!("{path}.reason"), &star.reason, 500).map(drop));
        keep(names::evidence(&format!("{path}.evidence"), &star.evidence));
        if star.awarded && star.evidence.is_empty() {
            keep(Err(Error::required(format!("{path}.evidence"))));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_many(wrong))
    }
}

/// An assessment as it was kept.
pub fn assessment(content: &[u8]) -> Result<BranchAssessment> {
    BranchAssessment::decode(content).map_err(Error::internal)
}

/// The id of `redPoints/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "redPoints")
}

/// Resource name of red points.
pub fn name(id: Uuid) -> String {
    format!("redPoints/{id}")
}

/// Checks red points, and answers the day; all but division and member's existence.
pub fn red_point(given: &RedPoint, today: Date) -> Result<Date> {
    let collection = given
        .member
        .split('/')
        .next()
        .filter(|it| *it == "persons")
        .unwrap_or("cadres");
    names::id("red_point.member", &given.member, collection)?;
    names::text("red_point.item", &given.item, 100)?;
    names::evidence("red_point.evidence", &given.evidence)?;
    if given.points == 0 || given.points.unsigned_abs() > 1_000 {
        return Err(Error::invalid(
            "red_point.points",
            given.points,
            "−1,000 to 1,000 and not 0",
        ));
    }
    let day = dates::required("red_point.occurrence_date", given.occurrence_date)?;
    if day > today {
        let rule = format!("a day not after today, {today}");
        return Err(Error::invalid("red_point.occurrence_date", day, rule));
    }
    Ok(day)
}

/// Red points as they were kept.
pub fn kept(content: &[u8]) -> Result<RedPoint> {
    RedPoint::decode(content).map_err(Error::internal)
}

/// Sums of members in order of their names, or ranked and in order of rank.
pub fn totals(sums: &[Total], ranked: bool) -> Vec<RedPointTotal> {
    let rank = |points: i64| sums.iter().filter(|other| other.points > points).count() + 1;
    let mut totals: Vec<RedPointTotal> = sums
        .iter()
        .map(|sum| RedPointTotal {
            member: sum.member.clone(),
            points: sum.points,
            entry_count: i32::try_from(sum.entries).unwrap_or(i32::MAX),
            rank: if ranked {
                super::rating::small(rank(sum.points))
            } else {
                0
            },
        })
        .collect();
    totals.sort_by(|a, b| (a.rank, &a.member).cmp(&(b.rank, &b.member)));
    totals
}
