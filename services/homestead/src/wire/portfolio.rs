//! What rebalancing proposes, for the wire.

use homestead_core::portfolio::{Balance, Cause, Left, Load, Move};
use kit::error::Error;
use proto::xiangtu::homestead::v1::{CadreLoad, HandOverCause, HandOverProposal, UnassignedHousehold};
use uuid::Uuid;

use super::names;

/// A hand-over; `offer` is its id once it is offered.
pub fn proposal(made: &Move, outstanding_fen: i64, offer: Option<Uuid>) -> HandOverProposal {
    let cause = match made.cause {
        Cause::Recused => HandOverCause::Recused,
        Cause::OverCap => HandOverCause::OverCap,
        Cause::Balance => HandOverCause::Balance,
    };
    HandOverProposal {
        household: names::of("households", &made.household),
        from_cadre: names::of("cadres", &made.from),
        to_cadre: names::of("cadres", &made.to),
        outstanding_fen,
        cause: cause.into(),
        hand_over: offer.map(|id| names::of("handOvers", id)).unwrap_or_default(),
    }
}

/// Loads before and after.
pub fn loads(before: &[Load], balance: &Balance) -> Vec<CadreLoad> {
    let load = |(before, after): (&Load, &Load)| CadreLoad {
        cadre: names::of("cadres", &before.cadre),
        outstanding_fen: before.amount_fen,
        household_count: before.households,
        balanced_fen: after.amount_fen,
        balanced_household_count: after.households,
    };
    before.iter().zip(&balance.loads).map(load).collect()
}

/// Households that find no cadre.
pub fn unassigned(left: &[(String, Left)]) -> Vec<UnassignedHousehold> {
    let row = |(household, why): &(String, Left)| UnassignedHousehold {
        household: names::of("households", household),
        reason: left_reason(*why).to_owned(),
    };
    left.iter().map(row).collect()
}

/// The stable reason why a household finds no cadre. With one cadre alone, who must not meet it, nobody else is left.
pub fn left_reason(left: Left) -> &'static str {
    match left {
        Left::NoCadre | Left::AllRecused => "ALL_RECUSED",
        Left::AllFull => "ALL_FULL",
    }
}

/// Why `subject` does not go to a cadre who must not meet it.
pub fn recused(subject: &str) -> Error {
    Error::rule(
        "RECUSED",
        subject,
        "that cadre must not meet the household",
        "该干部与该户存在近亲属关系，应当回避",
    )
}
