//! Values of cells that several registers have in common. All answer the text that goes into the staging table.

use kit::{
    dates::SHANGHAI,
    division::Level,
    import::{Row, RowError},
};
use time::{
    OffsetDateTime, PrimitiveDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const LOCAL: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// An id of the county's own: 1–40 letters, digits, `-` or `_`.
pub fn id(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let text = row.required(column)?;
    if is_id(text) {
        Ok(text.to_owned())
    } else {
        Err(row.error(
            column,
            "BAD_ID",
            "1 to 40 letters, digits, - or _",
            "1 到 40 个字母、数字、- 或 _",
        ))
    }
}

/// Whether `text` can be an id of the county's own.
pub fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// An id, where one is given.
pub fn optional_id(row: &Row<'_>, column: &str) -> Result<Option<String>, RowError> {
    row.optional(column).map(|_| id(row, column)).transpose()
}

/// The code of a village.
pub fn village(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    division(
        row,
        column,
        Level::Village,
        "the code of a village, 12 digits",
        "应为 12 位村级代码",
    )
}

/// The code of a township.
pub fn township(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    division(
        row,
        column,
        Level::Township,
        "the code of a township, 9 digits",
        "应为 9 位乡级代码",
    )
}

/// The code of a county or township.
pub fn county_or_township(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let division = row.division(column)?;
    if matches!(division.level(), Level::County | Level::Township) {
        return Ok(division.into_code());
    }
    let rule = "the code of a county, 6 digits, or township, 9 digits";
    Err(row.error(column, "WRONG_LEVEL", rule, "应为 6 位县级代码或 9 位乡级代码"))
}

fn division(row: &Row<'_>, column: &str, level: Level, rule: &str, rule_zh: &str) -> Result<String, RowError> {
    let division = row.division(column)?;
    if division.level() == level {
        Ok(division.into_code())
    } else {
        Err(row.error(column, "WRONG_LEVEL", rule, rule_zh))
    }
}

/// A text of at most 100 characters.
pub fn text(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let text = row.required(column)?;
    if text.chars().count() <= 100 {
        Ok(text.to_owned())
    } else {
        Err(row.error(column, "TOO_LONG", "at most 100 characters", "不超过 100 个字"))
    }
}

/// A whole number that must be given.
pub fn whole(row: &Row<'_>, column: &str, low: i64, high: i64) -> Result<String, RowError> {
    row.required(column)?;
    Ok(row.integer(column, low..=high)?.unwrap_or(low).to_string())
}

/// A decimal number in thousandths, exactly, `least` thousandths to `most` whole units; `None` where the cell is empty.
pub fn thousandths(row: &Row<'_>, column: &str, least: i64, most: i64) -> Result<Option<String>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    match parse_thousandths(text) {
        Some(value) if (least..=most * 1_000).contains(&value) => Ok(Some(value.to_string())),
        _ => {
            let least = format!("{}.{:03}", least / 1_000, least % 1_000);
            let rule = format!("a number from {least} to {most} with at most 3 decimals");
            let rule_zh = format!("应为 {least} 到 {most}、至多三位小数的数");
            Err(row.error(column, "OUT_OF_RANGE", &rule, &rule_zh))
        }
    }
}

/// An amount of yuan that must be given, as fen, 0 to a hundred million yuan.
pub fn fen(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let milli = parse_thousandths(row.required(column)?);
    let fen = milli.filter(|milli| milli % 10 == 0).map(|milli| milli / 10);
    fen.filter(|fen| *fen <= 10_000_000_000)
        .map(|fen| fen.to_string())
        .ok_or_else(|| {
            let rule = "yuan from 0 to 100,000,000 with at most 2 decimals";
            row.error(column, "OUT_OF_RANGE", rule, "应为 0 到 1 亿元、至多两位小数的金额")
        })
}

fn parse_thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<3}").parse().ok()
}

/// A clock time `HH:MM` up to `24:00`, as seconds after midnight.
pub fn clock(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let text = row.required(column)?;
    parse_clock(text).map(|seconds| seconds.to_string()).ok_or_else(|| {
        row.error(
            column,
            "BAD_TIME",
            "a clock time HH:MM from 00:00 to 24:00",
            "应为 00:00 到 24:00 的时间",
        )
    })
}

fn parse_clock(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let seconds = number(hours)? * 3_600 + number(minutes).filter(|minutes| *minutes < 60)? * 60;
    (seconds <= 86_400).then_some(seconds)
}

/// Opening before closing, both from [`clock`].
pub fn span(row: &Row<'_>, opens: &str, closes: &str) -> Result<(String, String), RowError> {
    let (from, to) = (clock(row, opens)?, clock(row, closes)?);
    if from.parse::<u32>().ok() < to.parse::<u32>().ok() {
        Ok((from, to))
    } else {
        let rule = format!("later than {opens}");
        Err(row.error(closes, "WRONG_ORDER", &rule, &format!("应晚于 {opens}")))
    }
}

/// An instant: `2024-03-01T05:54:00` in Asia/Shanghai, or with an offset of its own.
pub fn instant(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let text = row.required(column)?;
    parse_instant(text)
        .and_then(|instant| instant.format(&Rfc3339).ok())
        .ok_or_else(|| {
            let rule = "an instant YYYY-MM-DDTHH:MM:SS in Asia/Shanghai, or with an offset";
            row.error(column, "BAD_TIME", rule, "应为北京时间 YYYY-MM-DDTHH:MM:SS")
        })
}

fn parse_instant(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, LOCAL)
        .map(|local| local.assume_offset(SHANGHAI))
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .ok()
}

