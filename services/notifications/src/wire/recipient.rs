//! Recipients: checked on the way in, masked on the way out.

use kit::{
    Kit,
    crypt::{Pii, mask},
    dates,
    division::Division,
    error::{Error, Result},
    etag,
};
use proto::xiangtu::notifications::v1 as pb;
use uuid::Uuid;

use super::{audience, channel, name::Collection, name::division, template::is_language};
use crate::store::recipient::{ContactRow, RecipientRow};

/// Place of an address, bound into its encryption.
pub const LABEL: &str = "contact.address";
/// Language of people who state none.
pub const DEFAULT_LANGUAGE: &str = "zh-Hans";

/// Reads `display_name`.
pub fn display_name(field: &str, name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(Error::invalid(field, name, "1–64 characters"))
    }
}

/// Reads `person` or `subject`: a short reference that may be empty.
pub fn reference(field: &str, value: &str) -> Result<Option<String>> {
    match value {
        "" => Ok(None),
        value if value.len() <= 200 && value.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(value.to_owned())),
        value => Err(Error::invalid(field, value, "at most 200 visible ASCII characters")),
    }
}

/// Reads `language`.
pub fn language(field: &str, value: &str) -> Result<String> {
    match value {
        "" => Ok(DEFAULT_LANGUAGE.to_owned()),
        value if is_language(value) => Ok(value.to_owned()),
        value => Err(Error::invalid(field, value, "a BCP 47 language such as zh-Hans")),
    }
}

/// Reads a new recipient.
pub fn parse(field: &str, recipient: &pb::Recipient, kit: &Kit) -> Result<RecipientRow> {
    let path = |name: &str| format!("{field}.{name}");
    let now = kit.clock.now();
    Ok(RecipientRow {
        uid: kit.ids.next(),
        division_code: Division::parse(&path("division"), &recipient.division)?.into_code(),
        display_name: display_name(&path("display_name"), &recipient.display_name)?,
        roles: audience::roles(&path("roles"), &recipient.roles)?,
        person: reference(&path("person"), &recipient.person)?,
        subject: reference(&path("subject"), &recipient.subject)?,
        language: language(&path("language"), &recipient.language)?,
        created_at: now,
        updated_at: now,
    })
}

/// Reads and encrypts addresses.
pub fn contacts(field: &str, contacts: &[pb::Contact], recipient: Uuid, kit: &Kit) -> Result<Vec<ContactRow>> {
    let mut rows: Vec<ContactRow> = Vec::with_capacity(contacts.len());
    for (at, contact) in contacts.iter().enumerate() {
        let path = |name: &str| format!("{field}[{at}].{name}");
        let (fits, rule) = match contact.channel() {
            pb::Channel::Sms => (is_mobile(&contact.address), "11 digits that begin with 1"),
            pb::Channel::Email => (
                is_email(&contact.address),
                "an e-mail address of at most 254 characters",
            ),
            _ => {
                return Err(Error::invalid(
                    path("channel"),
                    contact.channel,
                    "CHANNEL_SMS or CHANNEL_EMAIL",
                ));
            }
        };
        if !fits {
            // The value stays out of the error: it may be personal all the same.
            return Err(Error::invalid(path("address"), "***", rule));
        }
        let channel = channel::code(contact.channel());
        if rows.iter().any(|row| row.channel == channel) {
            return Err(Error::invalid(
                path("channel"),
                contact.channel().as_str_name(),
                "one address a channel",
            ));
        }
        rows.push(ContactRow {
            recipient_uid: recipient,
            channel,
            sealed: kit.crypt.seal(LABEL, &Pii::new(contact.address.clone()))?,
            blind: kit.crypt.blind(LABEL, &contact.address),
        });
    }
    Ok(rows)
}

/// Whether it is a Chinese mobile number.
pub fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(local, host)| plain(local) && plain(host) && host.contains('.'))
}

/// The etag of a recipient with its addresses.
pub fn etag_of(row: &RecipientRow, contacts: &[ContactRow]) -> String {
    let roles = row.roles.join(",");
    let blind: Vec<String> = contacts
        .iter()
        .map(|contact| format!("{}:{}", contact.channel, super::template::hex(&contact.blind)))
        .collect();
    etag::of(&[
        &row.division_code,
        &row.display_name,
        &roles,
        row.person.as_deref().unwrap_or_default(),
        row.subject.as_deref().unwrap_or_default(),
        &row.language,
        &blind.join(","),
    ])
}

/// The answer.
pub fn answer(row: &RecipientRow, contacts: &[ContactRow], kit: &Kit) -> Result<pb::Recipient> {
    let masked = |contact: &ContactRow| -> Result<pb::Contact> {
        let address = kit.crypt.open(LABEL, &contact.sealed)?;
        let masked_address = match address.expose().split_once('@') {
            Some((local, host)) => format!("{}***@{host}", local.chars().take(1).collect::<String>()),
            None => mask::phone(address.expose()),
        };
        Ok(pb::Contact {
            channel: i32::from(contact.channel),
            address: String::new(),
            masked_address,
        })
    };
    Ok(pb::Recipient {
        name: Collection::Recipients.name(row.uid),
        division: division(&row.division_code),
        display_name: row.display_name.clone(),
        roles: row.roles.clone(),
        person: row.person.clone().unwrap_or_default(),
        subject: row.subject.clone().unwrap_or_default(),
        language: row.language.clone(),
        contacts: contacts.iter().map(masked).collect::<Result<_>>()?,
        etag: etag_of(row, contacts),
        create_time: Some(dates::timestamp(row.created_at)),
        update_time: Some(dates::timestamp(row.updated_at)),
    })
}
