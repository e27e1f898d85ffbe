//! Register `village_indicators`: figures that villages report about themselves, one column an indicator.

use kit::{
    dates,
    db::Tx,
    error::{Error, Result},
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError, row_error},
};
use time::{Date, Month};

use super::{codes, divisions::announce, refusal, values};
use crate::{
    record::{self, Door, Recorded},
    store::{
        import_check,
        measurement::Subject,
        measurement_import::{self, StagedFigure},
    },
    wire::measurement::Figure,
};

/// Register `village_indicators`. A percentage such as 97.8 becomes the exact ratio 978/1000; an empty value is no figure.
pub struct VillageIndicators {
    /// Ids of measurements.
    pub ids: Ids,
}

const SOURCE: &str = "SELF_REPORT";
/// Most rows that are told of one kind of error.
const MOST_ERRORS: usize = 200;
const PERCENT: &str = "percentage, 0 to 100 with at most 4 decimals; empty: not reported";

const COLUMNS: &[Column] = &[
    Column::required("village_code", "code of the village, 12 digits"),
    Column::required(
        "period",
        "month YYYY-MM, meaning its last day, or day YYYY-MM-DD; not after today",
    ),
    Column::optional("main_street_hardened_pct", PERCENT),
    Column::optional("lane_hardened_pct", PERCENT),
    Column::optional("greening_pct", PERCENT),
    Column::optional("toilet_converted_pct", PERCENT),
    Column::optional("sewage_branch_connected_pct", PERCENT),
    Column::optional("sewage_treated_pct", PERCENT),
    Column::optional("lighting_pct", PERCENT),
    Column::optional("d_grade_houses", "dangerous houses left, a count; empty: not reported"),
    Column::optional("five_beauty_pct", PERCENT),
    Column::optional("waste_collected_pct", PERCENT),
];

#[tonic::async_trait]
impl Register for VillageIndicators {
    fn name(&self) -> &'static str {
        "village_indicators"
    }

    fn permission(&self) -> &'static str {
        "villages.measurements.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "division_code",
            "as_of_date",
            "main_street_hardened",
            "lane_hardened",
            "greening",
            "toilet_converted",
            "sewage_branch_connected",
            "sewage_treated",
            "lighting",
            "d_grade_houses",
            "five_beauty",
            "waste_collected",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let village = codes::village(row, "village_code")?;
        let mut staged = vec![Some(village.into_code()), Some(period(row)?.to_string())];
        for column in COLUMNS.iter().skip(2) {
            staged.push(if column.name == "d_grade_houses" {
                row.integer(column.name, 0..=100_000)?
                    .map(|count: i64| count.to_string())
            } else {
                percentage(row, column.name)?
            });
        }
        Ok(staged)
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = refusal::of_divisions(tx, "village_code", import).await?;
        let repeated = import_check::figures_repeated(tx).await?;
        let message = "a village and period that stand in the file once";
        errors.extend(repeated.into_iter().map(|(line, value)| {
            row_error(
                line,
                "village_code",
                &value,
                "DUPLICATE",
                message,
                "同一村同一期间在文件中重复出现",
            )
        }));
        let today = dates::day_of(tx.now());
        let message = format!("a day not after today, {today}");
        errors.extend(
            import_check::figures_after(tx, today)
                .await?
                .into_iter()
                .map(|(line, value)| {
                    row_error(
                        line,
                        "period",
                        &value,
                        "IN_FUTURE",
                        &message,
                        &format!("不得晚于今天（{today}）"),
                    )
                }),
        );
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let (figures, places): (Vec<_>, Vec<_>) = measurement_import::figures_staged(tx)
            .await?
            .into_iter()
            .map(figure)
            .unzip();
        let Recorded { rows, outcomes } = record::record(&self.ids, tx, figures, Door::File).await?;
        let unchanged = outcomes.iter().filter(|outcome| matches!(outcome, Ok(None))).count();
        let refused = outcomes.into_iter().zip(&places);
        let errors: Vec<RowError> = refused
            .filter_map(|(outcome, place)| Some(row_refused(&outcome.err()?, place)))
            .take(MOST_ERRORS)
            .collect();
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let count = |figures: usize| u64::try_from(figures).unwrap_or_default();
        let corrected = rows.iter().filter(|row| row.supersedes.is_some()).count();
        let outcome = Outcome {
            inserted: count(rows.len() - corrected),
            updated: count(corrected),
            unchanged: count(unchanged),
            ..Outcome::default()
        };
        announce(tx, "measurement.imported", self.name(), import, &outcome);
        Ok(outcome)
    }
}

/// Line, column and value of a figure in the file.
type Place = (i64, String, String);

fn figure(staged: StagedFigure) -> ((String, Result<Figure>), Place) {
    let named = |column: &&Column| column.name.trim_end_matches("_pct") == staged.indicator;
    let column = COLUMNS.iter().find(named).map_or("", |column| column.name);
    let value = match staged.denominator {
        Some(denominator) => format!("{}/{denominator}", staged.numerator),
        None => staged.numerator.to_string(),
    };
    let figure = Figure {
        subject: Subject {
            division_code: staged.division_code,
            indicator: staged.indicator,
            as_of_date: staged.as_of_date,
            source: SOURCE.to_owned(),
        },
        numerator: staged.numerator,
        denominator: staged.denominator,
        deductible: 0,
        evidence: Vec::new(),
        supersedes: None,
        unit_deducted: false,
        checklist: None,
    };
    let place = (staged.line, column.to_owned(), value);
    ((column.to_owned(), Ok(figure)), place)
}

fn row_refused(error: &Error, (line, column, value): &Place) -> RowError {
    row_error(
        *line,
        column,
        value,
        error.reason(),
        error.message(),
        error.message_zh(),
    )
}

fn period(row: &Row<'_>) -> Result<Date, RowError> {
    let text = row.required("period")?;
    if text.len() == 10 {
        return values::given(row, "period", row.date("period")?);
    }
    month_end(text).ok_or_else(|| {
        row.error(
            "period",
            "BAD_DATE",
            "YYYY-MM or YYYY-MM-DD",
            "应为 YYYY-MM 或 YYYY-MM-DD",
        )
    })
}

fn month_end(text: &str) -> Option<Date> {
    let first = dates::parse("period", &format!("{text}-01")).ok()?;
    let month: Month = first.month();
    first.replace_day(month.length(first.year())).ok()
}

/// `97.8` as `978/1000`.
fn percentage(row: &Row<'_>, column: &str) -> Result<Option<String>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    let ratio = values::decimal(text).and_then(|(numerator, decimals)| {
        let denominator = 100 * 10_i64.pow(decimals);
        (numerator <= denominator).then(|| format!("{numerator}/{denominator}"))
    });
    let refused = || {
        row.error(
            column,
            "OUT_OF_RANGE",
            "0 to 100 with at most 4 decimals",
            "应为 0 至 100，最多 4 位小数",
        )
    };
    ratio.ok_or_else(refused).map(Some)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_month_means_its_last_day() {
        assert_eq!(month_end("2024-02"), Some(date!(2024 - 02 - 29)));
        assert_eq!(month_end("2024-03"), Some(date!(2024 - 03 - 31)));
        assert_eq!(month_end("2024-13"), None);
        assert_eq!(month_end("24-1"), None);
    }
}
