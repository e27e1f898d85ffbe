//! Writes down what came of attempts: as many in one transaction as have come meanwhile.

use std::{collections::BTreeMap, time::Duration};

use kit::{Kit, error::Result};
use notifications_core::{
    delivery::{Sign, State, Verdict},
    health::Health,
};
use proto::xiangtu::notifications::v1::{AttemptOutcome, EndpointDisabled};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    store::{self, claim::Claimed, health::HealthRow, record::Recorded},
    wake::Wake,
    wire::{delivery, name::Collection},
};

/// Most attempts in one transaction.
const BATCH: usize = 512;
const PAUSE: Duration = Duration::from_millis(300);

/// An attempt that ended.
pub struct Ended {
    pub delivery: Claimed,
    pub verdict: Verdict,
    pub started_at: OffsetDateTime,
    pub duration: Duration,
    pub outcome: AttemptOutcome,
    pub status: u16,
    pub detail: String,
}

/// Writes down for one worker.
pub struct Recorder {
    pub kit: Kit,
    pub wake: Wake,
    pub owner: Uuid,
}

impl Recorder {
    /// Works until the last attempt has ended. A database that is away is waited for: until it has said so, nobody else
    /// knows that these attempts were made.
    pub async fn run(self, mut results: mpsc::Receiver<Ended>) {
        let mut batch = Vec::with_capacity(BATCH);
        while results.recv_many(&mut batch, BATCH).await > 0 {
            while let Err(error) = self.write(&batch).await {
                tracing::warn!(%error, attempts = batch.len(), "attempts wait to be written down");
                tokio::time::sleep(PAUSE).await;
            }
            batch.clear();
            // Places have become free, and perhaps an endpoint is back.
            self.wake.deliveries.ring();
        }
    }

    async fn write(&self, batch: &[Ended]) -> Result<()> {
        let now = self.kit.clock.now();
        let rows: Vec<Recorded> = batch.iter().map(recorded).collect();
        let mut tx = self.kit.db.system("deliver").await?;
        let lost = store::record::record(&mut tx, self.owner, &rows).await?;
        for one in &lost {
            let payload = delivery::failed(one);
            tx.emit(
                "delivery.failed",
                &one.division_code,
                &payload.delivery.clone(),
                &payload,
            );
        }
        let mut signs: BTreeMap<Uuid, Vec<Sign>> = BTreeMap::new();
        for ended in batch {
            signs
                .entry(ended.delivery.target_uid)
                .or_default()
                .push(ended.verdict.sign);
        }
        let uids: Vec<Uuid> = signs.keys().copied().collect();
        let (mut noted, mut back) = (Vec::new(), Vec::new());
        for row in store::health::health_lock(&mut tx, &uids).await? {
            let change = health(&row).after(signs.get(&row.uid).map_or(&[], Vec::as_slice), now);
            if change.recovered {
                back.push(row.uid);
            }
            if change.gone {
                store::endpoint::endpoint_disable(&mut tx, row.uid, "GONE").await?;
                let payload = disabled(&row);
                tx.emit(
                    "endpoint.disabled",
                    &row.division_code,
                    &payload.endpoint.clone(),
                    &payload,
                );
            }
            if change.noted {
                noted.push(changed(row, change.health));
            }
        }
        if !noted.is_empty() {
            store::health::health_note(&mut tx, &noted).await?;
        }
        if !back.is_empty() {
            store::health::kick(&mut tx, &back, now).await?;
        }
        tx.commit_unaudited().await
    }
}

fn recorded(ended: &Ended) -> Recorded {
    let Ended { delivery, verdict, .. } = ended;
    let last_error = match ended.outcome {
        AttemptOutcome::Accepted => String::new(),
        outcome => {
            let name = outcome.as_str_name().trim_start_matches("ATTEMPT_OUTCOME_");
            let detail: String = ended.detail.chars().take(200).collect();
            format!("{name} {} {detail}", ended.status).trim_end().to_owned()
        }
    };
    Recorded {
        delivery_uid: delivery.uid,
        division_code: delivery.division_code.clone(),
        number: delivery.attempts + 1,
        started_at: ended.started_at,
        duration_ms: i32::try_from(ended.duration.as_millis()).unwrap_or(i32::MAX),
        outcome: match ended.outcome {
            AttemptOutcome::Unspecified => 0,
            AttemptOutcome::Accepted => 1,
            AttemptOutcome::Refused => 2,
            AttemptOutcome::TimedOut => 3,
            AttemptOutcome::Unreachable => 4,
            AttemptOutcome::Blocked => 5,
            AttemptOutcome::Gone => 6,
        },
        status: i32::from(ended.status),
        detail: ended.detail.clone(),
        state: verdict.state.code(),
        step: i32::try_from(verdict.step).unwrap_or(i32::MAX),
        due_at: verdict.due_at,
        finished_at: (verdict.state != State::Waiting).then_some(verdict.due_at),
        last_error,
    }
}

fn health(row: &HealthRow) -> Health {
    Health {
        failures: u32::try_from(row.failures).unwrap_or_default(),
        failing_since: row.failing_since,
        probe_at: row.probe_at,
        paused_until: row.paused_until,
        last_success_at: row.last_success_at,
    }
}

fn changed(row: HealthRow, health: Health) -> HealthRow {
    HealthRow {
        failures: i32::try_from(health.failures).unwrap_or(i32::MAX),
        failing_since: health.failing_since,
        probe_at: health.probe_at,
        paused_until: health.paused_until,
        last_success_at: health.last_success_at,
        ..row
    }
}

fn disabled(row: &HealthRow) -> EndpointDisabled {
    EndpointDisabled {
        endpoint: Collection::Endpoints.name(row.uid),
        display_name: row.display_name.clone(),
        reason: "GONE".to_owned(),
    }
}
