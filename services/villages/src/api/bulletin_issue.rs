//! Issues a bulletin: keeps it, counts its misses, drafts the steps that they call for.

use std::collections::HashMap;

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::{Division as Code, Level},
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{Bulletin, BulletinIssued, IssueBulletinRequest};
use tonic::Response;
use uuid::Uuid;
use villages_core::{bulletin::Miss, week::Week};

use super::{
    bulletin::{BulletinApi, written},
    bulletin_make,
    bulletin_steps::{self, Issued},
    division::require_id,
    plan_load,
};
use crate::{
    store::{
        bulletin::{self, BulletinRow, MissRow},
        bulletin_clock,
    },
    wire,
};

/// Longest text that an event carries, in bytes; the whole is in the bulletin.
const LONGEST_TEXT: usize = 32 * 1024;

impl BulletinApi {
    pub(super) async fn issue(&self, call: &Call, request: &IssueBulletinRequest) -> Result<Response<Bulletin>> {
        require_id(&request.request_id)?;
        let division = Code::parse("division", &request.division)?;
        if !matches!(division.level(), Level::County | Level::Township) {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county (6 digits) or a township (9 digits)",
            ));
        }
        let today = self.kit.clock.today();
        let week = wire::plan::week("week", &request.week, Week::of(today).before())?;
        let trial = dates::from_timestamp("known_at", request.known_at)?;
        if trial.is_some() && !request.validate_only {
            return Err(Error::invalid(
                "known_at",
                "given",
                "only with validate_only: issuing takes what is known now",
            ));
        }
        if week.last_day() >= today {
            let message = format!("week {week} ends on {}", week.last_day());
            let message_zh = format!("第 {week} 周于 {} 结束", week.last_day());
            return Err(Error::rule("WEEK_NOT_OVER", division.name(), message, message_zh));
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let now = tx.now();
        // From here on until the end other bulletins and new facts wait.
        let known_at = bulletin_clock::known_at(&mut tx).await?;
        if !request.validate_only
            && let Some(issued) = bulletin::bulletin_of(&mut tx, division.code(), week.first_day()).await?
        {
            let change = Change::new("issue", division.code(), &wire::bulletin::name(issued.bulletin_id));
            return tx.finish(change.detail("issued before"), written(&issued)?).await;
        }
        let known_at = trial.map_or(known_at, |asked| asked.min(known_at));
        let loaded = plan_load::governing_week(&mut tx, division.code(), week, known_at).await?;
        let (made, text) = bulletin_make::make(&mut tx, &loaded, &division, week, known_at).await?;
        let mut response = wire::bulletin::bulletin(division.code(), &loaded.key, &loaded.plan, &made, text);
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        let id = self.kit.ids.next();
        wire::bulletin::issued(&mut response, id, now);
        let fresh = self
            .name_misses(&mut tx, &division, week, &made.misses, &mut response)
            .await?;
        let row = BulletinRow {
            bulletin_id: id,
            division_code: division.code().to_owned(),
            week: week.first_day(),
            plan_division: loaded.key.division_code.clone(),
            plan_code: loaded.key.plan_code.clone(),
            plan_version: loaded.key.version,
            known_at,
            digest: response.digest.clone(),
            content: response.encode_to_vec(),
            issued_by: tx.principal().to_owned(),
        };
        bulletin::bulletin_insert(&mut tx, &row).await?;
        bulletin::misses_insert(&mut tx, &row, &fresh).await?;
        let issued = Issued {
            id,
            loaded: &loaded,
            made: &made,
            fresh: &fresh,
            at: now,
        };
        let drafted = bulletin_steps::draft(&self.kit.ids, &mut tx, &issued).await?;
        tx.emit(
            "bulletin.issued",
            division.code(),
            &response.name,
            &issued_event(&response),
        );
        let detail = format!("week {week}, {} misses, {drafted} steps drafted", fresh.len());
        tx.finish(
            Change::new("issue", division.code(), &response.name).detail(detail),
            response,
        )
        .await
    }

    /// Gives every miss its name: that under which it was counted before, or a new one. Answers the new ones.
    async fn name_misses(
        &self,
        tx: &mut Tx,
        division: &Code,
        week: Week,
        misses: &[Miss],
        response: &mut Bulletin,
    ) -> Result<Vec<MissRow>> {
        let counted = bulletin::misses_counted(tx, division.code(), week.first_day()).await?;
        let counted: HashMap<Uuid, Uuid> = counted.into_iter().map(|row| (row.task_id, row.miss_id)).collect();
        let mut fresh = Vec::new();
        for (miss, written) in misses.iter().zip(&mut response.misses) {
            let task_id = Uuid::from_u128(miss.item.task);
            let miss_id = counted.get(&task_id).copied().unwrap_or_else(|| self.kit.ids.next());
            written.name = wire::bulletin::miss_name(miss_id);
            if !counted.contains_key(&task_id) {
                fresh.push(MissRow {
                    miss_id,
                    division_code: miss.item.village.clone(),
                    task_id,
                    week: week.first_day(),
                    cadre_id: miss.person.cadre.clone(),
                });
            }
        }
        Ok(fresh)
    }
}

fn issued_event(bulletin: &Bulletin) -> BulletinIssued {
    BulletinIssued {
        bulletin: bulletin.name.clone(),
        division: bulletin.division.clone(),
        display_name: bulletin.display_name.clone(),
        week: bulletin.week.clone(),
        number: bulletin.number,
        text: cut(&bulletin.text),
        digest: bulletin.digest.clone(),
        miss_count: wire::rating::small(bulletin.misses.len()),
    }
}

/// The text up to the last whole line that an event can carry.
fn cut(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > LONGEST_TEXT {
            break;
        }
        kept.push_str(line);
    }
    kept
}
