//! Takes in the events of the suite: keeps each for those who follow them, and makes the notices that rules want.

use kit::{
    Kit, dates,
    db::Tx,
    division::{Division, Level},
    error::Result,
    inbox::Handler,
};
use notifications_core::template::ValueProblem;
use prost::Message as _;
use proto::xiangtu::{
    event::v1::Event,
    notifications::v1::{AudienceLevel, Channel},
};
use uuid::Uuid;

use crate::{
    dispatch::{self, Draft, Outcome},
    plans::{Applied, Plans},
    store::{self, event::NewEvent},
    wake::Wake,
    wire::{audience::Audience, event, rule::Rule},
};

/// Handles the events of one source.
pub struct Intake {
    /// What the service works with.
    pub kit: Kit,
    /// Sections in force.
    pub plans: Plans,
    /// Wakes workers and watches.
    pub wake: Wake,
}

#[tonic::async_trait]
impl Handler for Intake {
    fn name(&self) -> &'static str {
        "intake"
    }

    fn types(&self) -> &'static [&'static str] {
        &[]
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<()> {
        let kept = NewEvent {
            source: &event.source,
            sequence: event.sequence,
            division_code: &event.division_code,
            r#type: &event.r#type,
            event: event.encode_to_vec(),
            received_at: self.kit.clock.now(),
        };
        store::event::event_insert(tx, &kept).await?;
        self.wake.events.ring();
        // What belongs to no division concerns no plan.
        let Ok(division) = Division::parse("division_code", &event.division_code) else {
            return Ok(());
        };
        let day = dates::from_timestamp("event_time", event.event_time)?.map_or(self.kit.clock.today(), dates::day_of);
        let Some(plan) = self.plans.in_force(tx, &division, day).await? else {
            return Ok(());
        };
        for rule in plan.section.rules.iter().filter(|rule| rule.event_type == event.r#type) {
            self.apply(tx, event, &division, &plan, rule).await?;
        }
        self.wake.deliveries.ring();
        self.wake.posts.ring();
        Ok(())
    }
}

impl Intake {
    async fn apply(&self, tx: &mut Tx, event: &Event, division: &Division, plan: &Applied, rule: &Rule) -> Result<()> {
        let Some(definition) = plan.section.templates.get(&rule.template) else {
            return Ok(());
        };
        let variables = event::variables(event)?;
        let audience = audience(tx, rule, division, variables.get(&rule.person_variable)).await?;
        let draft = Draft {
            division,
            topic: &event.r#type,
            subject: &event.subject,
            template: plan.template_name(&rule.template),
            definition,
            variables: definition.declared(&variables),
            audience,
            channels: &rule.channels,
            priority: rule.priority,
            acknowledgement_required: rule.acknowledgement_required,
            expires_at: self.kit.clock.now() + rule.expire_after,
            event_id: Uuid::try_parse(&event.event_id).ok(),
            rule: format!("{}/rules/{}", plan.name, rule.id),
            occasion: Some(format!("event:{}:{}", event.event_id, rule.id)),
            quiet: plan.section.quiet.as_ref(),
        };
        let problem = match dispatch::make(tx, &self.kit, &draft).await? {
            // That nobody listens to a topic is no problem; that nobody can be addressed is.
            Outcome::Nobody if rule.channels == [Channel::Webhook] => return Ok(()),
            Outcome::Nobody => {
                "no recipient is named or holds the role, and no endpoint subscribes to the topic".to_owned()
            }
            Outcome::Unfit(problems) => unfit(&problems),
            Outcome::Made(_) | Outcome::Repeated => return Ok(()),
        };
        tracing::warn!(rule = %draft.rule, event_id = %event.event_id, %problem, "a rule's notice could not be made");
        dispatch::reject(tx, &self.kit, &draft, problem).await
    }
}

fn unfit(problems: &[ValueProblem]) -> String {
    let told: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {:?}: {}", problem.name, problem.value, problem.rule))
        .collect();
    told.join("; ")
}

/// The audience of a rule as seen from the division of the event, with the person whom the event names.
async fn audience(tx: &mut Tx, rule: &Rule, division: &Division, person: Option<&String>) -> Result<Audience> {
    let level = match rule.level {
        AudienceLevel::Unspecified => division.level(),
        AudienceLevel::County => Level::County,
        AudienceLevel::Township => Level::Township,
        AudienceLevel::Village => Level::Village,
    };
    let begins = division
        .at(level.min(division.level()))
        .unwrap_or_else(|| division.clone());
    let named = match person {
        Some(person) => store::recipient::by_person(tx, person).await?,
        None => None,
    };
    Ok(Audience {
        division: (!rule.roles.is_empty()).then_some(begins),
        exact: !rule.roles.is_empty() && !rule.subtree,
        roles: rule.roles.clone(),
        recipients: named.into_iter().collect(),
    })
}
