//! What happens once in the year: a merger in June, fires in the autumn harvest, acceptances in December.

use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceState, ApplyForAcceptanceRequest, AssessBranchRequest, BranchAssessment,
    BranchStar, DecideAcceptanceRequest, HotspotState, InspectionFinding, ListBranchAssessmentsRequest,
    MeasurementSource, MergeDivisionsRequest, RecordInspectionRequest, StarDecision,
};
use time::Date;

use super::{
    people::{County, fact},
    plan::{ONE_STAR, PILOTS, TIERS, wire},
};
use crate::{
    acceptance_county::{close, draw, found, publicise, sheet},
    calls::{
        apply_for_acceptance, assess_branch, award_points, decide_acceptance, list_branch_assessments, merge_divisions,
    },
    county::{LANKAO, request_id},
    hotspot::report,
    hotspot_triage::{exonerate, triage},
    points,
    township::{TOWN, division},
};

/// A village that goes into another one.
pub struct Merger {
    pub source: String,
    pub target: String,
    pub date: Date,
}

/// A village under acceptance, and how it is to end.
pub struct Examined {
    pub village: String,
    pub name: String,
    pub end: AcceptanceState,
}

impl County {
    /// The first village of the pilot town that holds a star, lags with a task and has another one; and the one after it.
    pub fn merger(&self, date: Date) -> Merger {
        let town: Vec<&String> = self
            .told
            .villages
            .keys()
            .filter(|code| code.starts_with(PILOTS[0]))
            .collect();
        let goes = |pair: &&[&String]| {
            let own = self.told.tasks.values().filter(|task| task.village == *pair[0]);
            let open: Vec<bool> = own
                .filter(|task| task.done(date) < task.goal)
                .map(|task| task.start < date && task.done(date) < task.pace.due(date))
                .collect();
            open.len() > 1 && open.contains(&true) && self.told.villages[pair[0]].tiers() > 0
        };
        let pair = town.windows(2).find(goes).expect("a village");
        Merger {
            source: pair[0].clone(),
            target: pair[1].clone(),
            date,
        }
    }

    /// Gives the village that is to go stars and points.
    pub async fn honour(&self, village: &str) {
        self.settle(&[village]).await;
        let rules = points::rules(LANKAO, vec![points::item("clean_yard", 10, 0)]);
        points::apply(&self.harness, rules).await.expect("rules");
        let household = format!("households/{village}-1");
        self.award(&household).await;
        let stars = [
            BranchStar::StrongBranch,
            BranchStar::ThrivingTrade,
            BranchStar::Liveable,
            BranchStar::SafeAndLawful,
            BranchStar::CivilisedAndHappy,
        ];
        let star = |(at, star): (usize, BranchStar)| StarDecision {
            star: star.into(),
            awarded: at < 3,
            reason: "对照标准评定".to_owned(),
            evidence: vec!["台账".to_owned(); usize::from(at < 3)],
        };
        let request = AssessBranchRequest {
            assessment: Some(BranchAssessment {
                division: division(village),
                year: 2024,
                stars: stars.into_iter().enumerate().map(star).collect(),
                decider: format!("cadres/C{}-01L", PILOTS[0]),
                ..BranchAssessment::default()
            }),
            request_id: request_id(&self.harness),
        };
        assess_branch(&self.harness, LANKAO, request).await.expect("stars");
    }

    async fn award(&self, household: &str) {
        let occurrence = points::occurrence(&self.harness, household, "clean_yard");
        award_points(&self.harness, LANKAO, occurrence).await.expect("awarded");
    }

    /// The village goes into the other one, whose secretary takes over its tasks.
    pub async fn merge(&mut self, merger: &Merger, today: Date) {
        let request = MergeDivisionsRequest {
            sources: vec![division(&merger.source)],
            target: division(&merger.target),
            effective_date: wire(merger.date),
            request_id: request_id(&self.harness),
            ..MergeDivisionsRequest::default()
        };
        merge_divisions(&self.harness, LANKAO, request).await.expect("merged");
        let leader = self.secretaries[&merger.target].clone();
        self.hand_over(&merger.source, &leader, merger.date, today).await;
        self.first.remove(&merger.source);
        self.told.villages.remove(&merger.source);
        let own = points::rules(&merger.target, vec![points::item("clean_yard", 2, 0)]);
        points::apply(&self.harness, own)
            .await
            .expect("rules of the village that goes on");
    }

    /// Stars and points of the village that went are where they were, and its households earn by the rules of the other one.
    pub async fn check_honours(&self, merger: &Merger) {
        let household = format!("households/{}-1", merger.source);
        self.award(&household).await;
        assert_eq!(
            points::account(&self.harness, &household, None).await.balance_points,
            12
        );
        let list = ListBranchAssessmentsRequest {
            division: division(&merger.source),
            ..ListBranchAssessmentsRequest::default()
        };
        let listed = list_branch_assessments(&self.harness, LANKAO, list)
            .await
            .expect("a list");
        let stars: Vec<i32> = listed.branch_assessments.iter().map(|it| it.star_count).collect();
        assert_eq!(stars, [3]);
    }

