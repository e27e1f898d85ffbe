//! What people do about the steps that bulletins draft: leave them, drop them, carry them out, appeal.

use proto::xiangtu::villages::v1::{
    AppealLadderStepRequest, DecideLadderAppealRequest, DecideLadderStepRequest, DefendLadderStepRequest, LadderAction,
    LadderStep, ListLadderStepsRequest, Post, ServeLadderStepRequest, ServiceMethod,
};
use time::{Date, Duration};

use super::{
    people::{County, lot},
    plan::wire,
    recount::Stage,
};
use crate::{
    calls::{
        appeal_ladder_step, decide_ladder_appeal, decide_ladder_step, defend_ladder_step, list_ladder_steps,
        serve_ladder_step,
    },
    county::{LANKAO, request_id},
    township::code,
};

/// A step with what comes next.
pub struct Docket {
    step: LadderStep,
    due: Date,
    /// What is still to be done, each so many days after the one before.
    ahead: Vec<(i64, LadderAction)>,
}

impl Docket {
    /// Whether nothing more is to be done about it.
    pub fn is_done(&self) -> bool {
        self.ahead.is_empty()
    }
}

/// How far a step is taken: most stay drafts, some are dropped, more are approved, a few of them appealed.
fn fate(step: &LadderStep) -> Vec<(i64, LadderAction)> {
    use LadderAction::{Appeal, Approve, Defend, Drop, Reverse, Serve, Uphold};
    let person = step.person.as_ref().expect("a person");
    match lot(&[&person.cadre, &step.trigger.to_string(), &step.week], 40) {
        0..=25 => vec![],
        26 | 27 => vec![(0, Drop)],
        28 => vec![(0, Serve), (0, Defend), (14, Drop)],
        29..=31 => vec![(0, Serve), (14, Approve)],
        32 | 33 => vec![(0, Serve), (0, Defend), (14, Approve)],
        34 => vec![(0, Serve), (14, Approve), (7, Appeal), (14, Uphold)],
        35 => vec![(0, Serve), (14, Approve), (7, Appeal)],
        _ => vec![(0, Serve), (0, Defend), (14, Approve), (7, Appeal), (14, Reverse)],
    }
}

impl County {
    /// Takes up the steps that were drafted today.
    pub async fn take_up(&self, today: Date) -> Vec<Docket> {
        let request = ListLadderStepsRequest {
            page_size: 1_000,
            ..ListLadderStepsRequest::default()
        };
        let page = list_ladder_steps(&self.harness, LANKAO, request).await.expect("a list");
        let fresh = page
            .ladder_steps
            .into_iter()
            .filter(|step| step.draft_date == wire(today));
        let docket = |step: LadderStep| Docket {
            ahead: fate(&step),
            step,
            due: today,
        };
        fresh.map(docket).collect()
    }

    /// Does what is due today about a step.
    pub async fn carry_on(&mut self, docket: &mut Docket, today: Date) {
        while let Some(&(after, action)) = docket.ahead.first() {
            if docket.due + Duration::days(after) > today {
                return;
            }
            self.act(&docket.step, action).await;
            let person = docket.step.person.as_ref().expect("a person");
            let told = self
                .told
                .step(&person.cadre, docket.step.trigger(), &docket.step.occasion);
            told.stage = match action {
                LadderAction::Approve => Stage::Approved,
                LadderAction::Drop => Stage::Dropped,
                LadderAction::Appeal => Stage::Appealed,
                LadderAction::Uphold => Stage::Upheld,
                LadderAction::Reverse => Stage::Reversed,
                _ => Stage::Served,
            };
            docket.ahead.remove(0);
            docket.due = today;
        }
    }

    async fn act(&self, step: &LadderStep, action: LadderAction) {
        let (harness, name) = (&self.harness, step.name.clone());
        let township = &code(&step.division)[..9];
        let (decider, second) = match step.approval_post() {
            Post::CountyLeader => ("cadres/county-leader".to_owned(), "cadres/county-second".to_owned()),
            _ => (format!("cadres/C{township}-01L"), format!("cadres/C{township}-02L")),
        };
        let request_id = request_id(harness);
        let taken = match action {
            LadderAction::Serve => {
                let notice = ServeLadderStepRequest {
                    name,
                    service_method: ServiceMethod::InPerson.into(),
                    evidence: vec!["回执".to_owned()],
                    request_id,
                    ..ServeLadderStepRequest::default()
                };
                serve_ladder_step(harness, LANKAO, notice).await
            }
            LadderAction::Defend => {
                let defence = DefendLadderStepRequest {
                    name,
                    statement: "材料未到".to_owned(),
                    request_id,
                    ..DefendLadderStepRequest::default()
                };
                defend_ladder_step(harness, LANKAO, defence).await
            }
            LadderAction::Appeal => {
                let appeal = AppealLadderStepRequest {
                    name,
                    statement: "请求复核".to_owned(),
                    request_id,
                    ..AppealLadderStepRequest::default()
                };
                appeal_ladder_step(harness, LANKAO, appeal).await
            }
            LadderAction::Uphold | LadderAction::Reverse => {
                let answer = DecideLadderAppealRequest {
                    name,
                    decision: action.into(),
                    decider: second,
                    reason: "复核决定".to_owned(),
                    request_id,
                    ..DecideLadderAppealRequest::default()
                };
                decide_ladder_appeal(harness, LANKAO, answer).await
            }
            _ => {
                let decision = DecideLadderStepRequest {
                    name,
                    decision: action.into(),
                    decider,
                    reason: "经研究".to_owned(),
                    request_id,
                    ..DecideLadderStepRequest::default()
                };
                decide_ladder_step(harness, LANKAO, decision).await
            }
        };
        taken.unwrap_or_else(|status| panic!("{action:?} of {step:?}: {status:?}"));
    }
}
