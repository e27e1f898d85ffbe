//! The sheet as text, ready to print.

use homestead_core::{area::m2, money::yuan};
use kit::dates;
use proto::{
    google::r#type::Date,
    xiangtu::homestead::v1::{
        EntitlementLine, EntitlementRule, FeeLineKind, FeeSheet, FeeSheetBill, OccupationPeriod, Parcel, Tariff,
        Terrain,
    },
};

use crate::wire::tariff::class;

/// The sheet line by line.
pub(super) fn text(sheet: &FeeSheet) -> Vec<String> {
    let household = sheet.household.clone().unwrap_or_default();
    let mut lines = vec![
        format!("宅基地有偿使用费收费明细告知书（{} 年度）", sheet.year),
        format!(
            "农户：{}（编号 {}）　所在村：{}",
            household.head_name_masked,
            tail(&household.name),
            tail(&household.division)
        ),
    ];
    if let Some(class) = class(household.relief_class) {
        lines.push(format!("困难类别：{}", class.zh()));
    }
    lines.push("一、宅基地登记情况".to_owned());
    lines.extend(sheet.parcels.iter().map(parcel));
    if !sheet.entitlements.is_empty() {
        lines.push("二、按面积标准核定".to_owned());
        let numbered = sheet.parcels.iter().zip(&sheet.entitlements);
        lines.extend(numbered.map(|(parcel, line)| entitlement(parcel.parcel_number, line)));
    }
    lines.push("三、收费标准".to_owned());
    lines.extend(sheet.tariffs.iter().map(tariff));
    lines.push("四、收费明细".to_owned());
    if sheet.bills.is_empty() {
        lines.push("本年度没有账单。".to_owned());
    }
    for (at, bill) in sheet.bills.iter().enumerate() {
        bill_lines(at + 1, bill, &mut lines);
    }
    lines.push("五、合计".to_owned());
    let changed = match sheet.changed_fen {
        0 => String::new(),
        fen => format!("更正、出账后减免及核销 {} 元，", yuan(fen)),
    };
    lines.push(format!(
        "应收 {} 元，减免 {} 元，{changed}应缴 {} 元，已缴 {} 元，尚欠 {} 元",
        yuan(sheet.gross_fen),
        yuan(sheet.relief_fen),
        yuan(sheet.net_fen),
        yuan(sheet.paid_fen),
        yuan(sheet.outstanding_fen)
    ));
    if sheet.discount_fen > 0 {
        lines.push(format!("按期一次性缴清共可少缴 {} 元", yuan(sheet.discount_fen)));
    }
    if sheet.recovered_dm2 > 0 {
        lines.push(format!("应由集体收回面积 {} ㎡", m2(sheet.recovered_dm2)));
    }
    lines
}

fn parcel(parcel: &Parcel) -> String {
    let number = parcel.parcel_number;
    let entitled = m2(parcel.entitled_dm2);
    let state = if parcel.disputed { "，有异议" } else { "" };
    match (parcel.area_dm2, parcel.over_occupied_dm2) {
        (Some(area), Some(over)) => format!(
            "第 {number} 宗：实测 {} ㎡，法定面积标准 {entitled} ㎡，超占 {} ㎡{state}",
            m2(area),
            m2(over)
        ),
        _ => format!("第 {number} 宗：尚未实测，法定面积标准 {entitled} ㎡{state}"),
    }
}

fn entitlement(number: i32, line: &EntitlementLine) -> String {
    format!(
        "第 {number} 宗：标准 {} ㎡，超占 {} ㎡（适用：{}）",
        m2(line.entitled_dm2),
        m2(line.over_occupied_dm2),
        line.rule.as_ref().map(conditions).unwrap_or_default()
    )
}

