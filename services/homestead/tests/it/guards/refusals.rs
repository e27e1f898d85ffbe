//! Constraints, keys and triggers: what each refuses, it refuses alone.

use std::collections::BTreeSet;

use super::{
    catalogue::{Bench, Refusal},
    tables::{self, APPENDED, COVERED, RULES},
};

#[tokio::test]
async fn no_guard_is_without_a_probe() {
    let mut bench = Bench::open().await;
    let guards = bench.guards().await;
    let standing: BTreeSet<_> = guards
        .iter()
        .map(|guard| (guard.table.as_str(), guard.name.as_str()))
        .collect();
    assert_eq!(standing.len(), guards.len());
    let own = tables::all().flat_map(|table| table.guards.iter().map(|(name, _)| (table.name, *name)));
    let scoped = tables::all().filter(|table| !RULES.contains(&table.name));
    let scoped = scoped.flat_map(|table| [(table.name, "division"), (table.name, "forced")]);
    let appended = APPENDED.iter().map(|table| (*table, "append_only"));
    let covered = COVERED.iter().map(|(table, name, _)| (*table, *name));
    let probed: BTreeSet<_> = own.chain(scoped).chain(appended).chain(covered).collect();
    let unprobed: Vec<_> = standing.difference(&probed).collect();
    let gone: Vec<_> = probed.difference(&standing).collect();
    assert!(
        unprobed.is_empty() && gone.is_empty(),
        "without a probe: {unprobed:?}\ngone: {gone:?}"
    );
    bench.close().await;
}

/// How a guard of this kind refuses.
fn expected(kind: &str, name: &str) -> Refusal {
    let (state, by) = match (kind, name) {
        ("c", _) => ("23514", name),
        ("f", _) => ("23503", name),
        ("p" | "u", _) => ("23505", name),
        ("x", _) => ("23P01", name),
        ("t", "period_open") => ("XT001", "the period is closed"),
        ("t", "given_up") => ("23503", "pending_payment"),
        _ => panic!("no state of {name}"),
    };
    Refusal {
        state: state.to_owned(),
        by: by.to_owned(),
    }
}

#[tokio::test]
async fn each_guard_alone_refuses_its_row() {
    let mut bench = Bench::open().await;
    let guards = bench.guards().await;
    let mut wrong = Vec::new();
    for table in tables::all() {
        if let Some(refused) = bench.attempt("", &table.another("")).await {
            wrong.push(format!("{}: the other row: {refused:?}", table.name));
        }
        for (name, change) in table.guards {
            let Some(guard) = guards
                .iter()
                .find(|guard| guard.table == table.name && guard.name == *name)
            else {
                wrong.push(format!("{}: {name} is gone", table.name));
                continue;
            };
            let row = table.another(change);
            let on = bench.attempt("", &row).await;
            let off = bench.attempt(&guard.off, &row).await;
            if on != Some(expected(&guard.kind, name)) || off.is_some() {
                wrong.push(format!("{}: {name}: on {on:?}, off {off:?}", table.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    bench.close().await;
}

#[tokio::test]
async fn what_was_written_stays_even_for_the_owner() {
    let mut bench = Bench::open().await;
    for table in APPENDED {
        for sql in [
            format!("UPDATE {table} SET division_code = division_code"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            // Nothing refers to it, so that nothing else holds its rows.
            let free = format!("ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE");
            let refusal = Refusal {
                state: "42501".to_owned(),
                by: format!("{table} is append-only"),
            };
            assert_eq!(bench.attempt(&free, &sql).await, Some(refusal), "{sql}");
            let off = format!("{free}; ALTER TABLE {table} DISABLE TRIGGER append_only");
            assert_eq!(bench.attempt(&off, &sql).await, None, "{sql}");
        }
    }
    bench.close().await;
}
