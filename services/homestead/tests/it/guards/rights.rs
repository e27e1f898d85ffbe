//! What the role of the service may do, and in which divisions.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use super::{
    catalogue::{Bench, Refusal},
    tables::{self, RULES, Table},
};
use crate::world::SIBLING;

const SERVICE: &str = "xiangtu_service";
const OWNER: &str = "xiangtu_owner";

/// Who may call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Callers {
    /// Other functions and the owner.
    Nobody,
    Service,
    Everybody,
}

/// All functions: name, whether it acts with the rights of the owner, and who may call it. What everybody may call acts with the
/// rights of whoever calls.
const FUNCTIONS: &[(&str, bool, Callers)] = &[
    ("close_books", true, Callers::Service),
    ("follow_deferrals", true, Callers::Service),
    ("forget_orders", true, Callers::Service),
    ("hold_books", true, Callers::Service),
    ("issue_bills", true, Callers::Service),
    ("look_up_orders", false, Callers::Nobody),
    ("occupy", false, Callers::Everybody),
    ("order_is_old", false, Callers::Everybody),
    ("payment_known", false, Callers::Nobody),
    ("post_entry", true, Callers::Service),
    ("post_payment", true, Callers::Service),
    ("post_payments", true, Callers::Service),
    ("posted_tail", false, Callers::Everybody),
    ("refresh_statistics", true, Callers::Service),
    ("refuse_change", false, Callers::Everybody),
    ("refuse_closed", false, Callers::Everybody),
    ("refuse_given_up", false, Callers::Everybody),
    ("settle_advance", false, Callers::Nobody),
    ("settling_place", false, Callers::Everybody),
    ("varint", false, Callers::Everybody),
];

fn denied(what: &str, name: &str) -> Option<Refusal> {
    Some(Refusal {
        state: "42501".to_owned(),
        by: format!("permission denied for {what} {name}"),
    })
}

#[tokio::test]
async fn another_division_neither_sees_nor_writes() {
    let mut bench = Bench::open().await;
    let guards = bench.guards().await;
    for table in tables::all().filter(|table| !RULES.contains(&table.name)) {
        let name = table.name;
        let off = |guard: &str| {
            let found = guards.iter().find(|found| found.table == name && found.name == guard);
            found.map_or_else(|| panic!("{guard} of {name} is gone"), |found| found.off.clone())
        };
        let (policy, forced) = (off("division"), off("forced"));
        for (role, off) in [(SERVICE, &policy), (OWNER, &policy), (OWNER, &forced)] {
            assert_eq!(bench.seen(name, role, "").await, 0, "{role} sees {name}");
            assert!(bench.seen(name, role, off).await > 0, "{role} and {name} without {off}");
        }
        let refusal = Refusal {
            state: "42501".to_owned(),
            by: format!("new row violates row-level security policy for table \"{name}\""),
        };
        let row = table.another("");
        assert_eq!(bench.attempt(&acting(OWNER, ""), &row).await, Some(refusal), "{name}");
        assert_eq!(bench.attempt(&acting(OWNER, &policy), &row).await, None, "{name}");
    }
    bench.close().await;
}

/// `off`, and from there on the role in the village beside the rows.
fn acting(role: &str, off: &str) -> String {
    format!("{off}; SET LOCAL ROLE {role}; SET LOCAL xiangtu.scope = '{SIBLING}'")
}

impl Bench {
    /// How many rows of a table a role sees from beside, with something switched off.
    async fn seen(&mut self, table: &str, role: &str, off: &str) -> i64 {
        let begin = format!("BEGIN; {}", acting(role, off));
        let begun = sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut self.conn).await;
        begun.expect("begun");
        let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        let count = count.fetch_one(&mut self.conn).await.expect("counted");
        let done = sqlx::raw_sql("ROLLBACK").execute(&mut self.conn).await;
        done.expect("rolled back");
        count
    }
}

/// Every table with what the service and everybody may do to it and to its columns, and those of its columns that can be written.
const GRANTS: &str = "
SELECT relname::text,
       concat_ws(', ',
           (SELECT string_agg(lower(privilege_type), ', '
                              ORDER BY array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], privilege_type), privilege_type)
            FROM aclexplode(relacl) WHERE grantee IN (0, 'xiangtu_service'::regrole)),
           (SELECT string_agg(format('%s (%s)', privilege, columns), ', ' ORDER BY privilege)
            FROM (SELECT lower(privilege_type) AS privilege, string_agg(attname, ', ' ORDER BY attnum) AS columns
                  FROM pg_attribute, aclexplode(attacl) WHERE attrelid = c.oid AND grantee IN (0, 'xiangtu_service'::regrole)
                  GROUP BY privilege_type) p)),
       (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = '')
FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '_migrations$' ORDER BY 1";

