//! Rules of household points and goods of points shops on the wire.

use std::collections::HashSet;

use kit::{
    dates,
    error::{Error, Result, Violation},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{PointGoods, PointItem, PointPeriod, PointRules, Post};
use uuid::Uuid;
use villages_core::points::{Cap, Period};

use super::{division, measurement, names};
use crate::store::point_rules::GoodsRow;

const MOST_ITEMS: usize = 200;
/// Most points of one occurrence.
const LARGEST: i64 = 10_000;
/// Most points, pieces or price of anything else.
pub const MOST: i64 = 1_000_000;
const LONGEST_EXPIRY: i32 = 120;

/// Division and version of `divisions/{code}/pointRules/{version}`.
pub fn key(field: &str, name: &str) -> Result<(String, i32)> {
    let parts = name
        .strip_prefix("divisions/")
        .and_then(|rest| rest.split_once("/pointRules/"));
    let parsed = parts.and_then(|(division, version)| Some((division, version.parse::<i32>().ok()?)));
    let rule = "a resource name divisions/{code}/pointRules/{version}";
    let (division, version) = parsed.ok_or_else(|| Error::invalid(field, name, rule))?;
    Ok((kit::division::Division::parse(field, division)?.into_code(), version))
}

/// Resource name of a version.
pub fn name(division: &str, version: i32) -> String {
    format!("divisions/{division}/pointRules/{version}")
}

/// A version as it was kept.
pub fn rules(content: &[u8]) -> Result<PointRules> {
    PointRules::decode(content).map_err(Error::internal)
}

/// Checks resolution and items; all that is wrong is told at once.
pub fn check(rules: &PointRules) -> Result<()> {
    let mut wrong = Vec::new();
    keep(&mut wrong, names::text("rules.resolution", &rules.resolution, 200));
    if !(1..=MOST_ITEMS).contains(&rules.items.len()) {
        let rule = format!("1 to {MOST_ITEMS} items");
        wrong.push(Violation::new("rules.items", rules.items.len(), rule));
    }
    let mut codes = HashSet::new();
    for (at, item) in rules.items.iter().take(MOST_ITEMS).enumerate() {
        let path = format!("rules.items[{at}]");
        keep(&mut wrong, measurement::indicator(&format!("{path}.code"), &item.code));
        keep(
            &mut wrong,
            names::text(&format!("{path}.display_name"), &item.display_name, 100),
        );
        if !codes.insert(item.code.as_str()) {
            wrong.push(Violation::new(
                format!("{path}.code"),
                &item.code,
                "unique in the rules",
            ));
        }
        wrong.extend(numbers(&path, item));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_many(wrong))
    }
}

fn numbers(path: &str, item: &PointItem) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut add =
        |name: &str, value: i64, rule: String| wrong.push(Violation::new(format!("{path}.{name}"), value, rule));
    if item.points == 0 || item.points.unsigned_abs() > LARGEST.unsigned_abs() {
        add("points", item.points, "−10,000 to 10,000 and not 0".to_owned());
    }
    let capped = period(item.cap_period);
    let least = item.points.checked_abs().unwrap_or(MOST);
    match capped {
        Err(()) => add("cap_period", item.cap_period.into(), "one of PointPeriod".to_owned()),
        Ok(None) if item.cap_points != 0 => add("cap_points", item.cap_points, "0 without a cap_period".to_owned()),
        Ok(Some(_)) if !(least..=MOST).contains(&item.cap_points) => {
            add(
                "cap_points",
                item.cap_points,
                format!("{least} (one occurrence) to 1,000,000"),
            );
        }
        _ => {}
    }
    let longest = if item.points < 0 { 0 } else { LONGEST_EXPIRY };
    if !(0..=longest).contains(&item.expiry_months) {
        add("expiry_months", item.expiry_months.into(), format!("0 to {longest}"));
    }
    for (at, post) in item.award_posts.iter().enumerate() {
        if matches!(Post::try_from(*post), Err(_) | Ok(Post::Unspecified)) {
            add(&format!("award_posts[{at}]"), (*post).into(), "one of Post".to_owned());
        }
    }
    wrong
}

fn keep<T>(wrong: &mut Vec<Violation>, checked: Result<T>) {
    if let Err(error) = checked {
        wrong.extend_from_slice(error.violations());
    }
}

fn period(value: i32) -> Result<Option<Period>, ()> {
    match PointPeriod::try_from(value).map_err(drop)? {
        PointPeriod::Unspecified => Ok(None),
        PointPeriod::Month => Ok(Some(Period::Month)),
        PointPeriod::Quarter => Ok(Some(Period::Quarter)),
        PointPeriod::Year => Ok(Some(Period::Year)),
    }
}

/// The cap of a checked item.
pub fn cap(item: &PointItem) -> Option<Cap> {
    let period = period(item.cap_period).ok().flatten()?;
    Some(Cap {
        points: item.cap_points,
        period,
    })
}

/// Name of a post, as the register keeps it.
pub fn post_name(post: Post) -> &'static str {
    post.as_str_name().trim_start_matches("POST_")
}

/// Months in which points can be used, of a checked number.
pub fn months(months: i32) -> u16 {
    u16::try_from(months).unwrap_or(0)
}

/// Reads the months of points that are given or taken outside the rules.
pub fn expiry(field: &str, months: i32, points: i64) -> Result<u16> {
    let longest = if points < 0 { 0 } else { LONGEST_EXPIRY };
    if (0..=longest).contains(&months) {
        Ok(self::months(months))
    } else {
        Err(Error::invalid(field, months, format!("0 to {longest}")))
    }
}

/// A number of a range.
pub fn within(field: &str, value: i64, least: i64, most: i64) -> Result<i64> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Error::invalid(field, value, format!("{least} to {most}")))
    }
}

/// The id of `pointGoods/{uid}`.
pub fn goods_id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "pointGoods")
}

/// Goods as they are.
pub fn goods(row: &GoodsRow) -> PointGoods {
    let name = format!("pointGoods/{}", row.goods_id);
    let state = [
        &name,
        &row.price_points.to_string(),
        &row.stock.to_string(),
        &row.closed.to_string(),
    ];
    PointGoods {
        etag: etag::of(&state.map(String::as_str)),
        name,
        division: division::name(&row.division_code),
        display_name: row.display_name.clone(),
        price_points: row.price_points,
        stock_count: row.stock,
        closed: row.closed,
    }
}

/// No rules hold in a division on a day.
pub fn none(division: &str, day: time::Date) -> Error {
    let name = division::name(division);
    let message = format!("no rules of points hold in {name} on {day}");
    Error::rule("NO_POINT_RULES", &name, message, format!("{day} 没有适用的积分细则"))
}

/// The rules as they are kept.
pub fn content(rules: &PointRules, division_code: &str, version: i32, effective: time::Date) -> PointRules {
    PointRules {
        name: name(division_code, version),
        division: division::name(division_code),
        version,
        effective_date: Some(dates::to_proto(effective)),
        resolution: rules.resolution.trim().to_owned(),
        ..rules.clone()
    }
}
