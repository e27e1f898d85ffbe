//! The temporary table `staged` and the COPY text that fills it.

use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::mpsc;

use super::Register;
use crate::error::Result;

const FULL: usize = 256 * 1024;

/// Rows in the text format of COPY.
#[derive(Default)]
pub(super) struct Text(Vec<u8>);

impl Text {
    pub(super) fn push(&mut self, line: i64, values: &[Option<String>]) {
        self.0.extend_from_slice(line.to_string().as_bytes());
        for value in values {
            self.0.push(b'\t');
            match value {
                None => self.0.extend_from_slice(b"\\N"),
                Some(value) => value.bytes().for_each(|byte| self.escape(byte)),
            }
        }
        self.0.push(b'\n');
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= FULL
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            b'\\' => self.0.extend_from_slice(b"\\\\"),
            b'\t' => self.0.extend_from_slice(b"\\t"),
            b'\n' => self.0.extend_from_slice(b"\\n"),
            b'\r' => self.0.extend_from_slice(b"\\r"),
            // PostgreSQL text cannot hold it.
            0 => {}
            byte => self.0.push(byte),
        }
    }
}

/// Creates `staged` for a register; the names come from the register's own code.
pub(super) async fn create(conn: &mut PgConnection, register: &dyn Register) -> Result<()> {
    let columns: Vec<String> = register
        .staged()
        .iter()
        .map(|name| format!("{name} text COLLATE \"C\""))
        .collect();
    let sql = format!(
        "CREATE TEMP TABLE staged (line bigint NOT NULL, {}) ON COMMIT DROP",
        columns.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

/// Copies everything that arrives into `staged`.
pub(super) async fn fill(conn: &mut PgConnection, texts: &mut mpsc::Receiver<Vec<u8>>) -> Result<()> {
    let mut copy = conn.copy_in_raw("COPY staged FROM STDIN").await?;
    while let Some(text) = texts.recv().await {
        copy.send(text).await?;
    }
    copy.finish().await?;
    sqlx::query("ANALYZE staged").execute(conn).await?;
    Ok(())
}
