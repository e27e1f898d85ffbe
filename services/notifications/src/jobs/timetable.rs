//! Sends notices by the calendar.

use kit::{Kit, audit::Change, dates, error::Result};
use proto::xiangtu::notifications::v1::Priority;
use time::{Duration, OffsetDateTime};

use crate::{
    dispatch::{self, Draft, Outcome},
    plans::{Applied, Plans},
    wake::Wake,
    wire::{
        audience::Audience,
        rule::{DEFAULT_EXPIRY, Timetable, of_day},
        template,
    },
};

/// How late a missed time is made up for.
const MADE_UP: Duration = Duration::hours(2);

/// Sends what is due now and was not sent yet.
pub async fn run(kit: &Kit, plans: &Plans, wake: &Wake) -> Result<()> {
    let now = kit.clock.now();
    let due = {
        let mut tx = kit.db.system("timetable").await?;
        plans.all_in_force(&mut tx, kit.clock.today()).await?
    };
    for plan in due {
        for timetable in plan
            .section
            .timetables
            .iter()
            .filter(|timetable| is_due(timetable, &plan, now))
        {
            send(kit, &plan, timetable).await?;
            wake.deliveries.ring();
            wake.posts.ring();
        }
    }
    Ok(())
}

fn is_due(timetable: &Timetable, plan: &Applied, now: OffsetDateTime) -> bool {
    let today = dates::day_of(now);
    let at = dates::start_of(today) + (timetable.time - time::Time::MIDNIGHT);
    let begun = today >= timetable.start.unwrap_or(plan.effective_date);
    let ended = timetable.end.is_some_and(|end| today > end);
    begun && !ended && at <= now && now < at + MADE_UP
}

async fn send(kit: &Kit, plan: &Applied, timetable: &Timetable) -> Result<()> {
    let Some(definition) = plan.section.templates.get(&timetable.template) else {
        return Ok(());
    };
    let today = kit.clock.today().to_string();
    let variables = of_day(&timetable.variables, &today, &plan.division.name());
    let draft = Draft {
        division: &plan.division,
        topic: &timetable.topic,
        subject: "",
        template: plan.template_name(&timetable.template),
        definition,
        variables: definition.declared(&variables),
        audience: Audience {
            division: Some(plan.division.clone()),
            exact: false,
            roles: timetable.roles.clone(),
            recipients: Vec::new(),
        },
        channels: &timetable.channels,
        priority: Priority::Normal,
        acknowledgement_required: false,
        expires_at: kit.clock.now() + DEFAULT_EXPIRY,
        event_id: None,
        rule: format!("{}/timetables/{}", plan.name, timetable.id),
        occasion: Some(format!("timetable:{}:{}:{today}", plan.division.code(), timetable.id)),
        quiet: plan.section.quiet.as_ref(),
    };
    let mut tx = kit.db.system("timetable").await?;
    match dispatch::make(&mut tx, kit, &draft).await? {
        Outcome::Made(made) => {
            let name = crate::wire::name::Collection::Notices.name(made.notice.uid);
            let change = Change::new("send", plan.division.code(), &name);
            tx.commit_as(change.detail(format!("{} deliveries", made.counts.total)))
                .await
        }
        Outcome::Nobody | Outcome::Repeated => tx.rollback().await,
        Outcome::Unfit(problems) => Err(template::unfit(problems)),
    }
}
