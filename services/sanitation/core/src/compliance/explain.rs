//! The reckoning of a check in words.

use super::Rule;

/// The same text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

pub(super) fn bin_count(households: i64, per_bin: i64, required: i64, bins: i64) -> Text {
    let missing = required - bins;
    let (en_end, zh_end) = if missing > 0 {
        (format!("{missing} missing"), format!("缺 {missing} 只"))
    } else {
        ("met".to_owned(), "达标".to_owned())
    };
    Text {
        en: format!("{households} households at one bin per {per_bin} need {required}; {bins} stand; {en_end}"),
        zh: format!("户数 {households}，需垃圾桶 {required} 只（每 {per_bin} 户 1 只），现有 {bins} 只，{zh_end}"),
    }
}

pub(super) fn sealed(bins: i64, sealed: i64) -> Text {
    Text {
        en: format!("{sealed} of {bins} bins close"),
        zh: format!("垃圾桶 {bins} 只，密闭 {sealed} 只"),
    }
}

pub(super) fn radius(rule: Rule, all: i64, beyond: i64, limit_m: i64, farthest_m: Option<i64>) -> Text {
    let (what_en, what_zh) = match rule {
        Rule::CartRadius => ("push-cart radius", "手推车收集半径"),
        _ => ("collection point radius", "收集点服务半径"),
    };
    let (en_end, zh_end) = farthest_m.map_or_else(Default::default, |farthest| {
        (
            format!("; the farthest is {farthest} m away"),
            format!("，最远 {farthest} 米"),
        )
    });
    Text {
        en: format!("{what_en} {limit_m} m: {beyond} of {all} bins beyond{en_end}"),
        zh: format!("{what_zh} {limit_m} 米：垃圾桶 {all} 只，超出 {beyond} 只{zh_end}"),
    }
}

pub(super) fn motor_radius(held: i64, beyond: i64, limit_m: i64) -> Text {
    Text {
        en: format!("{held} points bear no truck; {beyond} lie beyond {limit_m} m from a point that does"),
        zh: format!("清运车无法进入的收集点 {held} 个，其中 {beyond} 个距可进入的收集点超过 {limit_m} 米"),
    }
}

pub(super) fn volume(capacity_l: i64, needed_l: i64, missing_l: i64, days: i64) -> Text {
    Text {
        en: format!("{needed_l} l fall in {days} days; the points hold {capacity_l} l; {missing_l} l missing"),
        zh: format!("{days} 天产生 {needed_l} 升，收集点容积 {capacity_l} 升，缺 {missing_l} 升"),
    }
}
