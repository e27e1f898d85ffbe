//! How the command reaches the services, and as whom.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::failure::{Failure, Result};

/// Addresses and a token; what `xiangtu up` leaves for the other subcommands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// URL of each service, by name.
    pub endpoints: BTreeMap<String, String>,
    /// Bearer token.
    pub token: String,
    /// Seconds by which the clock of the suite runs ahead of the machine's; negative behind.
    #[serde(default)]
    pub clock_offset_s: i64,
}

impl Session {
    /// Reads what `xiangtu up` left.
    pub fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::new(format!(
                "{}: {error}; start the suite with `xiangtu up`, or name another session",
                path.display()
            ))
        })?;
        serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
    }

    /// Leaves it for the other subcommands, readable by its owner only.
    pub fn save(&self, path: &Path) -> Result<()> {
        crate::files::write_private(path, serde_json::to_string_pretty(self)?.as_bytes())
    }
}

/// Calls the services of one session. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    channels: BTreeMap<String, Channel>,
    authorization: MetadataValue<Ascii>,
}

impl Client {
    /// Prepares the channels; they connect when used.
    pub fn new(session: &Session) -> Result<Self> {
        let channel = |url: &String| Endpoint::from_shared(url.clone()).map(|endpoint| endpoint.connect_lazy());
        let mut channels = BTreeMap::new();
        for (name, url) in &session.endpoints {
            channels.insert(
                name.clone(),
                channel(url).map_err(|error| Failure::new(format!("{name} at {url:?}: {error}")))?,
            );
        }
        let authorization = format!("Bearer {}", session.token).parse();
        let authorization = authorization.map_err(|_| Failure::new("the token is no header value"))?;
        Ok(Self {
            channels,
            authorization,
        })
    }

    /// The channel to a service.
    pub fn channel(&self, service: &str) -> Result<Channel> {
        self.channels
            .get(service)
            .cloned()
            .ok_or_else(|| Failure::new(format!("the session names no endpoint of {service}")))
    }

    /// `message` as a request with the session's token.
    pub fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.authorization.clone());
        request
    }
}
