//! `AcceptanceService`.

use kit::{
    Kit,
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    Acceptance, AnswerObjectionRequest, ApplyForAcceptanceRequest, CloseInspectionRequest, DecideAcceptanceRequest,
    DrawAcceptanceSampleRequest, GetAcceptanceRequest, GetInspectionSheetRequest, InspectionRecord, InspectionSheet,
    ListAcceptancesRequest, ListAcceptancesResponse, LodgeObjectionRequest, OpenAcceptancesRequest,
    OpenAcceptancesResponse, PubliciseAcceptanceRequest, RecordInspectionRequest, ReplaceInspectorRequest,
    RevokeAcceptanceRequest, WithdrawAcceptanceRequest, acceptance_service_server::AcceptanceService,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::division::optional_code;
use crate::{
    store::{
        acceptance::{self, AcceptanceQuery, AcceptanceRow},
        bulletin_clock,
        rating_facts::At,
    },
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("state", "state"),
    Field::text("tier", "tier"),
    Field::int("year", "year"),
];

/// Acceptances of villages.
pub struct AcceptanceApi {
    /// What the service works with.
    pub kit: Kit,
}

/// The same handler for every method: who calls, and the message.
macro_rules! served {
    ($($name:ident($request:ident) -> $response:ident by $method:ident;)+) => {
        #[tonic::async_trait]
        impl AcceptanceService for AcceptanceApi {$(
            async fn $name(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let call = Call::of(&request)?;
                Ok(self.$method(&call, &request.into_inner()).await?)
            }
        )+}
    };
}

served! {
    get_acceptance(GetAcceptanceRequest) -> Acceptance by get;
    list_acceptances(ListAcceptancesRequest) -> ListAcceptancesResponse by list;
    apply_for_acceptance(ApplyForAcceptanceRequest) -> Acceptance by apply;
    open_acceptances(OpenAcceptancesRequest) -> OpenAcceptancesResponse by open;
    draw_acceptance_sample(DrawAcceptanceSampleRequest) -> Acceptance by draw;
    get_inspection_sheet(GetInspectionSheetRequest) -> InspectionSheet by sheet;
    record_inspection(RecordInspectionRequest) -> InspectionRecord by record;
    replace_inspector(ReplaceInspectorRequest) -> Acceptance by replace;
    close_inspection(CloseInspectionRequest) -> Acceptance by close;
    publicise_acceptance(PubliciseAcceptanceRequest) -> Acceptance by publicise;
    lodge_objection(LodgeObjectionRequest) -> Acceptance by object;
    answer_objection(AnswerObjectionRequest) -> Acceptance by answer;
    decide_acceptance(DecideAcceptanceRequest) -> Acceptance by decide;
    withdraw_acceptance(WithdrawAcceptanceRequest) -> Acceptance by withdraw;
    revoke_acceptance(RevokeAcceptanceRequest) -> Acceptance by revoke;
}

/// Acceptances with what was done about them until an instant, whole.
pub(super) async fn with_entries(
    tx: &mut Tx,
    rows: &[AcceptanceRow],
    at: At,
    until: Option<OffsetDateTime>,
) -> Result<Vec<Acceptance>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.acceptance_id).collect();
    let entries = acceptance::entries_of(tx, &ids, until).await?;
    let of = |id: Uuid| {
        let own = entries.iter().filter(move |(acceptance, _)| *acceptance == id);
        own.map(|(_, content)| content.clone()).collect::<Vec<_>>()
    };
    rows.iter()
        .map(|row| wire::acceptance::acceptance(&row.content, &of(row.acceptance_id), row.ended_on, at.date))
        .collect()
}

/// The present day, and what is known by now.
pub(super) async fn present(tx: &mut Tx) -> Result<At> {
    let known_at = bulletin_clock::present(tx).await?;
    Ok(At {
        date: dates::day_of(tx.now()),
        known_at,
    })
}

impl AcceptanceApi {
    async fn get(&self, call: &Call, request: &GetAcceptanceRequest) -> Result<Response<Acceptance>> {
        let id = wire::acceptance::id("name", &request.name)?;
        let until = dates::from_timestamp("known_at", request.known_at)?;
        let mut tx = self.kit.db.read(call).await?;
        let at = match until {
            Some(until) => At {
                date: dates::day_of(until),
                known_at: until,
            },
            None => present(&mut tx).await?,
        };
        let row: Vec<_> = acceptance::acceptance_get(&mut tx, id, at, until)
            .await?
            .into_iter()
            .collect();
        let found = with_entries(&mut tx, &row, at, until).await?.pop();
        let found = found.ok_or_else(|| Error::not_found(&request.name))?;
        Ok(Response::new(wire::acceptance::blind(found)))
    }

    async fn list(&self, call: &Call, request: &ListAcceptancesRequest) -> Result<Response<ListAcceptancesResponse>> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListAcceptances", &query)?;
        let mut tx = self.kit.db.read(call).await?;
        let at = present(&mut tx).await?;
        let list = AcceptanceQuery {
            division: &division,
            at,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let rows = acceptance::acceptances_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.acceptance_id.to_string());
        let acceptances = with_entries(&mut tx, &rows, at, None).await?;
        Ok(Response::new(ListAcceptancesResponse {
            acceptances: acceptances.into_iter().map(wire::acceptance::blind).collect(),
            next_page_token,
        }))
    }
}
