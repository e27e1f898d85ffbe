//! Portfolios, hand-overs and notices for the wire.

use homestead_core::dunning::Stage;
use kit::{
    crypt::{Crypt, mask},
    dates,
    error::Result,
};
use proto::xiangtu::homestead::v1::{
    Cadre as WireCadre, DunningNotice, DunningStage, HandOver as WireHandOver, HandOverState,
    Portfolio as WirePortfolio,
};

use super::{ledger::CADRE_NAME, names};
use crate::store::{
    dunning::Notice,
    portfolio::{Cadre, HandOver, Portfolio},
};

/// A cadre with the name masked.
pub fn cadre(crypt: &Crypt, row: Cadre) -> Result<WireCadre> {
    let name = crypt.open(CADRE_NAME, &row.name)?;
    Ok(WireCadre {
        name: names::of("cadres", &row.cadre_id),
        division: names::of("divisions", &row.division_code),
        display_name_masked: mask::name(name.expose()),
        post: row.post,
    })
}

/// An assignment.
pub fn portfolio(row: Portfolio) -> WirePortfolio {
    WirePortfolio {
        name: names::of("portfolios", &row.household_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        cadre: names::of("cadres", &row.cadre_id),
        from_date: Some(dates::to_proto(row.from_on)),
        outstanding_fen: row.outstanding_fen,
        pending_hand_over: row.pending.map(|id| names::of("handOvers", id)).unwrap_or_default(),
    }
}

/// A hand-over.
pub fn hand_over(row: &HandOver) -> WireHandOver {
    WireHandOver {
        name: names::of("handOvers", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        from_cadre: names::of("cadres", &row.from_cadre_id),
        to_cadre: names::of("cadres", &row.to_cadre_id),
        state: HandOverState::try_from(i32::from(row.state)).unwrap_or_default().into(),
        reason: row.reason.clone(),
        offer_time: Some(dates::timestamp(row.offered_at)),
        answer_time: row.answered_at.map(dates::timestamp),
    }
}

/// A notice.
pub fn notice(row: &Notice) -> DunningNotice {
    DunningNotice {
        name: names::of("dunningNotices", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        cadre: names::of("cadres", &row.cadre_id),
        stage: i32::from(row.stage),
        overdue_fen: row.overdue_fen,
        oldest_due_date: Some(dates::to_proto(row.oldest_due_on)),
        notice_date: Some(dates::to_proto(row.notice_on)),
        create_time: Some(dates::timestamp(row.created_at)),
    }
}

/// The step of a number of the contract.
pub fn stage(number: i32) -> Option<Stage> {
    match DunningStage::try_from(number).ok()? {
        DunningStage::Unspecified => None,
        DunningStage::Reminder => Some(Stage::Reminder),
        DunningStage::Notice => Some(Stage::Notice),
        DunningStage::Visit => Some(Stage::Visit),
        DunningStage::PublicNotice => Some(Stage::PublicNotice),
        DunningStage::Mediation => Some(Stage::Mediation),
    }
}

/// The number of a step in the contract.
pub fn stage_number(stage: Stage) -> i16 {
    match stage {
        Stage::Reminder => 1,
        Stage::Notice => 2,
        Stage::Visit => 3,
        Stage::PublicNotice => 4,
        Stage::Mediation => 5,
    }
}
