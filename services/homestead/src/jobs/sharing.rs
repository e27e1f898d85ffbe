//! A village as sharing households among its cadres sees it.

use std::collections::{BTreeMap, BTreeSet};

use homestead_core::portfolio::{self, Household, Load, Shared};
use kit::{db::Tx, error::Result};

use super::rules;
use crate::store::{recusal, sharing};

/// The cadres of a village with their loads, and what else sharing goes by.
pub struct Village {
    pub terms: portfolio::Terms,
    pub loads: Vec<Load>,
    /// Households that may move, with their cadre.
    pub held: Vec<(Household, String)>,
    recused: BTreeMap<String, BTreeSet<String>>,
}

impl Village {
    /// Reads a village as it stands now. Hand-overs that wait count as accepted. Without rules for it households are shared
    /// evenly and without limit.
    pub async fn read(tx: &mut Tx, village: &str, rules: &[(String, portfolio::Terms)]) -> Result<Self> {
        let mut recused: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (household, cadre) in recusal::recused_in(tx, village).await? {
            recused.entry(household).or_default().insert(cadre);
        }
        let load = |cadre| Load {
            cadre,
            amount_fen: 0,
            households: 0,
            groups: BTreeMap::new(),
        };
        let cadres = sharing::cadres_of(tx, village).await?;
        let mut this = Self {
            terms: rules::holding(rules, village).copied().unwrap_or_default(),
            loads: cadres.into_iter().map(load).collect(),
            held: Vec::new(),
            recused,
        };
        for row in sharing::held_in(tx, village).await? {
            let household = this.household(
                row.household_id,
                row.outstanding_fen,
                row.group_code.unwrap_or_default(),
            );
            if let Some(load) = this.loads.iter_mut().find(|load| load.cadre == row.cadre_id) {
                load.add(&household);
            }
            if row.pending.is_none() {
                this.held.push((household, row.cadre_id));
            }
        }
        Ok(this)
    }

    /// Shares households that have nobody, given with what they are about to owe.
    pub async fn share(&self, tx: &mut Tx, households: &[(String, i64)]) -> Result<Shared> {
        let ids: Vec<&str> = households.iter().map(|(id, _)| id.as_str()).collect();
        let groups: BTreeMap<String, String> = sharing::groups_of(tx, &ids).await?.into_iter().collect();
        let households: Vec<Household> = households
            .iter()
            .map(|(id, fen)| self.household(id.clone(), *fen, groups.get(id).cloned().unwrap_or_default()))
            .collect();
        Ok(portfolio::share(&households, &self.loads, &self.terms))
    }

    fn household(&self, id: String, amount_fen: i64, group: String) -> Household {
        Household {
            recused: self.recused.get(&id).cloned().unwrap_or_default(),
            id,
            amount_fen,
            group,
        }
    }
}
