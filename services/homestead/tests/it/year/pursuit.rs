//! What follows the steps of dunning: notices that are handed over, public notices, and mediation.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    DraftPublicNoticeRequest, GetPublicNoticeRequest, ListDunningNoticesRequest, MediationOutcome, NoticeServiceMethod,
    PublicNoticeLineState, RecordMediationRequest, RecordServedNoticeRequest,
};
use time::{Date, Duration};

use super::{
    Lankao,
    recount::{
        Home,
        standing::{MEDIATION, NOTICE, PUBLIC},
    },
    register::lot,
};
use crate::world::reason;

/// A public notice of a village: its name, its day, and household and fen of each line.
pub struct Posted {
    name: String,
    day: Date,
    lines: Vec<(String, i64)>,
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

impl Lankao {
    /// Households that came to a step on a day and still owe, as far as `luck` wills.
    fn reached(&self, step: i32, drafted: Date, luck: impl Fn(&Home) -> bool) -> Vec<usize> {
        let there = |home: &Home| home.dunned == Some((step, drafted)) && home.owed() > 0;
        let found = self
            .homes
            .iter()
            .enumerate()
            .filter(|(_, home)| there(home) && luck(home));
        found.map(|(at, _)| at).collect()
    }

    /// Some notices of a day are handed over, left before a witness, posted or shown on a telephone, which starts limitation anew.
    pub async fn serve(&mut self, day: Date, drafted: Date) {
        let going = self.reached(NOTICE, drafted, |home| lot(&[&home.id, "served"], 4) == 0);
        let names = self.notices_of(drafted).await;
        let world = &self.world;
        let served: Vec<(usize, Vec<String>)> = stream::iter(going)
            .map(|at| {
                let home = &self.homes[at];
                let how = i32::try_from(lot(&[&home.id, "way"], 4)).expect("few") + 1;
                let post = how == i32::from(NoticeServiceMethod::Post);
                let request = RecordServedNoticeRequest {
                    name: names[&home.id].clone(),
                    service_method: how,
                    // The post comes before anybody else may.
                    serve_time: Some(kit::dates::timestamp(super::at(day, if post { 7 } else { 9 }))),
                    proof: format!("回执{}", home.id),
                    delivery_event: String::new(),
                    request_id: world.key(),
                };
                async move {
                    let answer = world.collection().record_served_notice(world.request(request)).await;
                    (at, answer.expect("served").into_inner().bills)
                }
            })
            .buffer_unordered(16)
            .collect()
            .await;
        for (at, bills) in served {
            let home = &mut self.homes[at];
            assert_eq!(sorted(bills), sorted(home.renew(day)), "{}", home.id);
        }
    }

