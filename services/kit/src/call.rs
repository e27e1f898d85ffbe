//! What the gate established about the call that is being answered.

use std::{sync::Arc, time::Instant};

use crate::{
    auth::Caller,
    error::{Error, Result},
};

/// The caller and the circumstances of one call. Cheap to clone.
#[derive(Clone)]
pub struct Call {
    /// Who calls, with which permissions and division.
    pub caller: Arc<Caller>,
    /// Full method, for example `/xiangtu.homestead.v1.PaymentService/RecordPayment`.
    pub method: Arc<str>,
    /// When the answer is worthless; the gate answers `DEADLINE_EXCEEDED` then.
    pub deadline: Instant,
}

impl Call {
    /// Reads what the gate attached. Fails only where a handler runs without the gate, which is a defect.
    pub fn of<T>(request: &tonic::Request<T>) -> Result<Self> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::internal("the call did not pass the gate"))
    }
}
