//! Channels and priorities of requests.

use kit::error::{Error, Result};
use proto::xiangtu::notifications::v1::{Channel, Priority};

/// Channels that have an adapter.
const OFFERED: [Channel; 2] = [Channel::Webhook, Channel::Inbox];

/// What is wrong with a list of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// There is none.
    Empty,
    /// A number that is no channel, at this place.
    Unknown(usize),
    /// The same as an earlier one, at this place.
    Twice(usize),
    /// A channel without gateway, at this place.
    NotOffered(usize, Channel),
}

/// Reads channels to send by.
pub fn offered(channels: &[i32]) -> Result<Vec<Channel>, Bad> {
    let known = known(channels)?;
    match known.iter().enumerate().find(|(_, channel)| !OFFERED.contains(channel)) {
        Some((at, channel)) => Err(Bad::NotOffered(at, *channel)),
        None => Ok(known),
    }
}

/// Reads channels, with or without gateway.
pub fn known(channels: &[i32]) -> Result<Vec<Channel>, Bad> {
    let mut known: Vec<Channel> = Vec::with_capacity(channels.len());
    for (at, number) in channels.iter().enumerate() {
        let channel = Channel::try_from(*number)
            .ok()
            .filter(|channel| *channel != Channel::Unspecified);
        let channel = channel.ok_or(Bad::Unknown(at))?;
        if known.contains(&channel) {
            return Err(Bad::Twice(at));
        }
        known.push(channel);
    }
    if known.is_empty() { Err(Bad::Empty) } else { Ok(known) }
}

impl Bad {
    /// As the refusal of a request.
    pub fn into_error(self, field: &str) -> Error {
        match self {
            Self::Empty => Error::required(field),
            Self::Unknown(at) => Error::invalid(format!("{field}[{at}]"), "", "a channel"),
            Self::Twice(at) => Error::invalid(format!("{field}[{at}]"), "", "each channel once"),
            Self::NotOffered(_, channel) => Error::rule(
                "CHANNEL_NOT_OFFERED",
                channel.as_str_name(),
                format!("{} has no gateway here", channel.as_str_name()),
                format!("渠道 {} 尚未接入", channel.as_str_name()),
            ),
        }
    }
}

/// Reads a priority that must be given.
pub fn priority(field: &str, number: i32) -> Result<Priority> {
    Priority::try_from(number)
        .ok()
        .filter(|priority| *priority != Priority::Unspecified)
        .ok_or_else(|| Error::invalid(field, number, "PRIORITY_NORMAL or PRIORITY_URGENT"))
}

/// The stored number of a channel.
pub fn code(channel: Channel) -> i16 {
    match channel {
        Channel::Unspecified => 0,
        Channel::Webhook => 1,
        Channel::Inbox => 2,
        Channel::Sms => 3,
        Channel::Email => 4,
        Channel::Loudspeaker => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_checked_one_by_one() {
        assert_eq!(offered(&[1, 2]), Ok(vec![Channel::Webhook, Channel::Inbox]));
        assert_eq!(offered(&[]), Err(Bad::Empty));
        assert_eq!(offered(&[1, 0]), Err(Bad::Unknown(1)));
        assert_eq!(offered(&[1, 1]), Err(Bad::Twice(1)));
        assert_eq!(offered(&[3]), Err(Bad::NotOffered(0, Channel::Sms)));
        for number in 1..=5 {
            let channel = Channel::try_from(number).expect("a channel");
            assert_eq!(i32::from(code(channel)), number);
        }
    }
}
