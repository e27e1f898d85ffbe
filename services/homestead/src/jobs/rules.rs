//! Rules of the plans in force on a day, the longest division first.

use homestead_core::{dunning::Step, portfolio, waterfall::Order};
use kit::{
    db::Tx,
    division::Division,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::PlanSection;
use time::Date;

use crate::{
    store::plan,
    wire::plan::{Section, section},
};

/// Rules by the division that they hold for.
pub type ByDivision<T> = Vec<(String, T)>;

/// The dunning steps of every division that has some.
pub async fn dunning(tx: &mut Tx, day: Date) -> Result<ByDivision<Vec<Step>>> {
    of(tx, day, |section| section.dunning.map(|rules| rules.steps)).await
}

/// How households are shared, of every division that has rules for it.
pub async fn portfolio(tx: &mut Tx, day: Date) -> Result<ByDivision<portfolio::Terms>> {
    of(tx, day, |section| section.portfolio).await
}

/// In which order money settles bills in `village`.
pub async fn waterfall(tx: &mut Tx, day: Date, village: &str) -> Result<Order> {
    let mut orders = of(tx, day, |section| section.waterfall).await?;
    let held = orders
        .iter()
        .position(|(division, _)| village.starts_with(division.as_str()));
    Ok(held.map(|at| orders.swap_remove(at).1).unwrap_or_default())
}

/// The rules that hold for `village`.
pub fn holding<'a, T>(rules: &'a [(String, T)], village: &str) -> Option<&'a T> {
    rules
        .iter()
        .find(|(division, _)| village.starts_with(division.as_str()))
        .map(|(_, rules)| rules)
}

async fn of<T>(tx: &mut Tx, day: Date, part: impl Fn(Section) -> Option<T>) -> Result<ByDivision<T>> {
    let mut rules = Vec::new();
    for row in plan::plans_in_force(tx, day).await? {
        let division = Division::parse("division", &row.division_code)?;
        let message = PlanSection::decode(row.section.as_slice()).map_err(Error::internal)?;
        if let Some(part) = part(section(&message, &division).0) {
            rules.push((row.division_code, part));
        }
    }
    Ok(rules)
}
