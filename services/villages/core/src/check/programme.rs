//! The programme: identifier, title, division, first and last day.

use super::{LONGEST_YEARS, text};
use crate::{document::Document, problem::Problems};

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let code = &document.code;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if code.is_empty() || code.len() > 32 || !code.bytes().all(plain) {
        problems.add(
            "code",
            "CODE_MALFORMED",
            format!("{code:?}: 1–32 characters of a–z, 0–9 and hyphen"),
            format!("{code:?}：须为 1–32 位小写字母、数字或连字符"),
        );
    }
    text("display_name", &document.display_name, problems);
    if !matches!(document.division.len(), 6 | 9) {
        problems.add(
            "division",
            "DIVISION_LEVEL",
            "a plan binds a county (6 digits) or a township (9 digits)",
            "方案只能属于县（6 位）或乡镇（9 位）",
        );
    }
    match (document.start_date, document.end_date) {
        (Some(start), Some(end)) if end < start => problems.add(
            "end_date",
            "PROGRAMME_DATES",
            format!("the programme ends on {end}, before it begins on {start}"),
            format!("方案结束日期 {end} 早于开始日期 {start}"),
        ),
        (Some(start), Some(end)) if end.year() - start.year() > LONGEST_YEARS => problems.add(
            "end_date",
            "PROGRAMME_DATES",
            format!("a programme lasts at most {LONGEST_YEARS} years"),
            format!("方案期限最长 {LONGEST_YEARS} 年"),
        ),
        (start, end) => {
            if start.is_none() {
                problems.missing("start_date");
            }
            if end.is_none() {
                problems.missing("end_date");
            }
        }
    }
}
