//! What a bench prints and keeps.

use std::{fs, path::Path};

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench stay far below 2^52")]
pub fn per_second(count: usize, took: std::time::Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// A table of figures, printed and kept as `.local/bench/{name}.json`.
pub struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(name: &'static str, columns: &[&str]) -> Self {
        Self {
            name,
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, one cell a column.
    pub fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    /// Prints the table in Markdown and keeps it as JSON.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[expect(clippy::print_stdout, reason = "this is the output of a bench")]
    pub fn finish(self) {
        println!("| {} |", self.columns.join(" | "));
        println!("|{}", "---|".repeat(self.columns.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                self.columns
                    .iter()
                    .cloned()
                    .zip(row.iter().cloned().map(serde_json::Value::from))
                    .collect()
            })
            .collect();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/bench");
        fs::create_dir_all(&folder).expect("the folder of figures");
        let text = serde_json::to_string_pretty(&rows).expect("figures");
        fs::write(folder.join(format!("{}.json", self.name)), text).expect("figures kept");
    }
}
