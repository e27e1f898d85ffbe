//! A fee, line by line.

use super::{
    Charge, Mode, ReliefClass, Tariff,
    charge::{Bound, adjustment, charge, priced, recovered},
};
use crate::{area, money, span::Span};

/// What a line states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Area within the free allowance.
    FreeAllowance,
    /// Area at a band's price.
    Band,
    /// Raised to the least fee.
    Minimum,
    /// Lowered to the largest fee.
    Cap,
    /// Share of the year by days.
    Days,
    /// To whole fen.
    Rounding,
    /// Remitted.
    Relief,
    /// Taken back instead of charged.
    Recovery,
    /// Offered for paying at once; adds and takes nothing.
    Discount,
}

/// One step of an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it states.
    pub kind: LineKind,
    /// Area meant; 0 where none is.
    pub area_dm2: i64,
    /// Price meant; 0 where none is.
    pub price_fen_per_m2: i64,
    /// What it adds or takes, in hundredths of a fen.
    pub amount_centifen: i64,
    /// As a sentence in Chinese.
    pub text_zh: String,
}

/// A fee and how it came about; the amounts of the lines add up to the net fee exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The fee.
    pub charge: Charge,
    /// Step by step.
    pub lines: Vec<Line>,
    /// Area taken back instead of charged.
    pub recovered_dm2: i64,
    /// What paying at once would save; `None` where nothing is offered or nothing is to be paid.
    pub saved_fen: Option<i64>,
}

/// Explains what [`charge`](super::charge) charges.
pub fn explain(tariff: &Tariff, over_dm2: i64, class: Option<ReliefClass>, span: Span) -> Option<Explanation> {
    let charge = charge(tariff, over_dm2, class, span)?;
    let mut lines = Vec::new();
    free_allowance(tariff, over_dm2, &mut lines);
    let mut yearly = 0_i64;
    for (area_dm2, price) in priced(tariff, over_dm2) {
        let line = band(tariff.mode, area_dm2, price)?;
        yearly = yearly.checked_add(line.amount_centifen)?;
        lines.push(line);
    }
    let recovered_dm2 = recovered(tariff, over_dm2);
    lines.extend(recovery(tariff, recovered_dm2));
    let (which, by) = adjustment(tariff, yearly)?;
    yearly = yearly.checked_add(by)?;
    lines.extend(bound(tariff, which, by));
    let due = by_days(yearly, span)?;
    if due != yearly {
        let text = format!(
            "计费 {} 天（自 {} 起，至 {} 前）",
            span.days(),
            span.from(),
            span.until()
        );
        lines.push(amount(LineKind::Days, due - yearly, text));
    }
    let rounding = charge.gross_fen.checked_mul(100)?.checked_sub(due)?;
    if rounding != 0 {
        lines.push(amount(
            LineKind::Rounding,
            rounding,
            "按整年累计四舍五入到分".to_owned(),
        ));
    }
    if let Some(relief) = tariff.relief(class).filter(|_| charge.gross_fen > 0) {
        let whose = relief.class.zh();
        let text = format!(
            "{whose}减免 {}/{}：{} 元",
            relief.numerator,
            relief.denominator,
            money::yuan(-charge.relief_fen)
        );
        lines.push(amount(LineKind::Relief, charge.relief_fen.checked_mul(-100)?, text));
    }
    let offered = tariff.discount.filter(|_| charge.net_fen() > 0);
    let saved_fen = offered.and_then(|discount| discount.saved_fen(charge.net_fen()));
    if let (Some(discount), Some(saved)) = (offered, saved_fen) {
        let text = format!(
            "出账后 {} 日内一次性缴清可优惠 {}/{}：{} 元",
            discount.within_days,
            discount.numerator,
            discount.denominator,
            money::yuan(saved)
        );
        lines.push(amount(LineKind::Discount, 0, text));
    }
    Some(Explanation {
        charge,
        lines,
        recovered_dm2,
        saved_fen,
    })
}

