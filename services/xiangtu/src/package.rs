//! A plan package: one YAML document, one section for each service, in the shape of their `PlanSection` messages.

mod read;
mod value;

use std::{collections::BTreeMap, path::Path};

use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_yaml_ng::Value;
use time::Date;

/// One mistake in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Place in the document, for example `villages.tiers[2].rank`.
    pub path: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl Mistake {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}

/// A package that has the right shape; whether it makes sense is for the services to say.
pub struct Package {
    /// Division that the plan binds, `divisions/{code}`.
    pub division: String,
    /// First day on which it governs.
    pub effective_date: Date,
    sections: BTreeMap<&'static str, DynamicMessage>,
}

/// Services that own a section, in the order in which sections are applied.
pub const OWNERS: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];

impl Package {
    /// Reads the document at `path`. Every mistake of shape is reported with its place.
    pub fn load(path: &Path) -> Result<Self, Vec<Mistake>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![Mistake::new(&path.display().to_string(), error.to_string())])?;
        Self::read(&text)
    }

    /// Reads a document.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let document: Value =
            serde_yaml_ng::from_str(text).map_err(|error| vec![Mistake::new("", error.to_string())])?;
        let pool =
            DescriptorPool::decode(proto::DESCRIPTOR).map_err(|error| vec![Mistake::new("", error.to_string())])?;
        read::package(&pool, &document)
    }

    /// The first day as the contract writes it.
    pub fn wire_date(&self) -> proto::google::r#type::Date {
        kit::dates::to_proto(self.effective_date)
    }

    /// The section of `owner` as its own message type; `None` where the package leaves it out.
    pub fn section<M: prost::Message + Default>(&self, owner: &str) -> Option<M> {
        self.sections.get(owner).and_then(|section| section.transcode_to().ok())
    }
}

#[cfg(test)]
mod tests;