/// What a rule makes its standard depend on.
fn conditions(rule: &EntitlementRule) -> String {
    let periods = rule.periods().map(|period| match period {
        OccupationPeriod::Unspecified => "时期不明",
        OccupationPeriod::Before1982 => "1982 年以前",
        OccupationPeriod::OccupationPeriod1982To1986 => "1982—1986 年",
        OccupationPeriod::OccupationPeriod1987To1998 => "1987—1998 年",
        OccupationPeriod::From1999 => "1999 年以后",
    });
    let terrain = match rule.terrain() {
        Terrain::Unspecified => None,
        Terrain::Plain => Some("平原"),
        Terrain::Hills => Some("丘陵"),
        Terrain::Mountains => Some("山区"),
    };
    let persons = match (rule.min_persons, rule.max_persons) {
        (0, 0) => None,
        (0, most) => Some(format!("{most} 人以下户")),
        (least, 0) => Some(format!("{least} 人以上户")),
        (least, most) => Some(format!("{least} 至 {most} 人户")),
    };
    let all: Vec<String> = periods.chain(terrain).map(str::to_owned).chain(persons).collect();
    if all.is_empty() {
        "通用标准".to_owned()
    } else {
        all.join("、")
    }
}

fn tariff(tariff: &Tariff) -> String {
    let adopted = tariff.resolution_date.map(|day| format!("（{}）", date(Some(day))));
    format!(
        "自 {} 起执行；决议文号：{}{}；法律依据：{}",
        date(tariff.effective_date),
        stated(&tariff.resolution),
        adopted.unwrap_or_default(),
        stated(&tariff.legal_basis)
    )
}

fn bill_lines(number: usize, of: &FeeSheetBill, lines: &mut Vec<String>) {
    let bill = of.bill.clone().unwrap_or_default();
    let last = dates::from_proto("until_date", bill.until_date).ok().flatten();
    let last = last.and_then(time::Date::previous_day).map(dates::to_proto);
    lines.push(format!(
        "第 {number} 笔：{} 至 {}，超占 {} ㎡；{} 出账，缴费期限 {}",
        date(bill.from_date),
        date(last),
        m2(bill.over_occupied_dm2),
        date(bill.issue_date),
        date(bill.due_date)
    ));
    let explained = bill.explanation.iter().flat_map(|explanation| &explanation.lines);
    // What is no longer to be had is not printed as an offer.
    let printed = explained.filter(|line| of.discount_date.is_some() || line.kind() != FeeLineKind::Discount);
    lines.extend(printed.map(|line| format!("　　{}", line.text_zh)));
    if !bill.corrects.is_empty() {
        let (gross, relief) = (yuan(bill.gross_fen), yuan(bill.relief_fen));
        lines.push(format!("　　更正后补缴：应收 {gross} 元，减免 {relief} 元"));
    }
    for (what, fen) in [
        ("更正冲减", bill.credited_fen),
        ("出账后减免", bill.further_relief_fen),
        ("核销", bill.written_off_fen),
    ] {
        if fen != 0 {
            lines.push(format!("　　{what} {} 元", yuan(fen)));
        }
    }
    lines.push(format!(
        "　　应缴 {} 元，已缴 {} 元，尚欠 {} 元",
        yuan(bill.paid_fen + bill.outstanding_fen),
        yuan(bill.paid_fen),
        yuan(bill.outstanding_fen)
    ));
    if of.discount_date.is_some() {
        lines.push(format!("　　优惠缴清期限 {}", date(of.discount_date)));
    }
}

/// The id at the end of a name.
fn tail(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

fn stated(text: &str) -> &str {
    if text.is_empty() { "（未载明）" } else { text }
}

fn date(date: Option<Date>) -> String {
    let day = date.unwrap_or_default();
    format!("{}年{}月{}日", day.year, day.month, day.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_whom_it_is_for() {
        assert_eq!(conditions(&EntitlementRule::default()), "通用标准");
        let rule = EntitlementRule {
            periods: vec![
                OccupationPeriod::Before1982.into(),
                OccupationPeriod::OccupationPeriod1982To1986.into(),
            ],
            terrain: Terrain::Hills.into(),
            min_persons: 4,
            ..EntitlementRule::default()
        };
        assert_eq!(conditions(&rule), "1982 年以前、1982—1986 年、丘陵、4 人以上户");
    }
}
