//! The reckoning of a check in words.

use super::Rule;
use crate::norms::{Radii, StationClass, Stations};

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

pub(super) fn household_radius(all: i64, beyond: i64, radii: &Radii) -> Text {
    let (close, far) = (radii.clustered_m, radii.scattered_m);
    Text {
        en: format!(
            "radius of a point {close} m where houses stand close, {far} m else: {beyond} of {all} households beyond"
        ),
        zh: format!("收集点服务半径集中 {close} 米、分散 {far} 米：农户 {all} 户，超出 {beyond} 户"),
    }
}

pub(super) fn kitchen(days: i64, met: i64, per_day: i64) -> Text {
    Text {
        en: format!("kitchen waste is to be collected {per_day} times a day; on {met} of the last {days} days it was"),
        zh: format!(
            "厨余垃圾每日应收运 {per_day} 次：近 {days} 天中 {met} 天达到，缺 {} 天",
            days - met
        ),
    }
}

pub(super) fn cleaners(residents: i64, each: i64, required: i64, cleaners: i64) -> Text {
    if each <= 0 {
        return Text {
            en: format!("no number of cleaners is asked for; {cleaners} work"),
            zh: format!("未规定保洁员配备标准，现有 {cleaners} 人"),
        };
    }
    let missing = (required - cleaners).max(0);
    Text {
        en: format!(
            "{residents} residents at one cleaner per {each} need {required}; {cleaners} work; {missing} missing"
        ),
        zh: format!(
            "常住人口 {residents}，需保洁员 {required} 人（每 {each} 人 1 名），现有 {cleaners} 人，缺 {missing} 人"
        ),
    }
}

pub(super) fn station_load(capacity_kg: i64, mean_kg: i64, peak_kg: i64, beyond_days: i64, days: i64) -> Text {
    Text {
        en: format!(
            "design {} t a day; {} t a day on average of {days} days, {} t at most; above design on {beyond_days} days",
            tonnes(capacity_kg),
            tonnes(mean_kg),
            tonnes(peak_kg)
        ),
        zh: format!(
            "设计 {} 吨/日；{days} 天日均进站 {} 吨，最高 {} 吨，{beyond_days} 天超过设计能力",
            tonnes(capacity_kg),
            tonnes(mean_kg),
            tonnes(peak_kg)
        ),
    }
}

pub(super) fn station_class(designed: StationClass, needed: StationClass, stations: &Stations) -> Text {
    let (from, above) = (
        tonnes(stations.medium_from_kg_per_day),
        tonnes(stations.large_above_kg_per_day),
    );
    let (designed, needed) = (class(designed), class(needed));
    Text {
        en: format!(
            "small below {from}, large above {above} t a day: designed {}, needed {}",
            designed.0, needed.0
        ),
        zh: format!(
            "小型不足 {from} 吨/日、大型超过 {above} 吨/日：按设计为{}，按进站量为{}",
            designed.1, needed.1
        ),
    }
}

fn class(class: StationClass) -> (&'static str, &'static str) {
    match class {
        StationClass::Small => ("small", "小型"),
        StationClass::Medium => ("medium", "中型"),
        StationClass::Large => ("large", "大型"),
    }
}

/// Kilograms in tonnes with one decimal, rounded half up.
fn tonnes(kg: i64) -> String {
    let tenths = (kg + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