fn amount(kind: LineKind, amount_centifen: i64, text_zh: String) -> Line {
    Line {
        kind,
        area_dm2: 0,
        price_fen_per_m2: 0,
        amount_centifen,
        text_zh,
    }
}

fn free_allowance(tariff: &Tariff, over_dm2: i64, lines: &mut Vec<Line>) {
    let free_dm2 = over_dm2.min(tariff.free_allowance_dm2);
    if free_dm2 > 0 {
        let text = format!("超占 {} ㎡ 中免费面积 {} ㎡", area::m2(over_dm2), area::m2(free_dm2));
        lines.push(Line {
            area_dm2: free_dm2,
            ..amount(LineKind::FreeAllowance, 0, text)
        });
    }
}

fn band(mode: Mode, area_dm2: i64, price_fen_per_m2: i64) -> Option<Line> {
    let amount_centifen = area_dm2.checked_mul(price_fen_per_m2)?;
    let how = match mode {
        Mode::Marginal => "分段",
        Mode::WholeBand => "全额按档",
    };
    let (area_m2, price) = (area::m2(area_dm2), money::yuan(price_fen_per_m2));
    let fee = money::yuan(money::round(i128::from(amount_centifen), 100)?);
    let text_zh = format!("{how}：{area_m2} ㎡ × {price} 元/㎡·年 = {fee} 元");
    Some(Line {
        kind: LineKind::Band,
        area_dm2,
        price_fen_per_m2,
        amount_centifen,
        text_zh,
    })
}

fn recovery(tariff: &Tariff, recovered_dm2: i64) -> Option<Line> {
    let edge = tariff.bands.last().filter(|_| recovered_dm2 > 0)?.from_dm2;
    let area_m2 = area::m2(recovered_dm2);
    let text = match tariff.mode {
        Mode::Marginal => format!("超占 {} ㎡ 以上的 {area_m2} ㎡ 不收费，由集体收回", area::m2(edge)),
        Mode::WholeBand => format!("超占达 {} ㎡，{area_m2} ㎡ 全部不收费，由集体收回", area::m2(edge)),
    };
    Some(Line {
        area_dm2: recovered_dm2,
        ..amount(LineKind::Recovery, 0, text)
    })
}

fn bound(tariff: &Tariff, bound: Bound, by: i64) -> Option<Line> {
    let (kind, text) = match bound {
        Bound::None => return None,
        Bound::Minimum => (
            LineKind::Minimum,
            format!("不足年最低收费，按 {} 元计", money::yuan(tariff.minimum_fen)),
        ),
        Bound::Cap => {
            let cap = money::yuan(tariff.cap_fen.unwrap_or_default());
            (LineKind::Cap, format!("超过年最高收费，按 {cap} 元计"))
        }
    };
    Some(amount(kind, by, text))
}

