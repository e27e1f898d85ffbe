//! Decides acceptances by a person of rank who is not concerned, gives certificates, and revokes them.

use kit::{
    call::Call,
    dates,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceCertificate, AcceptanceEntry, AcceptanceQuota, DecideAcceptanceRequest,
    RevokeAcceptanceRequest,
};
use time::{Date, Month};
use tonic::Response;
use villages_core::{
    calendar::offset,
    document::{Post, QuotaRule},
    plan::Plan,
};

use super::{
    acceptance::AcceptanceApi,
    acceptance_draw::earlier,
    acceptance_process::{About, By, Opened, Start, entry},
    plan_load, rating_run,
};
use crate::{
    store::{
        acceptance_certificate::{self as certificate, CertificateRow},
        acceptance_inspection, task_tenure,
    },
    wire,
};

/// Digits of a county and of a township in a village's code.
const COUNTY: usize = 6;
const TOWNSHIP: usize = 9;

impl AcceptanceApi {
    pub(super) async fn decide(&self, call: &Call, request: &DecideAcceptanceRequest) -> Result<Response<Acceptance>> {
        let decision = request.decision();
        if !matches!(decision, AcceptanceAction::Certify | AcceptanceAction::Reject) {
            let rule = "ACCEPTANCE_ACTION_CERTIFY or ACCEPTANCE_ACTION_REJECT";
            return Err(Error::invalid("decision", decision.as_str_name(), rule));
        }
        let mut entry = entry(decision, "reason", &request.reason, &[])?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        let plan = decided_by(&mut opened, &request.decider, &mut entry).await?;
        if decision == AcceptanceAction::Certify {
            certify(&mut opened, &plan, &mut entry).await?;
        }
        opened.conclude(entry).await
    }

    pub(super) async fn revoke(&self, call: &Call, request: &RevokeAcceptanceRequest) -> Result<Response<Acceptance>> {
        let mut entry = entry(AcceptanceAction::Revoke, "reason", &request.reason, &request.evidence)?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        decided_by(&mut opened, &request.decider, &mut entry).await?;
        opened.conclude(entry).await
    }
}

/// Takes the decision and fills in who decides: a person of rank in the division of the plan or above it, who is not concerned
/// and has not inspected.
async fn decided_by(opened: &mut Opened, decider: &str, entry: &mut AcceptanceEntry) -> Result<Plan> {
    let cadre = wire::cadre::id("decider", decider)?;
    let action = wire::acceptance::action(entry).ok_or_else(|| Error::internal("a decision without action"))?;
    opened.act(action)?;
    let plan = plan_load::version(&mut opened.tx, &opened.plan).await?.plan;
    let rank = plan.acceptance.decision_post;
    let posts: Vec<&str> = Post::all()
        .filter(|post| post.ranks_with(rank))
        .map(Post::as_str)
        .collect();
    let (place, today) = (opened.plan.division_code.clone(), opened.today());
    let holders = task_tenure::holders(&mut opened.tx, &place, &posts, today).await?;
    let holder = holders
        .into_iter()
        .find(|holder| holder.cadre_id == cadre && place.starts_with(&holder.division_code));
    let Some(holder) = holder else {
        let division = wire::division::name(&place);
        let message = format!("{decider} is no {} or higher for {division}", rank.as_str());
        let zh = format!("{decider} 不是 {division} 有审定权限的领导（{} 及以上）", rank.as_str());
        return Err(Error::rule("DECISION_RANK", decider, message, zh));
    };
    let village = &opened.row.division_code;
    let township = village.get(..TOWNSHIP).unwrap_or(village);
    let concerned = acceptance_inspection::concerned(&mut opened.tx, township, std::slice::from_ref(&cadre), today);
    if !concerned.await?.is_empty() || earlier(&opened.acceptance).any(|id| id == cadre) {
        let message = format!("{decider} is concerned with the village or its township, or has inspected it");
        let zh = "应当回避：在该村或者所在乡镇任职、承担任务，或者参加过检查";
        return Err(Error::rule("RECUSAL", decider, message, zh));
    }
    entry.decider = Some(wire::task::person(&cadre, &holder.display_name));
    entry.decider_post = wire::ladder_process::post(&holder.post).into();
    Ok(plan)
}