impl Table {
    /// Whether the service may do this to the whole of it.
    fn may_all(&self, privilege: &str) -> bool {
        let mut rest = self.may;
        while let Some((before, after)) = rest.split_once(privilege) {
            let ends = before.is_empty() || before.ends_with(", ");
            if ends && !after.starts_with(" (") {
                return true;
            }
            rest = after;
        }
        false
    }

    /// The columns that the service may update where it may not update all.
    fn may_update(&self) -> BTreeSet<&'static str> {
        let columns = self.may.split_once("update (").map_or("", |(_, columns)| columns);
        columns.trim_end_matches(')').split(", ").collect()
    }
}

#[tokio::test]
async fn the_service_may_do_what_it_needs_and_nothing_else() {
    let mut bench = Bench::open().await;
    let granted: Vec<(String, String, Vec<String>)> =
        sqlx::query_as(GRANTS).fetch_all(&mut bench.conn).await.expect("grants");
    let may: BTreeSet<_> = granted
        .iter()
        .map(|(table, may, _)| (table.as_str(), may.as_str()))
        .collect();
    let stated: BTreeSet<_> = tables::all().map(|table| (table.name, table.may)).collect();
    assert_eq!(may, stated);
    let serving = format!("SET LOCAL ROLE {SERVICE}; SET LOCAL xiangtu.scope = ''");
    for table in tables::all() {
        let name = table.name;
        let mut beyond = Vec::new();
        if !table.may_all("insert") {
            beyond.push(("INSERT".to_owned(), table.another("")));
        }
        if !table.may_all("update") {
            let (.., columns) = granted.iter().find(|(of, ..)| of == name).expect("its columns");
            let allowed = table.may_update();
            let denied = columns.iter().filter(|column| !allowed.contains(column.as_str()));
            beyond.extend(denied.map(|column| {
                let sql = format!("UPDATE {name} SET {column} = {column}");
                (format!("UPDATE ({column})"), sql)
            }));
        }
        if !table.may_all("delete") {
            beyond.push(("DELETE".to_owned(), format!("DELETE FROM {name}")));
        }
        beyond.push(("TRUNCATE".to_owned(), format!("TRUNCATE {name}")));
        for (privilege, sql) in beyond {
            assert_eq!(bench.attempt(&serving, &sql).await, denied("table", name), "{sql}");
            // What else holds the rows may still refuse.
            let off = format!("GRANT {privilege} ON {name} TO {SERVICE}; {serving}");
            assert_ne!(bench.attempt(&off, &sql).await, denied("table", name), "{sql}");
        }
    }
    bench.close().await;
}

/// Every function: whether it acts for the owner, whether its tables are where the owner says, whether everybody and the service may
/// call it, and a call.
const CALLS: &str = "
SELECT proname::text, prosecdef, NOT prosecdef OR coalesce('search_path=public, pg_temp' = ANY (proconfig), false),
       0 = ANY (grantees), 'xiangtu_service'::regrole = ANY (grantees),
       format('SELECT FROM %I(%s)', proname, (SELECT string_agg('NULL::' || format_type(type, NULL), ', ' ORDER BY at)
                                             FROM unnest(proargtypes) WITH ORDINALITY AS a (type, at)))
FROM pg_proc CROSS JOIN LATERAL (
    SELECT array_agg(grantee) AS grantees FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
) g
WHERE pronamespace = 'public'::regnamespace ORDER BY 1";

#[tokio::test]
async fn nobody_calls_a_function_that_is_not_for_them() {
    let mut bench = Bench::open().await;
    let calls: Vec<(String, bool, bool, bool, bool, String)> = sqlx::query_as(CALLS)
        .fetch_all(&mut bench.conn)
        .await
        .expect("functions");
    let found: Vec<_> = calls
        .iter()
        .map(|(name, definer, _, everybody, service, _)| {
            let callers = match (everybody, service) {
                (true, _) => Callers::Everybody,
                (false, true) => Callers::Service,
                (false, false) => Callers::Nobody,
            };
            (name.as_str(), *definer, callers)
        })
        .collect();
    assert_eq!(found, FUNCTIONS);
    for ((name, _, guarded, .., call), (.., callers)) in calls.iter().zip(FUNCTIONS) {
        assert!(guarded, "{name} looks for tables where its caller says");
        let acting = match callers {
            Callers::Everybody => continue,
            Callers::Nobody => format!("SET LOCAL ROLE {SERVICE}"),
            // Rolled back like everything here.
            Callers::Service => "CREATE ROLE xiangtu_stranger; SET LOCAL ROLE xiangtu_stranger".to_owned(),
        };
        let acting = format!("SET LOCAL xiangtu.scope = ''; {acting}");
        assert_eq!(bench.attempt(&acting, call).await, denied("function", name));
        let off = format!("GRANT EXECUTE ON FUNCTION {name} TO PUBLIC; {acting}");
        assert_ne!(bench.attempt(&off, call).await, denied("function", name));
    }
    bench.close().await;
}
