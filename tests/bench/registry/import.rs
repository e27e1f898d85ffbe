//! 700,000 divisions of one province: the public import against COPY and one INSERT of the same rows.

use std::{fmt::Write as _, time::Duration};

use sqlx::PgConnection;
use tests::{
    Suite, Table,
    measure::{behind, millis, timed},
};

const PROVINCE: &str = "33";

/// Imports the list into the empty register, then again, and lets plain SQL do the first.
pub async fn measure(suite: &Suite, table: &mut Table) {
    let (file, rows) = list();
    let mut conn = behind(suite, "villages").await;
    let raw = timed(copy(&mut conn, &file)).await;
    let first = timed(import(suite, &file, rows, rows)).await;
    row(
        table,
        "import of new divisions; COPY and INSERT",
        rows,
        first,
        Some(raw),
    );
    let again = timed(import(suite, &file, rows, 0)).await;
    row(table, "the same file again, nothing changes", rows, again, None);
    // What follows is measured without them.
    tests::measure::fill(&mut conn, &["TRUNCATE divisions".to_owned()]).await;
}

fn row(table: &mut Table, what: &str, rows: i64, ours: Duration, raw: Option<Duration>) {
    let ratio = raw.map_or_else(String::new, |raw| {
        format!("{:.2}", ours.as_secs_f64() / raw.as_secs_f64())
    });
    table.row(&[
        what.to_owned(),
        rows.to_string(),
        millis(ours),
        raw.map_or_else(String::new, millis),
        ratio,
    ]);
}

/// The official list of a province: 20 prefectures of 20 counties, each with 35 townships of 49 villages.
fn list() -> (String, i64) {
    let mut file = String::from("code,name,level,parent_code\n");
    let mut rows = 0;
    let mut add = |code: &str, level: u8, parent: usize| {
        let _ = writeln!(file, "{code},第{rows}号,{level},{}", &code[..parent]);
        rows += 1;
    };
    add(PROVINCE, 1, 0);
    for prefecture in 1..=20 {
        let prefecture = format!("{PROVINCE}{prefecture:02}");
        add(&prefecture, 2, 2);
        for county in 1..=20 {
            let county = format!("{prefecture}{county:02}");
            add(&county, 3, 4);
            for township in 101..=135 {
                let township = format!("{county}{township}");
                add(&township, 4, 6);
                for village in 201..=249 {
                    add(&format!("{township}{village}"), 5, 9);
                }
            }
        }
    }
    (file, rows)
}

async fn import(suite: &Suite, file: &str, rows: i64, inserted: i64) {
    let report = tests::import(suite, "villages", "divisions", PROVINCE, "2024-01-01", file.as_bytes())
        .await
        .expect("a report");
    let counts = (
        report.applied,
        report.row_count,
        report.inserted_count,
        report.unchanged_count,
    );
    assert_eq!(counts, (true, rows, inserted, rows - inserted), "{:?}", report.errors);
}

/// The same rows by COPY into a staging table and one INSERT into the register, in one transaction that is rolled back.
async fn copy(conn: &mut PgConnection, file: &str) {
    for statement in [
        "BEGIN",
        "CREATE TEMP TABLE list (code text, name text, level text, parent text) ON COMMIT DROP",
    ] {
        sqlx::query(statement).execute(&mut *conn).await.expect("begun");
    }
    let mut copy = conn
        .copy_in_raw("COPY list FROM STDIN WITH (FORMAT csv, HEADER)")
        .await
        .expect("a copy");
    copy.send(file.as_bytes()).await.expect("sent");
    copy.finish().await.expect("copied");
    let insert = "INSERT INTO divisions (division_code, parent_code, display_name, level, kind, valid_from, known_from)
        SELECT code, parent, name, level, 'VILLAGE', '2024-01-01', now() FROM list";
    for statement in [insert, "ROLLBACK"] {
        sqlx::query(statement).execute(&mut *conn).await.expect("inserted");
    }
}
