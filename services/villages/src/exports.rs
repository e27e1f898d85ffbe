//! The registers that files are made of, in the columns of their imports.

mod cadres;
mod divisions;
mod groups;
mod households;
mod villages;

pub use cadres::Cadres;
pub use divisions::Divisions;
pub use groups::Groups;
pub use households::Households;
pub use villages::Villages;

use kit::{
    error::Result,
    export::{Export, PAGE},
    filter::{Field, Filter},
};
use sqlx::PgConnection;

use crate::store::division::{self, DivisionQuery, DivisionRow};

const FIELDS: &[Field] = &[
    Field::text("level", "d.level"),
    Field::date("profile_from", "p.valid_from"),
];

/// A page of the divisions that `filter` takes.
async fn page_of(
    conn: &mut PgConnection,
    export: &Export,
    filter: &str,
    after: Option<&str>,
) -> Result<Vec<DivisionRow>> {
    let filter = Filter::parse(filter, FIELDS)?;
    let list = DivisionQuery {
        subtree: export.division.code(),
        within: None,
        after,
        limit: PAGE,
    };
    Ok(division::divisions_list(conn, &list, &filter, (export.as_of, None)).await?)
}

/// A value as files write it; what is unknown is left empty.
fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// 1 or 0.
fn yes_no(value: bool) -> String {
    i32::from(value).to_string()
}
