//! Asking until there is an answer, as the contract asks of clients.

use std::time::Duration;

use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

/// Calls again and again; `failed` hears of every failure.
///
/// # Panics
///
/// If a call is refused: nothing that comes in here is refusable.
pub async fn insist<R, F>(mut call: impl FnMut() -> F, mut failed: impl FnMut()) -> R
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    loop {
        match call().await {
            Ok(answer) => return answer.into_inner(),
            Err(status) => {
                assert!(may_be_retried(&status), "{status:?}");
                failed();
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What our services answer while a store is away, and whatever a broken connection looks like.
pub fn may_be_retried(status: &Status) -> bool {
    if status.get_details_error_info().is_some() {
        matches!(
            status.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::Aborted
        )
    } else {
        matches!(
            status.code(),
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal
        )
    }
}
