//! The subcommand `check`, which operators run before a service serves.

use tests::Suite;

/// The stores of the run force nothing to disk, which makes tests fast and production lossy.
#[tokio::test]
async fn a_database_that_may_lose_what_it_acknowledges_is_refused() {
    let suite = Suite::start_only(&["notifications"], &[]).await;
    let outcome = suite.service("notifications").outcome("check");
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert!(!outcome.status.success(), "{outcome:?}");
    assert_eq!(
        said.trim(),
        "PostgreSQL may lose what it acknowledged: fsync = off, full_page_writes = off; set to on"
    );
}
