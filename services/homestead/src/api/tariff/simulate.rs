//! Computing what a proposed tariff would change.

use homestead_core::tariff::{
    Tariff,
    simulate::{Occupier, Simulation},
};
use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{SimulateTariffRequest, SimulateTariffResponse};

use super::TariffApi;
use crate::{
    api::{plan::plan_division, year},
    store::{simulation, tariff},
    wire::{self, plan::tariff_key, tariff::class},
};

impl TariffApi {
    pub(super) async fn simulate(
        &self,
        call: &Call,
        request: &SimulateTariffRequest,
    ) -> Result<SimulateTariffResponse> {
        let division = plan_division(&request.division)?;
        let span = year(request.year)?;
        let wire = request.tariff.as_ref().ok_or_else(|| Error::required("tariff"))?;
        let proposed = wire::simulation::proposed(wire, &division, span.from(), span.until())?;
        // Tariffs and households as they stand at one moment.
        let mut tx = self.kit.db.snapshot(call).await?;
        let stored = tariff::tariff_all(&mut tx).await?;
        let now: Vec<Tariff> = stored.into_iter().map(|stored| stored.tariff).collect();
        let then = with(&now, proposed);
        let mut simulation = Simulation::new(&now, &then, span);
        let (mut disputed, mut fits) = (0, true);
        simulation::occupiers(&mut tx, division.code(), |row| {
            if row.disputed {
                disputed += 1;
                return;
            }
            let occupier = Occupier {
                village: row.division_code,
                id: row.household_id,
                class: class(row.relief_class.map(i32::from).unwrap_or_default()),
                over_dm2: row.over_dm2,
            };
            fits = fits && simulation.add(&occupier).is_some();
        })
        .await?;
        if !fits {
            let allowed = "prices whose fees of all households can be added up";
            return Err(Error::invalid("tariff.bands", "fees beyond all bounds", allowed));
        }
        Ok(wire::simulation::response(simulation.finish(), disputed))
    }
}

/// The tariffs as if `proposed` had been adopted.
fn with(now: &[Tariff], proposed: Tariff) -> Vec<Tariff> {
    let replaced = tariff_key(&proposed);
    let others = now.iter().filter(|tariff| tariff_key(tariff) != replaced);
    others.cloned().chain([proposed]).collect()
}
