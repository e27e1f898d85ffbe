//! Payments as the ledger takes them, whoever records them.

use kit::{call::Call, dates, telemetry};
use prost::Message as _;
use proto::xiangtu::homestead::v1::PaymentPosted;
use time::Date;
use uuid::Uuid;

use super::{
    names,
    payment::{Stated, cadre, digest},
};
use crate::store::posting::Posting;

/// On whose behalf something is posted.
#[derive(Debug, Clone)]
pub struct Teller {
    /// Division prefix that they may touch.
    pub scope: String,
    pub principal: String,
    /// Full gRPC method, or name of the job.
    pub rpc: String,
}

impl Teller {
    /// The caller.
    pub fn of(call: &Call) -> Self {
        Self {
            scope: call.caller.scope.clone(),
            principal: call.caller.subject.clone(),
            rpc: call.method.to_string(),
        }
    }
}

/// A payment ready to post; a day not stated is `today`.
pub fn posting(teller: &Teller, id: Uuid, stated: &Stated, event_id: Uuid, today: Date) -> Posting {
    let effective_on = stated.paid_on.unwrap_or(today);
    // Receipt, advance and debt are added by the ledger, which alone knows them.
    let payload = PaymentPosted {
        payment: names::of("payments", id),
        division: names::of("divisions", &stated.division_code),
        household: names::of("households", &stated.household_id),
        amount_fen: stated.amount_fen,
        method: stated.method.into(),
        payment_date: Some(dates::to_proto(effective_on)),
        collector: cadre(&stated.collector),
        ..PaymentPosted::default()
    };
    Posting {
        id,
        sha256: digest(stated),
        scope: teller.scope.clone(),
        principal: teller.principal.clone(),
        rpc: teller.rpc.clone(),
        division_code: stated.division_code.clone(),
        household_id: stated.household_id.clone(),
        bill_id: stated.bill_id,
        amount_fen: stated.amount_fen,
        method: i16::try_from(i32::from(stated.method)).unwrap_or_default(),
        collector: stated.collector.clone(),
        document: stated.document.clone(),
        effective_on,
        event_id,
        payload: payload.encode_to_vec(),
        traceparent: telemetry::inject_current(),
    }
}
