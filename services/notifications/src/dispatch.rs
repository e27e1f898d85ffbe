//! Makes a notice: words, frozen audience and deliveries, in the transaction of whoever wants it.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    Kit,
    db::Tx,
    division::Division,
    error::{Error, Result},
    telemetry,
};
use notifications_core::{
    definition::{Definition, Rendered},
    template::ValueProblem,
    topic,
};
use prost::Message as _;
use proto::xiangtu::notifications::v1 as pb;
use ring::digest::{Context, SHA256};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    store::{
        self,
        delivery::{Counts, NewDelivery},
        notice::{NoticeRow, TextRow},
        recipient::Member,
    },
    wire::{audience::Audience, channel, name::Collection, rule::Quiet},
};

/// A notice to be made.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Division that it is about.
    pub division: &'a Division,
    /// What it is about; endpoints choose by it.
    pub topic: &'a str,
    /// Resource that it is about; may be empty.
    pub subject: &'a str,
    /// Full name of the version of the template.
    pub template: String,
    /// The template.
    pub definition: &'a Definition,
    /// Values of its variables.
    pub variables: BTreeMap<String, String>,
    /// Whom it is for.
    pub audience: Audience,
    /// Channels.
    pub channels: &'a [pb::Channel],
    /// Urgency.
    pub priority: pb::Priority,
    /// Whether people are asked to acknowledge it.
    pub acknowledgement_required: bool,
    /// After this it is not sent any more.
    pub expires_at: OffsetDateTime,
    /// Event that caused it.
    pub event_id: Option<Uuid>,
    /// Rule or timetable that wants it; empty where a caller sends it.
    pub rule: String,
    /// What makes it unique, where it must not be made twice.
    pub occasion: Option<String>,
    /// Hours in which people are left alone.
    pub quiet: Option<&'a Quiet>,
}

/// A notice that was made.
#[derive(Debug)]
pub struct Made {
    /// The notice.
    pub notice: NoticeRow,
    /// Its words.
    pub texts: Vec<TextRow>,
    /// Its deliveries.
    pub counts: Counts,
}

/// What came of a draft.
#[derive(Debug)]
pub enum Outcome {
    /// A notice.
    Made(Box<Made>),
    /// Nothing: no person and no endpoint would get it.
    Nobody,
    /// Nothing: its occasion had one already.
    Repeated,
    /// Nothing: the values do not fit the template.
    Unfit(Vec<ValueProblem>),
}

/// Makes the notice. Everything that `draft` names is looked for inside the scope of the transaction.
pub async fn make(tx: &mut Tx, kit: &Kit, draft: &Draft<'_>) -> Result<Outcome> {
    let people = draft.channels.iter().any(|channel| *channel != pb::Channel::Webhook);
    let members = if people {
        audience(tx, &draft.audience).await?
    } else {
        Vec::new()
    };
    // From here on the service acts for the caller: endpoints above the caller's division receive too.
    let scope = store::scope::widen(tx).await?;
    let outcome = make_widened(tx, kit, draft, &members).await;
    store::scope::restore(tx, &scope).await?;
    outcome
}

