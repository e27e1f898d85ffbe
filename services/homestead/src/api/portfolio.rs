//! `PortfolioService`.

mod rebalance;

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    AnswerHandOverRequest, GetPortfolioRequest, HandOver, HandOverState, ListCadresRequest, ListCadresResponse,
    ListPortfoliosRequest, ListPortfoliosResponse, OfferHandOverRequest, Portfolio, PortfolioHandedOver,
    RebalancePortfoliosRequest, RebalancePortfoliosResponse, portfolio_service_server::PortfolioService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{portfolio, recusal},
    wire::{self, collection::hand_over, names, payment::request_id},
};

/// Reads portfolios and hands households over.
pub struct PortfolioApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl PortfolioService for PortfolioApi {
    async fn get_portfolio(&self, request: Request<GetPortfolioRequest>) -> Result<Response<Portfolio>, Status> {
        let call = Call::of(&request)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = assignment(&mut tx, &request.get_ref().name).await?;
        Ok(Response::new(wire::collection::portfolio(row)))
    }

    async fn list_portfolios(
        &self,
        request: Request<ListPortfoliosRequest>,
    ) -> Result<Response<ListPortfoliosResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let cadre = if request.cadre.is_empty() {
            ""
        } else {
            names::id("cadres", "cadre", &request.cadre)?
        };
        let debtors = request.debtors_only.to_string();
        let query = [division.as_str(), cadre, &debtors];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPortfolios", &query)?;
        let after = page.after.as_deref().map(names::key).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows =
            portfolio::portfolio_list(&mut tx, &division, cadre, request.debtors_only, after, page.size + 1).await;
        let (rows, next_page_token) = page.close(rows.map_err(Error::from)?, |row| {
            format!("{}/{}", row.division_code, row.household_id)
        });
        let portfolios = rows.into_iter().map(wire::collection::portfolio).collect();
        Ok(Response::new(ListPortfoliosResponse {
            portfolios,
            next_page_token,
        }))
    }

    async fn list_cadres(&self, request: Request<ListCadresRequest>) -> Result<Response<ListCadresResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListCadres", &[&division])?;
        let after = page.after.as_deref().map(names::key).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = portfolio::cadre_list(&mut tx, &division, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{}/{}", row.division_code, row.cadre_id));
        let cadres = rows
            .into_iter()
            .map(|row| wire::collection::cadre(&self.kit.crypt, row))
            .collect::<Result<_>>()?;
        Ok(Response::new(ListCadresResponse {
            cadres,
            next_page_token,
        }))
    }

    async fn offer_hand_over(&self, request: Request<OfferHandOverRequest>) -> Result<Response<HandOver>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let reason = super::reason(&request.reason)?.to_owned();
        let to_cadre = names::id("cadres", "to_cadre", &request.to_cadre)?.to_owned();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let held = assignment(&mut tx, &request.name).await?;
        if held.cadre_id == to_cadre {
            return Err(rule(
                "SAME_CADRE",
                &request.name,
                "that cadre has the household",
                "该干部已是包户干部",
            )
            .into());
        }
        if !portfolio::cadre_serves(&mut tx, &to_cadre, &held.division_code)
            .await
            .map_err(Error::from)?
        {
            return Err(Error::not_found(&request.to_cadre).into());
        }
        if recusal::recused(&mut tx, &to_cadre, &held.household_id)
            .await
            .map_err(Error::from)?
        {
            return Err(wire::portfolio::recused(&request.name).into());
        }
        let offer = portfolio::HandOver {
            id: self.kit.ids.next(),
            household_id: held.household_id,
            division_code: held.division_code,
            from_cadre_id: held.cadre_id,
            to_cadre_id: to_cadre,
            state: 1,
            reason,
            offered_at: tx.now(),
            answered_at: None,
        };
        if !portfolio::hand_over_insert(&mut tx, &offer)
            .await
            .map_err(Error::from)?
        {
            return Err(rule(
                "HAND_OVER_PENDING",
                &request.name,
                "a hand-over waits already",
                "已有待接收的移交",
            )
            .into());
        }
        let change =
            Change::new("offer", &offer.division_code, &names::of("handOvers", offer.id)).detail(offer.reason.clone());
        Ok(tx.finish(change, hand_over(&offer)).await?)
    }

    async fn answer_hand_over(&self, request: Request<AnswerHandOverRequest>) -> Result<Response<HandOver>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let accept = request.accept.ok_or_else(|| Error::required("accept"))?;
        let id = names::found_uid("handOvers", &request.name)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let offer = portfolio::hand_over_hold(&mut tx, id).await.map_err(Error::from)?;
        let mut offer = offer.ok_or_else(|| Error::not_found(&request.name))?;
        if offer.state != 1 {
            return Err(rule(
                "HAND_OVER_ANSWERED",
                &request.name,
                "it was answered before",
                "该移交已处理",
            )
            .into());
        }
        let state = if accept {
            HandOverState::Accepted
        } else {
            HandOverState::Declined
        };
        offer.state = if accept { 2 } else { 3 };
        offer.answered_at = Some(tx.now());
        let now = tx.now();
        portfolio::hand_over_answer(&mut tx, id, offer.state, now)
            .await
            .map_err(Error::from)?;
        if accept {
            self.take_over(&mut tx, &offer).await?;
        }
        let change = Change::new(state.as_str_name(), &offer.division_code, &request.name);
        Ok(tx.finish(change, hand_over(&offer)).await?)
    }

    async fn rebalance_portfolios(
        &self,
        request: Request<RebalancePortfoliosRequest>,
    ) -> Result<Response<RebalancePortfoliosResponse>, Status> {
        let call = Call::of(&request)?;
        self.rebalanced(&call, &request.into_inner()).await
    }
}

impl PortfolioApi {
    async fn take_over(&self, tx: &mut Tx, offer: &portfolio::HandOver) -> Result<()> {
        let today = self.kit.clock.today();
        let (from, to) = (&offer.from_cadre_id, &offer.to_cadre_id);
        if recusal::recused(tx, to, &offer.household_id).await? {
            return Err(wire::portfolio::recused(&names::of("handOvers", offer.id)));
        }
        if !portfolio::portfolio_move(tx, &offer.household_id, from, to, today).await? {
            let subject = names::of("portfolios", &offer.household_id);
            return Err(rule(
                "HAND_OVER_OUTDATED",
                &subject,
                "the giving cadre no longer has the household",
                "移交干部已不再包该户",
            ));
        }
        let subject = names::of("portfolios", &offer.household_id);
        let event = PortfolioHandedOver {
            household: names::of("households", &offer.household_id),
            division: names::of("divisions", &offer.division_code),
            from_cadre: names::of("cadres", from),
            to_cadre: names::of("cadres", to),
            from_date: Some(dates::to_proto(today)),
        };
        tx.emit("portfolio.handed_over", &offer.division_code, &subject, &event);
        Ok(())
    }
}

async fn assignment(tx: &mut Tx, name: &str) -> Result<portfolio::Portfolio> {
    let id = names::found("portfolios", name)?;
    portfolio::portfolio_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))
}

fn rule(reason: &'static str, subject: &str, message: &'static str, message_zh: &'static str) -> Error {
    Error::rule(reason, subject, message, message_zh)
}
