//! What the ledger's functions look after themselves: each without one of its guards, by which a plain case comes out wrong.

mod cases;

use std::collections::BTreeSet;

use proto::xiangtu::homestead::v1::{LedgerCheck, LedgerFinding};
use sqlx::{AssertSqlSafe, PgConnection};

use self::cases::{ALONE, Cut, ELSEWHERE, HELPERS, KEYS, TOGETHER};
use super::catalogue::{refusal, run};
use crate::world::{VILLAGE, World};

async fn execute(conn: &mut PgConnection, sql: &str) {
    let refused = run(conn, sql.to_owned()).await;
    assert_eq!(refused, None, "{sql}");
}

/// The answer of a call, or SQLSTATE and name of what refused it.
async fn answer(conn: &mut PgConnection, call: &str) -> String {
    let answer = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {call}")));
    answer.fetch_one(conn).await.unwrap_or_else(|error| {
        let refused = refusal(&error);
        format!("{} {}", refused.state, refused.by)
    })
}

impl Cut {
    /// Takes the guard out, and answers how the function was.
    async fn make(&self, conn: &mut PgConnection) -> String {
        let source = sqlx::query_scalar("SELECT probe.cut($1, $2, $3)")
            .bind(self.function)
            .bind(self.guard)
            .bind(self.instead);
        let source: sqlx::Result<String> = source.fetch_one(conn).await;
        source.unwrap_or_else(|error| panic!("{} without {}: {error}", self.function, self.guard))
    }
}

/// A world with the helpers, and two connections that nothing but the guards holds back.
async fn prepared() -> (World, PgConnection, PgConnection) {
    let world = World::still().await;
    let (mut one, mut two) = (world.owner().await, world.owner().await);
    execute(&mut one, HELPERS).await;
    for conn in [&mut one, &mut two] {
        execute(conn, "SET xiangtu.scope = ''").await;
    }
    // The first payment looks up in which order bills are settled; those of the cases have no need to.
    execute(&mut one, "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A2')").await;
    (world, one, two)
}

/// An id by which a pending payment could be known.
fn id(world: &World) -> String {
    let mut id = world.key();
    id.replace_range(14..15, "8");
    id
}

#[tokio::test]
async fn functions_that_act_for_the_owner_have_cases() {
    let (world, mut conn, _) = prepared().await;
    let sql = "SELECT proname::text, prosrc LIKE '%FOR UPDATE%' FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace AND (prosecdef OR prosrc LIKE '%FOR UPDATE%')";
    let found: Vec<(String, bool)> = sqlx::query_as(sql).fetch_all(&mut conn).await.expect("functions");
    for (name, locks) in found {
        let elsewhere = ELSEWHERE.iter().any(|(function, _)| *function == name);
        let cut = |text: &str| {
            let mut cuts = ALONE.iter().chain(TOGETHER);
            cuts.any(|cut| cut.function == name && cut.guard.contains(text))
        };
        assert!(elsewhere != cut(""), "{name}");
        assert!(elsewhere || !locks || cut("FOR UPDATE"), "the lock of {name}");
    }
    world.stop().await;
}

#[tokio::test]
async fn one_caller_is_answered_wrongly_without_each_guard() {
    let (world, mut conn, _) = prepared().await;
    let mut wrong = Vec::new();
    let cuts = ALONE.iter().map(|cut| (cut.guard, Some(cut), &cut.case));
    for (guard, cut, case) in cuts.chain(KEYS.iter().map(|(off, case)| (*off, None, case))) {
        let mut answers = Vec::new();
        for off in [false, true] {
            let id = id(&world);
            execute(&mut conn, "BEGIN").await;
            match cut {
                Some(cut) if off => drop(cut.make(&mut conn).await),
                None if off => execute(&mut conn, guard).await,
                _ => (),
            }
            execute(&mut conn, &case.before.replace('#', &id)).await;
            answers.push(answer(&mut conn, &case.call.replace('#', &id)).await);
            execute(&mut conn, "ROLLBACK").await;
        }
        if answers != [case.on, case.off] {
            wrong.push(format!("{guard}: {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.recount().await;
    world.stop().await;
}

/// Whether somebody waits for this connection.
async fn awaited(conn: &mut PgConnection) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                              AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))";
    sqlx::query_scalar(sql).fetch_one(conn).await.expect("known")
}

#[tokio::test]
async fn two_callers_are_answered_wrongly_without_each_guard() {
    let (world, mut first, mut second) = prepared().await;
    let mut wrong = Vec::new();
    for cut in TOGETHER {
        let mut answers = Vec::new();
        // What is refused without the guard leaves the case as it was.
        for off in [true, false] {
            let id = id(&world);
            if cut.function == "hold_books" {
                let pending = format!(
                    "INSERT INTO pending_payment VALUES ('{id}', '{VILLAGE}', 'A2', NULL, 1, 2, '', '2025-04-01', 1, '', now())"
                );
                execute(&mut first, &pending).await;
            }
            let source = if off { Some(cut.make(&mut first).await) } else { None };
            execute(&mut first, &format!("BEGIN; {}", cut.case.before.replace('#', &id))).await;
            let call = cut.case.call.replace('#', &id);
            let calling = tokio::spawn(async move {
                let answered = answer(&mut second, &call).await;
                (second, answered)
            });
            while !calling.is_finished() && !awaited(&mut first).await {}
            execute(&mut first, "COMMIT").await;
            let answered;
            (second, answered) = calling.await.expect("an answer");
            answers.push(answered);
            if let Some(source) = source {
                execute(&mut first, &source).await;
            }
        }
        if answers != [cut.case.off, cut.case.on] {
            wrong.push(format!("{}: {}: {answers:?}", cut.function, cut.guard));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What was given up and paid all the same.
    let findings = world.verify().await.findings;
    let found: BTreeSet<_> = findings.iter().map(LedgerFinding::check).collect();
    assert_eq!(found, BTreeSet::from([LedgerCheck::PaymentsAccounted]), "{findings:?}");
    world.stop().await;
}
