//! What both sides sign of a hand-over, and the chain of a trip's hand-overs: whoever holds the records can verify both.

mod days;

use std::fmt::Write as _;

pub use days::{Day, Export};

/// SHA-256, given by whoever uses the chain.
pub type Hash = fn(&[u8]) -> [u8; 32];

/// Everything that a hand-over states. Texts hold no control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// Name of the trip, `trips/{id}`.
    pub trip: String,
    /// Kind in lower case, as `collected`.
    pub kind: String,
    /// Name of the giving side.
    pub from: String,
    /// Name of the taking side.
    pub to: String,
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// With the vehicle, kg.
    pub gross_kg: Option<i64>,
    /// The vehicle alone, kg.
    pub tare_kg: Option<i64>,
    /// The load, kg.
    pub net_kg: Option<i64>,
    /// Bins emptied.
    pub bin_count: Option<i64>,
    /// Name of the scale, or nothing.
    pub device: String,
    /// Number of the seal, or nothing.
    pub seal_number: String,
    /// State of the seal in lower case, or nothing.
    pub seal_state: String,
    /// What stayed in the vehicle, kg.
    pub residue_kg: Option<i64>,
    /// Why the load was refused, or nothing.
    pub reason: String,
    /// Position of the hand-over that it corrects.
    pub corrects: Option<i64>,
    /// Why it was corrected, or nothing.
    pub correction_reason: String,
}

impl Statement {
    /// The bytes that both sides sign, as the contract states them.
    pub fn bytes(&self) -> Vec<u8> {
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let upper = |prefix: &str, text: &str| match text {
            "" => String::new(),
            text => format!("{prefix}{}", text.to_uppercase()),
        };
        let corrects = self
            .corrects
            .map(|position| format!("{}/handOvers/{position}", self.trip));
        let lines = [
            ("trip", self.trip.clone()),
            ("kind", upper("HAND_OVER_KIND_", &self.kind)),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("time", self.at_us.to_string()),
            ("gross_kg", number(self.gross_kg)),
            ("tare_kg", number(self.tare_kg)),
            ("net_kg", number(self.net_kg)),
            ("bin_count", number(self.bin_count)),
            ("device", self.device.clone()),
            ("seal_number", self.seal_number.clone()),
            ("seal_state", upper("SEAL_STATE_", &self.seal_state)),
            ("residue_kg", number(self.residue_kg)),
            ("reason", self.reason.clone()),
            ("corrects", corrects.unwrap_or_default()),
            ("correction_reason", self.correction_reason.clone()),
        ];
        let mut text = "xiangtu hand-over 1\n".to_owned();
        for (name, value) in lines {
            let _ = writeln!(text, "{name}={value}");
        }
        text.into_bytes()
    }
}

/// One record of a trip's chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// What it states.
    pub statement: Statement,
    /// Place in the chain, from 1.
    pub position: i64,
    /// Version of what it states, from 1.
    pub version: i64,
    /// Signer and signature of the giving side.
    pub giver: (String, Vec<u8>),
    /// Signer and signature of the taking side.
    pub taker: (String, Vec<u8>),
    /// Digest of the record before it.
    pub previous: Vec<u8>,
    /// Its own digest.
    pub digest: Vec<u8>,
}

impl Link {
    /// The digest that it should have: over the digest before it and its JSON, in PostgreSQL's writing.
    pub fn reckoned(&self, hash: Hash) -> [u8; 32] {
        let it = &self.statement;
        let trip = it.trip.strip_prefix("trips/").unwrap_or(&it.trip);
        let number = |value: Option<i64>| value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        let mut fields = vec![
            quoted(trip),
            self.position.to_string(),
            quoted(&it.kind),
            quoted(&it.from),
            quoted(&it.to),
            it.at_us.to_string(),
            number(it.gross_kg),
            number(it.tare_kg),
            number(it.net_kg),
            number(it.bin_count),
            quoted(&it.device),
        ];
        for (signer, value) in [&self.giver, &self.taker] {
            fields.push(quoted(signer));
            fields.push(quoted(&hex(value)));
        }
        let text = |text: &str| (!text.is_empty()).then(|| quoted(text));
        let more = [
            ("why", text(&it.correction_reason)),
            ("seal", text(&it.seal_number)),
            ("state", text(&it.seal_state)),
            ("reason", text(&it.reason)),
            ("version", (self.version != 1).then(|| self.version.to_string())),
            ("corrects", it.corrects.map(|position| position.to_string())),
            ("residue_kg", it.residue_kg.map(|kg| kg.to_string())),
        ];
        let more = more
            .into_iter()
            .filter_map(|(name, value)| Some(format!("\"{name}\": {}", value?)));
        let more: Vec<String> = more.collect();
        if !more.is_empty() {
            fields.push(format!("{{{}}}", more.join(", ")));
        }
        let mut bytes = self.previous.clone();
        bytes.extend(format!("[{}]", fields.join(", ")).into_bytes());
        hash(&bytes)
    }
}

/// The position of the first record of a chain that does not fit: it is not the next one, does not name the one before it, or is
/// not as it was recorded.
pub fn first_broken(links: &[Link], hash: Hash) -> Option<i64> {
    let mut previous: &[u8] = &[];
    for (link, next) in links.iter().zip(1..) {
        if link.position != next || link.previous != previous || link.reckoned(hash) != link.digest.as_slice() {
            return Some(link.position);
        }
        previous = &link.digest;
    }
    None
}

/// Text as PostgreSQL writes it in `jsonb`.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
