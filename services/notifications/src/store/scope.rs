//! The row scope of a transaction, widened where the service itself acts for a caller.

use sqlx::PgConnection;

/// Opens the transaction to all divisions and answers the scope that it had.
///
/// A notice of a township also goes to the endpoints of its county, whose rows the township's officer neither sees nor
/// writes. Only the fan-out does this, after everything that the caller named was found inside the caller's own scope.
pub async fn widen(conn: &mut PgConnection) -> Result<String, sqlx::Error> {
    // The row source is read before the setting is changed.
    sqlx::query_scalar(
        "SELECT before FROM (SELECT current_setting('xiangtu.scope') AS before OFFSET 0) s
         WHERE set_config('xiangtu.scope', '', true) = ''",
    )
    .fetch_one(conn)
    .await
}

/// Narrows the transaction to `scope` again.
pub async fn restore(conn: &mut PgConnection, scope: &str) -> Result<(), sqlx::Error> {
    if scope.is_empty() {
        return Ok(());
    }
    sqlx::query("SELECT set_config('xiangtu.scope', $1, true)")
        .bind(scope)
        .execute(conn)
        .await?;
    Ok(())
}
