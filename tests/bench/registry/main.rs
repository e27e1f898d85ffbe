//! The registry at the size of a country against raw SQL, in turns, in one run: 1,000,000 villages, 5,000,000 households, and the
//! import of 700,000 divisions.
//!
//! `make bench-registry`. Over gRPC every row passes row policies, masking and encoding; the peer fetches the same rows as a
//! superuser whom no row policy slows down. It fills 10 GB and takes some minutes.

mod country;
mod import;
mod reads;

use tests::{
    Suite, Table,
    measure::{behind, fill},
    plan,
};

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["villages"], &[("XIANGTU_LOG", "warn")]).await;
    let mut table = Table::new("registry", &["what", "rows", "gRPC ms", "raw SQL ms", "ratio"]);
    import::measure(&suite, &mut table).await;
    let mut conn = behind(&suite, "villages").await;
    fill(&mut conn, &country::statements()).await;
    plan::apply(&suite, country::COUNTY, 1, &[("compliant", "70%")]).await;
    reads::measure(&suite, &mut conn, &mut table).await;
    table.finish();
}
