//! Renders a bulletin to text. The same bulletin gives the same bytes on every machine and at any time.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use time::{Date, UtcOffset};

use super::Bulletin;

/// The text of a bulletin, in Chinese, lines ended by a line feed.
pub fn render(bulletin: &Bulletin) -> String {
    let mut text = String::new();
    // Writing to a String never fails.
    let _ = write(&mut text, bulletin);
    text
}

fn write(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    let head = &bulletin.head;
    let (year, week) = head.week.number();
    writeln!(out, "{}乡村振兴工作周通报", head.division_name)?;
    writeln!(
        out,
        "{year}年第{week}周（{}至{}） 第{}期",
        day(head.week.first_day()),
        day(head.week.last_day()),
        head.number
    )?;
    let at = head
        .known_at
        .to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC));
    writeln!(
        out,
        "依据：《{}》第{}版；数据截至{} {:02}:{:02}:{:02}（北京时间）",
        head.plan_name,
        head.plan_version,
        at.date(),
        at.hour(),
        at.minute(),
        at.second()
    )?;
    tiers(out, bulletin)?;
    lines(out, bulletin)?;
    misses(out, bulletin)?;
    overdue(out, bulletin)?;
    blocked(out, bulletin)?;
    corrections(out, bulletin)
}

fn tiers(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    let all: i64 = bulletin.by_tier.iter().sum();
    writeln!(out, "\n一、达标情况（参评村{all}个）")?;
    for (name, count) in bulletin.head.tiers.iter().zip(bulletin.by_tier.iter().skip(1)).rev() {
        writeln!(out, "{name}：{count}个")?;
    }
    writeln!(out, "未达标：{}个", bulletin.by_tier.first().copied().unwrap_or(0))
}

fn lines(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    writeln!(out, "\n二、排名（满分{}）", points(bulletin.head.score_full_milli))?;
    for line in &bulletin.lines {
        write!(out, "{}. {}（{}）", line.rank, line.display_name, line.division)?;
        if line.division.len() == 12 {
            let tier = line.tier.and_then(|tier| bulletin.head.tiers.get(tier));
            write!(out, " {}", tier.map_or("未达标", String::as_str))?;
        }
        writeln!(
            out,
            " {}分；在办事项{}项，达到进度{}项，未报进度{}项",
            points(line.mean_score_milli),
            line.tasks,
            line.on_schedule,
            line.unreported
        )?;
    }
    Ok(())
}

fn misses(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    writeln!(out, "\n三、低于日均进度（{}项）", bulletin.misses.len())?;
    for miss in &bulletin.misses {
        let figures = &miss.figures;
        writeln!(
            out,
            "{}（{}）{}：责任人{}；本周应完成{}{unit}，实际{}{unit}；累计应完成{}{unit}，实际{}{unit}",
            miss.item.village_name,
            miss.item.village,
            miss.item.task_name,
            miss.person.display_name,
            figures.week_planned,
            figures.week_done,
            figures.planned,
            figures.done,
            unit = miss.unit,
        )?;
    }
    none(out, bulletin.misses.is_empty())?;
    if bulletin.head.rank_persons {
        persons(out, bulletin)
    } else {
        Ok(())
    }
}

/// Persons by number of misses, most first; written only where the county has switched person rankings on.
fn persons(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for miss in &bulletin.misses {
        *counts
            .entry((&miss.person.cadre, &miss.person.display_name))
            .or_default() += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| usize::MAX - count);
    for ((_, name), count) in ranked {
        writeln!(out, "{name}：{count}项")?;
    }
    Ok(())
}

fn overdue(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    writeln!(out, "\n四、逾期事项（{}项）", bulletin.overdue.len())?;
    for overdue in &bulletin.overdue {
        writeln!(
            out,
            "{}（{}）{}{}：责任人{}；{}到期，应完成{}{unit}，实际{}{unit}{}",
            overdue.item.village_name,
            overdue.item.village,
            overdue.item.task_name,
            if overdue.key_work { "（重点工作）" } else { "" },
            overdue.person.display_name,
            day(overdue.deadline),
            overdue.goal,
            overdue.done,
            if overdue.excused {
                "（按期无法完成，不计）"
            } else {
                ""
            },
            unit = overdue.unit,
        )?;
    }
    none(out, bulletin.overdue.is_empty())
}

fn blocked(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    writeln!(out, "\n五、受阻事项（{}项）", bulletin.blocked.len())?;
    for blocked in &bulletin.blocked {
        let days = blocked.blocker.days;
        writeln!(
            out,
            "{}（{}）{}：{}，{}至{}",
            blocked.item.village_name,
            blocked.item.village,
            blocked.item.task_name,
            blocked.blocker.kind.name_zh(),
            day(days.first),
            day(days.last),
        )?;
    }
    none(out, bulletin.blocked.is_empty())
}

fn none(out: &mut String, empty: bool) -> fmt::Result {
    if empty { writeln!(out, "无") } else { Ok(()) }
}

fn corrections(out: &mut String, bulletin: &Bulletin) -> fmt::Result {
    writeln!(out, "\n六、对往期数据的更正（{}项）", bulletin.corrections.len())?;
    for correction in &bulletin.corrections {
        let kind = if correction.progress { "进度" } else { "指标" };
        let before = if correction.before.is_empty() {
            "无"
        } else {
            &correction.before
        };
        writeln!(
            out,
            "{} {kind}“{}”（{}）：{before} → {}",
            correction.village, correction.display_name, correction.date, correction.after
        )?;
    }
    none(out, bulletin.corrections.is_empty())
}

fn day(date: Date) -> String {
    format!("{}月{}日", u8::from(date.month()), date.day())
}

/// Thousandths of a point as `85.300`.
fn points(milli: i64) -> String {
    format!("{}.{:03}", milli / 1_000, milli % 1_000)
}