/// The exact share of the days, to the nearest hundredth of a fen.
fn by_days(yearly: i64, span: Span) -> Option<i64> {
    let share = |part: crate::span::YearPart| {
        money::round(
            i128::from(yearly) * i128::from(part.end - part.begin),
            i128::from(part.days),
        )
    };
    span.years().try_fold(0_i64, |sum, part| sum.checked_add(share(part)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Date, Duration, macros::date};

    use super::*;
    use crate::tariff::{Discount, samples};

    #[test]
    fn every_step_is_stated() {
        let tariff = Tariff {
            cap_fen: Some(60_000),
            ..samples::marginal()
        };
        let span = Span::new(date!(2024 - 01 - 01), date!(2024 - 07 - 01)).expect("half a year");
        let got = explain(&tariff, 10_001, Some(ReliefClass::LowIncome), span).expect("in range");
        let lines: Vec<_> = got
            .lines
            .iter()
            .map(|line| (line.kind, line.amount_centifen, line.text_zh.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (LineKind::FreeAllowance, 0, "超占 100.01 ㎡ 中免费面积 30.00 ㎡"),
                (LineKind::Band, 2_400_000, "分段：30.00 ㎡ × 8.00 元/㎡·年 = 240.00 元"),
                (LineKind::Band, 4_000_000, "分段：40.00 ㎡ × 10.00 元/㎡·年 = 400.00 元"),
                (LineKind::Band, 1_200, "分段：0.01 ㎡ × 12.00 元/㎡·年 = 0.12 元"),
                (LineKind::Cap, -401_200, "超过年最高收费，按 600.00 元计"),
                (
                    LineKind::Days,
                    -3_016_393,
                    "计费 182 天（自 2024-01-01 起，至 2024-07-01 前）"
                ),
                (LineKind::Rounding, -7, "按整年累计四舍五入到分"),
                (LineKind::Relief, -1_491_800, "低保户减免 1/2：-149.18 元"),
            ]
        );
        assert_eq!(got.charge.net_fen(), 14_918);
    }

    #[test]
    fn what_is_taken_back_and_offered_is_stated_without_amount() {
        let tariff = Tariff {
            discount: Some(Discount {
                numerator: 1,
                denominator: 10,
                within_days: 30,
            }),
            ..samples::capped(samples::marginal())
        };
        let year = Span::new(date!(2024 - 01 - 01), date!(2025 - 01 - 01)).expect("a year");
        let got = explain(&tariff, 25_000, Some(ReliefClass::MartyrFamily), year).expect("in range");
        assert_eq!(
            (got.charge.net_fen(), got.recovered_dm2, got.saved_fen),
            (199_000, 5_000, Some(19_900))
        );
        let lines: Vec<_> = got.lines[got.lines.len() - 2..]
            .iter()
            .map(|line| (line.kind, line.area_dm2, line.amount_centifen, line.text_zh.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (
                    LineKind::Recovery,
                    5_000,
                    0,
                    "超占 200.00 ㎡ 以上的 50.00 ㎡ 不收费，由集体收回"
                ),
                (
                    LineKind::Discount,
                    0,
                    0,
                    "出账后 30 日内一次性缴清可优惠 1/10：199.00 元"
                ),
            ]
        );
        let nothing = explain(&tariff, 3_000, None, year).expect("in range");
        assert_eq!((nothing.saved_fen, nothing.recovered_dm2), (None, 0));
        let whole = samples::capped(samples::whole_band());
        let text = &explain(&whole, 20_001, None, year).expect("in range").lines[0].text_zh;
        assert_eq!(text, "超占达 200.01 ㎡，200.01 ㎡ 全部不收费，由集体收回");
    }

    fn day() -> impl Strategy<Value = Date> {
        (0..3_000_i64).prop_map(|days| date!(2020 - 01 - 01) + Duration::days(days))
    }

    proptest! {
        #[test]
        fn lines_add_up_to_the_fee(
            area in 0..10_000_000_i64,
            from in day(),
            days in 1..800_i64,
            class in prop_oneof![Just(None), Just(Some(ReliefClass::LowIncome)), Just(Some(ReliefClass::ExtremePoverty))],
            minimum_fen in 0..100_000_i64,
            cap in proptest::option::of(100_000..10_000_000_i64),
        ) {
            let span = Span::new(from, from + Duration::days(days)).expect("not empty");
            let discount = Some(Discount { numerator: 1, denominator: 10, within_days: 30 });
            let capped = samples::capped(samples::marginal());
            for sample in [samples::marginal(), samples::whole_band(), capped, samples::capped(samples::whole_band())] {
                let tariff = Tariff { minimum_fen, cap_fen: cap, discount, ..sample };
                let got = explain(&tariff, area, class, span).expect("in range");
                prop_assert_eq!(Some(got.charge), charge(&tariff, area, class, span));
                let sum: i64 = got.lines.iter().map(|line| line.amount_centifen).sum();
                prop_assert_eq!(sum, got.charge.net_fen() * 100);
                let stated = [LineKind::FreeAllowance, LineKind::Band, LineKind::Recovery];
                let lines = got.lines.iter().filter(|line| stated.contains(&line.kind));
                prop_assert_eq!(lines.map(|line| line.area_dm2).sum::<i64>(), area);
            }
        }
    }
}
