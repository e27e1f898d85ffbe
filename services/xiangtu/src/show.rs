//! Results as tables for people or JSON for programs.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets::UTF8_BORDERS_ONLY};
use serde::Serialize;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Tables.
    Table,
    /// One JSON document.
    Json,
}

/// A result: a title, columns and rows of text.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Writes it to standard output.
    pub fn print(&self, output: Output) {
        match output {
            Output::Json => say(&serde_json::to_string_pretty(self).unwrap_or_default()),
            Output::Table => say(&format!("{}\n{}", self.title, self.grid())),
        }
    }

    /// Writes several to standard output, in JSON as one document; tables without rows are left out.
    pub fn print_all(tables: &[Self], output: Output) {
        let tables: Vec<&Self> = tables.iter().filter(|table| !table.rows.is_empty()).collect();
        match output {
            Output::Json => say(&serde_json::to_string_pretty(&tables).unwrap_or_default()),
            Output::Table => tables.iter().for_each(|table| table.print(output)),
        }
    }

    fn grid(&self) -> Grid {
        let mut grid = Grid::new();
        grid.load_preset(UTF8_BORDERS_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(&self.columns);
        for row in &self.rows {
            grid.add_row(row);
        }
        for (index, column) in grid.column_iter_mut().enumerate() {
            let numbers = self
                .rows
                .iter()
                .filter_map(|row| row.get(index))
                .all(|cell| cell.starts_with(|c: char| c.is_ascii_digit()));
            if numbers {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid
    }
}

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "the one place where the command speaks")]
pub fn say(text: &str) {
    println!("{text}");
}

/// Fen as yuan: `123456` as `1,234.56`.
pub fn yuan(fen: i64) -> String {
    format!(
        "{}{}.{:02}",
        if fen < 0 { "-" } else { "" },
        thousands(fen.unsigned_abs() / 100),
        fen.unsigned_abs() % 100
    )
}

/// A number with thousands separators.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length, with thousands separators.
pub fn length(length: usize) -> String {
    thousands(u64::try_from(length).unwrap_or(u64::MAX))
}

/// A count that is never negative, with thousands separators.
pub fn count(number: i64) -> String {
    thousands(number.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_easily() {
        assert_eq!(
            (yuan(123_456), yuan(5), yuan(-100)),
            ("1,234.56".to_owned(), "0.05".to_owned(), "-1.00".to_owned())
        );
        assert_eq!(
            (count(0), count(999), count(1_000_000)),
            ("0".to_owned(), "999".to_owned(), "1,000,000".to_owned())
        );
    }
}