    /// Straw burns in three starred villages of the town, which answer for it in one.
    pub async fn burn(&mut self) {
        let starred = self
            .told
            .villages
            .iter()
            .filter(|(code, it)| code.starts_with(TOWN) && it.tiers() > ONE_STAR);
        let starred: Vec<String> = starred.map(|(code, _)| code.clone()).take(3).collect();
        assert_eq!(starred.len(), 3);
        for (at, village) in starred.iter().enumerate() {
            let place = self.positions[village];
            let hotspot = report(&self.harness, place, &format!("MOD-{at}")).await;
            assert_eq!(hotspot.duty.as_ref().expect("a duty").division, division(village));
            let verdict = if at == 2 {
                HotspotState::False
            } else {
                HotspotState::Burning
            };
            let judged = triage(&self.harness, &hotspot, verdict).await.expect("judged");
            match at {
                0 => self.village(village).fires += 1,
                1 => drop(exonerate(&self.harness, &judged).await.expect("exonerated")),
                _ => {}
            }
        }
    }

    /// Four compliant villages apply; all but the first are found as they say, with a little less at the village as a whole.
    pub async fn examine(&mut self, today: Date) -> Vec<Examined> {
        use AcceptanceState::{Certified, Failed, Rejected};
        let holding = self
            .told
            .villages
            .iter()
            .filter(|(code, it)| code.starts_with("410225105") && it.tiers() > 0);
        let holding: Vec<String> = holding.map(|(code, _)| code.clone()).take(4).collect();
        self.settle(&holding.iter().map(String::as_str).collect::<Vec<_>>())
            .await;
        let mut examined = Vec::new();
        for (village, end) in holding.into_iter().zip([Failed, Certified, Rejected, Certified]) {
            let request = ApplyForAcceptanceRequest {
                division: division(&village),
                tier: TIERS[0].0.to_owned(),
                request_id: request_id(&self.harness),
                ..ApplyForAcceptanceRequest::default()
            };
            let applied = apply_for_acceptance(&self.harness, &village, request)
                .await
                .expect("applied");
            draw(&self.harness, LANKAO, &applied.name).await.expect("drawn");
            self.inspect(&village, &applied, end != Failed, today).await;
            let closed = close(&self.harness, &applied.name).await.expect("closed");
            if end == Failed {
                assert_eq!(closed.state(), Failed);
            } else {
                let public = publicise(&self.harness, &applied.name).await.expect("public");
                assert_eq!(public.state(), AcceptanceState::Publicised);
            }
            examined.push(Examined {
                village,
                name: applied.name,
                end,
            });
        }
        assert_eq!(examined.len(), 4);
        examined
    }

    async fn inspect(&mut self, village: &str, acceptance: &Acceptance, met: bool, today: Date) {
        let sheet = sheet(&self.harness, LANKAO, &acceptance.name, "")
            .await
            .expect("a sheet");
        for unit in sheet.units {
            let finding = |indicator: &String| {
                let whole = unit.household.is_empty();
                let claimed = acceptance.claims.iter().find(|claim| claim.indicator == *indicator);
                let asked = TIERS[0].2.iter().find(|(code, _)| code == indicator);
                let (claimed, (code, bound)) = (claimed.expect("a claim").numerator, asked.expect("a criterion"));
                let super::plan::Bound::Share(least) = bound else {
                    panic!("{code} is a share")
                };
                let seen = if whole {
                    (claimed - 7).max(*least)
                } else {
                    i64::from(met)
                };
                let finding = InspectionFinding {
                    indicator: indicator.clone(),
                    numerator: seen,
                    denominator: whole.then_some(1_000),
                };
                (*code, finding)
            };
            let findings: Vec<_> = unit.indicators.iter().map(finding).collect();
            let request = RecordInspectionRequest {
                name: acceptance.name.clone(),
                unit_number: unit.number,
                findings: findings.iter().map(|(_, finding)| finding.clone()).collect(),
                inspector: unit.inspector.expect("an inspector").cadre,
                request_id: request_id(&self.harness),
                ..RecordInspectionRequest::default()
            };
            found(&self.harness, request).await.expect("recorded");
            if unit.household.is_empty() {
                for (code, finding) in findings {
                    let seen = fact(today, MeasurementSource::Inspection, finding.numerator);
                    self.village(village).learn(code, seen);
                }
            }
        }
    }

    /// The county decides; the certificates are numbered in that order.
    pub async fn certify(&self, examined: &[Examined]) {
        let mut numbers = Vec::new();
        for it in examined.iter().filter(|it| it.end != AcceptanceState::Failed) {
            let decision = match it.end {
                AcceptanceState::Certified => AcceptanceAction::Certify,
                _ => AcceptanceAction::Reject,
            };
            let request = DecideAcceptanceRequest {
                name: it.name.clone(),
                decision: decision.into(),
                decider: "cadres/county-leader".to_owned(),
                reason: "经县考评领导小组研究".to_owned(),
                request_id: request_id(&self.harness),
                ..DecideAcceptanceRequest::default()
            };
            let decided = decide_acceptance(&self.harness, LANKAO, request)
                .await
                .expect("decided");
            assert_eq!(decided.state(), it.end);
            numbers.extend(decided.certificate.map(|certificate| certificate.number));
        }
        assert_eq!(numbers, [1, 2]);
    }
}