/// A day that must be given.
pub fn day(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    row.required(column)?;
    Ok(row.date(column)?.map(|date| date.to_string()).unwrap_or_default())
}

/// Two days of which the later must not come before the earlier.
pub fn days(row: &Row<'_>, from: &str, until: &str) -> Result<(String, String), RowError> {
    let (first, last) = (day(row, from)?, day(row, until)?);
    // Written alike, days are ordered as their texts are.
    if first <= last {
        return Ok((first, last));
    }
    let rule = format!("not before {from}");
    Err(row.error(until, "WRONG_ORDER", &rule, &format!("不应早于 {from}")))
}

/// A longitude and a latitude in WGS-84 degrees.
pub fn position(row: &Row<'_>) -> Result<(String, String), RowError> {
    Ok((degrees(row, "lng", 180.0)?, degrees(row, "lat", 90.0)?))
}

fn degrees(row: &Row<'_>, column: &str, most: f64) -> Result<String, RowError> {
    let text = row.required(column)?;
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= most => Ok(value.to_string()),
        _ => {
            let rule = format!("degrees from −{most} to {most}");
            Err(row.error(column, "OUT_OF_RANGE", &rule, &format!("应为 −{most} 到 {most} 的度数")))
        }
    }
}

/// Positions `lng lat;lng lat`, at most 2,000; empty where the cell is.
pub fn positions(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let text = row.optional(column).unwrap_or_default();
    parse_positions(text).ok_or_else(|| {
        let rule = "positions `lng lat;lng lat` in WGS-84 degrees, at most 2,000";
        row.error(column, "BAD_POSITIONS", rule, "应为至多 2000 个以分号隔开的“经度 纬度”")
    })
}

/// The positions in the one form in which they are kept.
fn parse_positions(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut kept = Vec::new();
    for position in text.split(';') {
        let (lng, lat) = position.trim().split_once(' ')?;
        let (lng, lat): (f64, f64) = (lng.parse().ok()?, lat.trim().parse().ok()?);
        if !(lng.abs() <= 180.0 && lat.abs() <= 90.0) || kept.len() == 2_000 {
            return None;
        }
        kept.push(format!("{lng} {lat}"));
    }
    Some(kept.join(";"))
}

/// `0` or `1`, `false` or `true`.
pub fn flag(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    match row.required(column)? {
        "1" | "true" => Ok("true".to_owned()),
        "0" | "false" => Ok("false".to_owned()),
        _ => Err(row.error(column, "BAD_FLAG", "0 or 1", "应为 0 或 1")),
    }
}

/// Kinds of waste that a register may name.
pub const STREAMS: [&str; 4] = ["residual", "kitchen", "recyclable", "hazardous"];

/// A kind of waste, where one is given; empty: whatever is not collected apart.
pub fn stream(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    match row.optional(column) {
        None => Ok(String::new()),
        Some(_) => choice(row, column, &STREAMS),
    }
}

/// Kinds of waste, each once in their usual order and separated by |; empty: all.
pub fn streams(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    let given: Vec<&str> = row
        .optional(column)
        .map(|text| text.split('|').map(str::trim).collect())
        .unwrap_or_default();
    if given.iter().all(|stream| STREAMS.contains(stream)) {
        let kept: Vec<&str> = STREAMS.into_iter().filter(|stream| given.contains(stream)).collect();
        return Ok(kept.join("|"));
    }
    let list = STREAMS.join(", ");
    let rule = format!("some of {list}, separated by |");
    Err(row.error(column, "UNKNOWN_KIND", &rule, &format!("应为以 | 隔开的 {list}")))
}

/// One of `choices`.
pub fn choice(row: &Row<'_>, column: &str, choices: &[&str]) -> Result<String, RowError> {
    let text = row.required(column)?;
    if choices.contains(&text) {
        return Ok(text.to_owned());
    }
    let list = choices.join(", ");
    Err(row.error(
        column,
        "UNKNOWN_KIND",
        &format!("one of {list}"),
        &format!("应为 {list} 之一"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_are_exact() {
        let cases = [
            ("151.9", Some(151_900)),
            ("4.5", Some(4_500)),
            ("25", Some(25_000)),
            ("0.001", Some(1)),
        ];
        for (text, value) in cases {
            assert_eq!(parse_thousandths(text), value, "{text}");
        }
        for text in ["", ".", "-1", "1.2345", "1e3", "NaN", "1,5", "１"] {
            assert_eq!(parse_thousandths(text), None, "{text}");
        }
    }

    #[test]
    fn positions_have_one_form() {
        let kept = parse_positions("114.80 34.5;  -7 0").expect("positions");
        assert_eq!(kept, "114.8 34.5;-7 0");
        assert_eq!(parse_positions(&kept).as_ref(), Some(&kept));
        assert_eq!(parse_positions("").as_deref(), Some(""));
        let many = vec!["1 1"; 2_001].join(";");
        for text in ["1", "1 2;", "181 2", "1 91", "NaN 1", "1,2", "1 2 3", &many] {
            assert_eq!(parse_positions(text), None, "{text}");
        }
    }

    #[test]
    fn clocks_run_to_midnight() {
        assert_eq!(
            (parse_clock("05:30"), parse_clock("24:00")),
            (Some(19_800), Some(86_400))
        );
        for text in ["24:01", "5:30", "05:60", "0530", "05:3０"] {
            assert_eq!(parse_clock(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_local_unless_they_say_otherwise() {
        assert_eq!(
            parse_instant("2024-03-01T05:54:00"),
            parse_instant("2024-02-29T21:54:00Z")
        );
        assert_eq!(parse_instant("2023-02-29T05:54:00"), None);
        assert_eq!(parse_instant("2024-03-01"), None);
    }
}