    /// Name of each household's notice of a day.
    async fn notices_of(&self, drafted: Date) -> BTreeMap<String, String> {
        let (mut names, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request = ListDunningNoticesRequest {
                page_size: 1_000,
                page_token,
                filter: format!("notice_date = {drafted}"),
                ..ListDunningNoticesRequest::default()
            };
            let page = self
                .world
                .dunning()
                .list_dunning_notices(self.world.request(request))
                .await;
            let page = page.expect("listed").into_inner();
            let named = page.dunning_notices.into_iter().map(|notice| {
                (
                    notice.household.trim_start_matches("households/").to_owned(),
                    notice.name,
                )
            });
            names.extend(named);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    }

    /// Half of those who came to the last step sit down with their village; of them a third agrees, which starts limitation anew.
    pub async fn mediate(&mut self, day: Date, drafted: Date) {
        let coming = self.reached(MEDIATION, drafted, |home| lot(&[&home.id, "mediated"], 2) == 0);
        let world = &self.world;
        let held: Vec<(usize, Vec<String>, bool)> = stream::iter(coming)
            .map(|at| {
                let home = &self.homes[at];
                let outcome = match lot(&[&home.id, "outcome"], 3) {
                    0 => MediationOutcome::Agreed,
                    1 => MediationOutcome::Failed,
                    _ => MediationOutcome::Adjourned,
                };
                let agreed = outcome == MediationOutcome::Agreed;
                let request = RecordMediationRequest {
                    household: format!("households/{}", home.id),
                    mediation_date: Some(to_proto(day)),
                    mediator: "村调解委员会".to_owned(),
                    parties: vec!["户主".to_owned(), "村集体".to_owned()],
                    outcome: outcome.into(),
                    agreed_fen: if agreed { home.owed() } else { 0 },
                    last_date: agreed.then(|| to_proto(day + Duration::days(100))),
                    text: String::new(),
                    request_id: world.key(),
                };
                async move {
                    let answer = world.collection().record_mediation(world.request(request)).await;
                    (at, answer.expect("held").into_inner().bills, agreed)
                }
            })
            .buffer_unordered(16)
            .collect()
            .await;
        for (at, bills, agreed) in held {
            let home = &mut self.homes[at];
            let expected = if agreed { home.renew(day) } else { Vec::new() };
            assert_eq!(sorted(bills), sorted(expected), "{}", home.id);
        }
    }

    /// Some villages post who has come to that step, the largest amount first; where nobody has, there is nothing to post.
    pub async fn post(&mut self, day: Date) {
        let villages = self.books.iter().filter(|code| lot(&[code, "posts"], 4) == 0);
        for village in villages {
            let homes = self.homes.iter().filter(|home| home.village == *village);
            let mut lines: Vec<(String, i64, Date)> = homes.filter_map(|home| line(home, day)).collect();
            lines.sort_unstable_by(|one, other| (-one.1, &one.0).cmp(&(-other.1, &other.0)));
            let request = DraftPublicNoticeRequest {
                division: village.clone(),
                from_date: Some(to_proto(day)),
                last_date: Some(to_proto(day + Duration::days(7))),
                validate_only: false,
                request_id: self.world.key(),
            };
            let mut client = self.world.public_notices();
            let answer = client.draft_public_notice(self.world.request(request)).await;
            if lines.is_empty() {
                assert_eq!(reason(&answer.expect_err("nobody")), "NOBODY_TO_POST");
                continue;
            }
            let posted = answer.expect("posted").into_inner();
            let stated = posted.lines.iter().map(|line| {
                let household = line.household.trim_start_matches("households/").to_owned();
                (household, line.overdue_fen, line.oldest_due_date)
            });
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(id, fen, due)| (id, fen, Some(to_proto(due))))
                .collect();
            assert_eq!(stated.collect::<Vec<_>>(), lines, "{village}");
            assert_eq!(posted.notice_number, 1);
            self.posted.push(Posted {
                name: posted.name,
                day,
                lines: lines.into_iter().map(|(id, fen, _)| (id, fen)).collect(),
            });
        }
    }

    /// What has become of every line.
    pub async fn check_posted(&self) {
        assert!(!self.posted.is_empty());
        let homes: BTreeMap<&str, &Home> = self.homes.iter().map(|home| (home.id.as_str(), home)).collect();
        let (mut paid, mut standing) = (0, 0);
        for posted in &self.posted {
            let request = GetPublicNoticeRequest {
                name: posted.name.clone(),
            };
            let mut client = self.world.public_notices();
            let notice = client.get_public_notice(self.world.request(request)).await;
            let notice = notice.expect("kept").into_inner();
            assert_eq!(notice.lines.len(), posted.lines.len());
            for (line, (id, fen)) in notice.lines.iter().zip(&posted.lines) {
                let home = homes[id.as_str()];
                let (open, _) = home.overdue(posted.day);
                let settled = fen - open.min(*fen);
                let state = if settled == *fen {
                    paid += 1;
                    PublicNoticeLineState::Paid
                } else {
                    standing += 1;
                    PublicNoticeLineState::Posted
                };
                assert_eq!(
                    (line.overdue_fen, line.settled_fen, line.state()),
                    (*fen, settled, state),
                    "{id}"
                );
            }
        }
        assert!(paid > 0 && standing > 0, "{paid} taken down, {standing} left");
    }
}

/// Household, overdue fen and oldest due date of whoever is to be posted.
fn line(home: &Home, day: Date) -> Option<(String, i64, Date)> {
    let (fen, oldest) = home.overdue(day);
    let oldest = oldest?;
    let (step, on) = home.dunned?;
    let silent = home.objection.is_none() && !home.unmeasured;
    (silent && step >= PUBLIC && on > oldest).then(|| (home.id.clone(), fen, oldest))
}
