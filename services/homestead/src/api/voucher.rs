//! `VoucherService`.

use kit::{
    call::Call,
    dates,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    Entry, ListVouchersRequest, ListVouchersResponse, voucher_service_server::VoucherService,
};
use sqlx::PgConnection;
use time::{Date, Month};
use tonic::{Request, Response, Status};

use crate::{
    store::{entry, plan},
    wire::{self, names, plan::Funds},
};

/// Shows the journal as vouchers.
pub struct VoucherApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[Field::date("effective_date", "effective_on")];

#[tonic::async_trait]
impl VoucherService for VoucherApi {
    async fn list_vouchers(
        &self,
        request: Request<ListVouchersRequest>,
    ) -> Result<Response<ListVouchersResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let month = dates::from_proto("month", request.month)?;
        let filter = month.map(month_of).unwrap_or_default();
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListVouchers",
            &[&division, &filter],
        )?;
        let after = page.after.as_deref().map(names::numbered).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let plans = plan::plans_in_force(&mut tx, self.kit.clock.today()).await;
        let funds = Funds::of(plans.map_err(Error::from)?)?;
        let rows = of_month(&mut tx, &division, &filter, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| {
            let village = row.division.strip_prefix("divisions/").unwrap_or_default();
            format!("{village}/{}", row.entry_number)
        });
        Ok(Response::new(ListVouchersResponse {
            vouchers: rows
                .into_iter()
                .map(|row| wire::voucher::voucher(&funds, row))
                .collect(),
            next_page_token,
        }))
    }
}

/// The filter for entries that take effect in the month of `day`.
pub fn month_of(day: Date) -> String {
    let (year, month) = (day.year(), day.month());
    let next_year = if month == Month::December { year + 1 } else { year };
    let (this, next) = (u8::from(month), u8::from(month.next()));
    format!("effective_date >= {year:04}-{this:02}-01 AND effective_date < {next_year:04}-{next:02}-01")
}

/// Entries of a division under a filter of [`month_of`], after (village, number), with their postings.
pub async fn of_month(
    conn: &mut PgConnection,
    division: &str,
    filter: &str,
    after: Option<(&str, i64)>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let filter = Filter::parse(filter, FIELDS)?;
    let rows = entry::entry_list(conn, division, &filter, after, limit).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let postings = entry::postings_of(conn, &ids).await?;
    Ok(wire::ledger::entries(rows, postings))
}