async fn make_widened(tx: &mut Tx, kit: &Kit, draft: &Draft<'_>, members: &[Member]) -> Result<Outcome> {
    let now = kit.clock.now();
    let mut deliveries = Vec::new();
    for channel in draft.channels {
        let due_at = draft
            .quiet
            .map_or(now, |quiet| quiet.release(*channel, draft.priority, now));
        let mut add = |target_uid, division_code: &str, language: &str| {
            deliveries.push(NewDelivery {
                uid: kit.ids.next(),
                division_code: division_code.to_owned(),
                channel: channel::code(*channel),
                target_uid,
                language: language.to_owned(),
                due_at,
            });
        };
        if *channel == pb::Channel::Webhook {
            let patterns = topic::patterns(draft.topic);
            for (uid, division_code) in store::endpoint::subscribers(tx, draft.division.code(), &patterns).await? {
                add(uid, &division_code, draft.definition.language(""));
            }
        } else {
            for member in members {
                add(
                    member.uid,
                    &member.division_code,
                    draft.definition.language(&member.language),
                );
            }
        }
    }
    let languages: BTreeSet<&str> = deliveries.iter().map(|delivery| delivery.language.as_str()).collect();
    let languages = if languages.is_empty() {
        BTreeSet::from([draft.definition.language("")])
    } else {
        languages
    };
    let mut texts = Vec::with_capacity(languages.len());
    for language in languages {
        match draft.definition.render(language, &draft.variables) {
            Ok(rendered) => texts.push(text(rendered)),
            Err(problems) => return Ok(Outcome::Unfit(problems)),
        }
    }
    if deliveries.is_empty() {
        return Ok(Outcome::Nobody);
    }
    let notice = row(tx, kit, draft, now, String::new());
    if !store::notice::notice_insert(tx, &notice).await? {
        return Ok(Outcome::Repeated);
    }
    store::notice::text_insert(tx, notice.uid, &texts).await?;
    store::delivery::delivery_insert(tx, notice.uid, notice.expires_at, now, &deliveries).await?;
    let total = i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
    let counts = Counts {
        total,
        open: total,
        ..Counts::default()
    };
    Ok(Outcome::Made(Box::new(Made { notice, texts, counts })))
}

/// Notes that a notice was wanted and could not be made, so that somebody finds out.
pub async fn reject(tx: &mut Tx, kit: &Kit, draft: &Draft<'_>, problem: String) -> Result<()> {
    let notice = row(tx, kit, draft, kit.clock.now(), problem);
    store::notice::notice_insert(tx, &notice).await?;
    Ok(())
}

fn row(tx: &Tx, kit: &Kit, draft: &Draft<'_>, now: OffsetDateTime, problem: String) -> NoticeRow {
    NoticeRow {
        uid: kit.ids.next(),
        division_code: draft.division.code().to_owned(),
        topic: draft.topic.to_owned(),
        subject: draft.subject.to_owned(),
        template: draft.template.clone(),
        variables: Json(draft.variables.clone()),
        audience: draft.audience.answer().encode_to_vec(),
        channels: draft.channels.iter().map(|channel| channel::code(*channel)).collect(),
        priority: if draft.priority == pb::Priority::Urgent { 2 } else { 1 },
        acknowledgement_required: draft.acknowledgement_required,
        expires_at: draft.expires_at,
        problem,
        event_id: draft.event_id,
        rule: draft.rule.clone(),
        occasion: draft.occasion.clone(),
        creator: tx.principal().to_owned(),
        traceparent: telemetry::inject_current(),
        created_at: now,
    }
}

async fn audience(tx: &mut Tx, audience: &Audience) -> Result<Vec<Member>> {
    let mut members = match &audience.division {
        Some(division) => store::recipient::audience(tx, division.code(), audience.exact, &audience.roles).await?,
        None => Vec::new(),
    };
    if audience.recipients.is_empty() {
        return Ok(members);
    }
    let named = store::recipient::members(tx, &audience.recipients).await?;
    if let Some(missing) = audience
        .recipients
        .iter()
        .find(|uid| named.iter().all(|member| member.uid != **uid))
    {
        return Err(Error::not_found(Collection::Recipients.name(*missing)));
    }
    let known: BTreeSet<Uuid> = members.iter().map(|member| member.uid).collect();
    members.extend(named.into_iter().filter(|member| !known.contains(&member.uid)));
    Ok(members)
}

fn text(rendered: Rendered) -> TextRow {
    let mut context = Context::new(&SHA256);
    context.update(rendered.title.as_bytes());
    context.update(b"\n");
    context.update(rendered.body.as_bytes());
    TextRow {
        language: rendered.language,
        title: rendered.title,
        body: rendered.body,
        digest: context.finish().as_ref().to_vec(),
    }
}