/// Gives the certificate, unless a veto stands or the plan limits how many there are.
async fn certify(opened: &mut Opened, plan: &Plan, entry: &mut AcceptanceEntry) -> Result<()> {
    let tier = plan.tier(&opened.acceptance.tier);
    let tier = tier.ok_or_else(|| Error::internal("the tier of an acceptance is not in its plan"))?;
    no_veto(opened, plan, tier).await?;
    let (year, today) = (opened.acceptance.year, opened.today());
    let county = opened.row.division_code.get(..COUNTY).unwrap_or_default().to_owned();
    // From here on certificates of the county and year wait for this one, so that the counts below hold.
    let number = certificate::next_number(&mut opened.tx, &county, year).await?;
    entry.quotas = quotas(opened, plan, tier).await?;
    let exceeded = |quota: &&AcceptanceQuota| quota.certified_count > quota.village_count;
    let full = entry.quotas.iter().find(exceeded);
    if let Some(full) = full.filter(|_| plan.acceptance.quota_rule == QuotaRule::Limit) {
        let (held, most) = (full.certified_count - 1, full.village_count);
        let message = format!("{held} of {most} villages hold {} in {year} already", full.tier);
        let zh = format!("{year} 年 {} 名额 {most} 个，已认定 {held} 个", full.tier);
        return Err(Error::rule("QUOTA_FULL", &full.division, message, zh));
    }
    let expires = expiry(today, plan.acceptance.validity_years);
    let row = CertificateRow {
        acceptance_id: opened.row.acceptance_id,
        division_code: &opened.row.division_code,
        county_code: &county,
        year,
        number,
        expires_on: expires,
    };
    certificate::certificate_insert(&mut opened.tx, &row).await?;
    entry.certificate = Some(AcceptanceCertificate {
        county,
        year,
        number,
        issue_date: Some(dates::to_proto(today)),
        expire_date: Some(dates::to_proto(expires)),
    });
    Ok(())
}

/// The day before the same day `years` later; of 29 February, 28 February.
fn expiry(issued: Date, years: i32) -> Date {
    let same = issued.replace_year(issued.year() + years);
    same.map_or_else(|_| offset(issued, 365 * i64::from(years)), |same| offset(same, -1))
}

async fn no_veto(opened: &mut Opened, plan: &Plan, tier: usize) -> Result<()> {
    let (village, at) = (opened.row.division_code.clone(), opened.at);
    let rated = rating_run::rate(&mut opened.tx, plan, &village, at).await?;
    let standing = rated.iter().flat_map(|village| &village.rating.vetoes);
    let standing = standing.filter_map(|at| plan.vetoes.get(*at));
    let Some(veto) = standing.into_iter().find(|veto| veto.bars_from <= tier) else {
        return Ok(());
    };
    let (name, village) = (&veto.display_name, &opened.acceptance.division);
    let message = format!("the veto {name} bars {village} from the tier");
    Err(Error::rule(
        "VETO_STANDS",
        village,
        message,
        format!("一票否决事项未消除：{name}"),
    ))
}

/// How the quotas of the year that the village counts for stand with it.
async fn quotas(opened: &mut Opened, plan: &Plan, tier: usize) -> Result<Vec<AcceptanceQuota>> {
    let year = opened.acceptance.year;
    let last = Date::from_calendar_date(year, Month::December, 31).map_err(Error::internal)?;
    let village = &opened.row.division_code;
    let held = certificate::certificates_held(&mut opened.tx, &opened.plan, year, last).await?;
    let count = |place: &str, at: usize| {
        let reaches = |code: &str| plan.tier(code).is_some_and(|held| held >= at);
        let others = held
            .iter()
            .filter(|it| it.division_code.starts_with(place) && reaches(&it.tier));
        let mut villages: Vec<&str> = others.map(|it| it.division_code.as_str()).collect();
        villages.push(village);
        villages.sort_unstable();
        villages.dedup();
        wire::rating::small(villages.len())
    };
    let mut stand = Vec::new();
    for quota in plan.quotas.iter().filter(|quota| quota.year == year) {
        let (place, at) = (plan.place(quota), plan.tier(&quota.tier));
        if let Some(at) = at.filter(|at| *at <= tier && village.starts_with(place)) {
            stand.push(AcceptanceQuota {
                division: wire::division::name(place),
                tier: quota.tier.clone(),
                village_count: quota.village_count,
                certified_count: count(place, at),
            });
        }
    }
    Ok(stand)
}
