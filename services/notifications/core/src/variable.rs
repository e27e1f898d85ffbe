//! Typed values of templates: what they accept and how they are written.

use time::{Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// Longest text value, in characters.
pub const MAX_TEXT: usize = 20_000;

/// Kind of value a variable takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text, taken as it is.
    Text,
    /// Integer with thousands separators.
    Integer,
    /// Integer fen, written in yuan.
    MoneyFen,
    /// Integer dm² (0.01 m²), written in m².
    AreaDm2,
    /// Integer kilograms.
    MassKg,
    /// Calendar date.
    Date,
    /// Instant, written in Asia/Shanghai.
    Time,
    /// `numerator/denominator`, written as a percentage.
    Ratio,
}

impl Kind {
    /// What a value must look like, for the one who gave another.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Text => "text of at most 20,000 characters without control characters but line feed and tab",
            Self::Integer | Self::MoneyFen | Self::AreaDm2 | Self::MassKg => "an integer in decimal, 64 bits",
            Self::Date => "a date as YYYY-MM-DD",
            Self::Time => "an instant by RFC 3339",
            Self::Ratio => "numerator/denominator, integers, 0 ≤ numerator, 1 ≤ denominator",
        }
    }

    /// Writes `value` as a text in `language` shows it; `None` if it is not of this kind.
    pub fn write(self, value: &str, language: &str) -> Option<String> {
        match self {
            Self::Text => text(value),
            Self::Integer | Self::MassKg => value.parse::<i64>().ok().map(|number| grouped(i128::from(number))),
            Self::MoneyFen | Self::AreaDm2 => value.parse::<i64>().ok().map(hundredths),
            Self::Date => date(value, language),
            Self::Time => instant(value, language),
            Self::Ratio => ratio(value),
        }
    }
}

fn text(value: &str) -> Option<String> {
    let plain = value.chars().all(|c| !c.is_control() || c == '\n' || c == '\t');
    (plain && value.chars().count() <= MAX_TEXT).then(|| value.to_owned())
}

fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let whole = grouped(i128::from(number.unsigned_abs() / 100));
    format!("{sign}{whole}.{:02}", number.unsigned_abs() % 100)
}

fn chinese(language: &str) -> bool {
    language == "zh" || language.starts_with("zh-")
}

fn date(value: &str, language: &str) -> Option<String> {
    let day = Date::parse(value, format_description!("[year]-[month]-[day]")).ok()?;
    Some(if chinese(language) {
        format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
    } else {
        value.to_owned()
    })
}

fn instant(value: &str, language: &str) -> Option<String> {
    let shanghai = UtcOffset::from_hms(8, 0, 0).ok()?;
    let at = OffsetDateTime::parse(value, &Rfc3339)
        .ok()?
        .checked_to_offset(shanghai)?;
    let (day, hour, minute) = (at.date(), at.hour(), at.minute());
    Some(if chinese(language) {
        format!(
            "{}年{}月{}日 {hour:02}:{minute:02}",
            day.year(),
            u8::from(day.month()),
            day.day()
        )
    } else {
        format!("{day} {hour:02}:{minute:02} (UTC+8)")
    })
}

/// Half up to one decimal, in integers.
fn ratio(value: &str) -> Option<String> {
    let (numerator, denominator) = value.split_once('/')?;
    let numerator = i128::from(numerator.parse::<i64>().ok().filter(|n| *n >= 0)?);
    let denominator = i128::from(denominator.parse::<i64>().ok().filter(|n| *n >= 1)?);
    let tenths = (numerator * 2_000 + denominator) / (denominator * 2);
    Some(format!("{}.{}%", grouped(tenths / 10), tenths % 10))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_written_as_officers_write_them() {
        let cases = [
            (Kind::MoneyFen, "123456", "zh-Hans", Some("1,234.56")),
            (Kind::MoneyFen, "-5", "zh-Hans", Some("-0.05")),
            (Kind::MoneyFen, "12.5", "zh-Hans", None),
            (Kind::AreaDm2, "18000", "zh-Hans", Some("180.00")),
            (Kind::Integer, "-1234567", "en", Some("-1,234,567")),
            (Kind::Integer, "9223372036854775808", "en", None),
            (Kind::MassKg, "999", "en", Some("999")),
            (Kind::Date, "2024-02-29", "zh-Hans", Some("2024年2月29日")),
            (Kind::Date, "2023-02-29", "zh-Hans", None),
            (Kind::Date, "2024-12-31", "en", Some("2024-12-31")),
            (
                Kind::Time,
                "2024-12-31T16:30:00Z",
                "zh-Hans",
                Some("2025年1月1日 00:30"),
            ),
            (
                Kind::Time,
                "2024-12-31T16:30:00Z",
                "en",
                Some("2025-01-01 00:30 (UTC+8)"),
            ),
            (Kind::Time, "2024-12-31 16:30", "en", None),
            (Kind::Ratio, "2/3", "en", Some("66.7%")),
            (Kind::Ratio, "1/0", "en", None),
            (Kind::Ratio, "5/4", "en", Some("125.0%")),
            (Kind::Text, "两行\n文字", "en", Some("两行\n文字")),
            (Kind::Text, "bell\u{7}", "en", None),
        ];
        for (kind, value, language, expected) in cases {
            assert_eq!(kind.write(value, language).as_deref(), expected, "{kind:?} {value}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(value in any::<String>(), number in any::<i64>(), other in any::<i64>()) {
            for kind in [Kind::Text, Kind::Integer, Kind::MoneyFen, Kind::AreaDm2, Kind::MassKg, Kind::Date, Kind::Time, Kind::Ratio] {
                let _ = kind.write(&value, "zh-Hans");
                let _ = kind.write(&number.to_string(), "en");
                let _ = kind.write(&format!("{number}/{other}"), "en");
            }
        }

        #[test]
        fn money_loses_nothing(fen in any::<i64>()) {
            let written = Kind::MoneyFen.write(&fen.to_string(), "zh-Hans").expect("every integer is money");
            let digits: String = written.chars().filter(|c| *c != ',' && *c != '.').collect();
            prop_assert_eq!(digits.parse::<i64>().expect("digits"), fen);
        }
    }
}
