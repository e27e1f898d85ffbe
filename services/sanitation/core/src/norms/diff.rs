//! Differences between two sets of norms.

use super::{Market, Norms, Period, Share, Tolerance, WorkingTime};

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Place in the section, for example `bins.households_per_bin`.
    pub path: &'static str,
    /// Value before, as text.
    pub before: String,
    /// Value after, as text.
    pub after: String,
}

impl Difference {
    /// Whether the value takes part in the compliance of villages.
    pub fn touches_compliance(&self) -> bool {
        ["bins.", "radii.", "frequency.", "waste.", "staff.", "required"]
            .iter()
            .any(|part| self.path.starts_with(part))
    }
}

impl Norms {
    /// Every value that differs in `after`, in the order of the section.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let pairs = self.values().into_iter().zip(after.values());
        let differing = pairs.filter(|((_, before), (_, after))| before != after);
        differing
            .map(|((path, before), (_, after))| Difference { path, before, after })
            .collect()
    }

    fn values(&self) -> Vec<(&'static str, String)> {
        let number = |path, value: i64| (path, value.to_string());
        let (bins, radii, frequency, waste) = (&self.bins, &self.radii, &self.frequency, &self.waste);
        let (stations, balance, routing, demand) = (&self.stations, &self.balance, &self.routing, &self.demand);
        let (execution, complaints, shifts) = (&self.execution, &self.complaints, &self.shifts);
        let haulage = &self.haulage;
        let required: Vec<&str> = self.required.iter().map(|rule| rule.name()).collect();
        vec![
            number("bins.households_per_bin", bins.households_per_bin),
            number("bins.households_per_bin_full_marks", bins.households_per_bin_full_marks),
            number("radii.push_cart_m", radii.push_cart_m),
            number("radii.motor_vehicle_m", radii.motor_vehicle_m),
            number("radii.clustered_m", radii.clustered_m),
            number("radii.scattered_m", radii.scattered_m),
            ("radii.clustered", radii.clustered.to_string()),
            number("frequency.kitchen_per_day", frequency.kitchen_per_day),
            number("frequency.residual_interval_days", frequency.residual_interval_days),
            number("waste.low_g_per_person_day", waste.low_g_per_person_day),
            number("waste.high_g_per_person_day", waste.high_g_per_person_day),
            number("waste.density_g_per_l", waste.density_g_per_l),
            number("waste.kitchen_permille", waste.kitchen_permille),
            number("stations.medium_from_kg_per_day", stations.medium_from_kg_per_day),
            number("stations.large_above_kg_per_day", stations.large_above_kg_per_day),
            ("balance.onboard", tolerance(balance.onboard)),
            ("balance.overload", tolerance(balance.overload)),
            ("balance.haul", tolerance(balance.haul)),
            ("balance.station_day", tolerance(balance.station_day)),
            ("balance.station_loss", share(balance.station_loss)),
            ("balance.tare", tolerance(balance.tare)),
            ("routing.detour", share(routing.detour)),
            number("routing.stop_s", routing.stop_s),
            number("routing.bin_s", routing.bin_s),
            number("routing.bin_kg", routing.bin_kg),
            number("routing.unload_s", routing.unload_s),
            number("routing.vehicle_day_fen", routing.vehicle_day_fen),
            number("routing.km_fen", routing.km_fen),
            number("routing.hour_fen", routing.hour_fen),
            number("demand.quantile_permille", demand.quantile_permille),
            number("demand.history_days", demand.history_days),
            number("demand.half_life_days", demand.half_life_days),
            number("demand.lag_days", demand.lag_days),
            ("demand.markets", list(&demand.markets, market)),
            ("demand.festivals", list(&demand.festivals, period)),
            ("demand.seasons", list(&demand.seasons, period)),
            (
                "demand.lunar_month_starts",
                list(&demand.lunar_month_starts, ToString::to_string),
            ),
            ("custody.signatures", self.custody.signatures.name().to_owned()),
            number("haulage.load_s", haulage.load_s),
            number("haulage.unload_s", haulage.unload_s),
            number("haulage.station_bays", haulage.station_bays),
            number("haulage.plant_bays", haulage.plant_bays),
            number("haulage.overtime_s", haulage.overtime_s),
            number("haulage.overtime_hour_fen", haulage.overtime_hour_fen),
            number("haulage.leftover_kg", haulage.leftover_kg),
            number("staff.residents_per_cleaner", self.staff.residents_per_cleaner),
            number("execution.late_after_s", execution.late_after_s),
            number("execution.clock_tolerance_s", execution.clock_tolerance_s),
            number("execution.fence_m", execution.fence_m),
            number("execution.dwell_s", execution.dwell_s),
            number("execution.track_days", execution.track_days),
            number("complaints.accept_s", complaints.accept_s),
            number("complaints.answer_s", complaints.answer_s),
            number("complaints.remind_before_s", complaints.remind_before_s),
            (
                "complaints.working_time",
                complaints
                    .working_time
                    .as_ref()
                    .map_or_else(|| "always".to_owned(), working_time),
            ),
            number("shifts.break_s", shifts.break_s),
            number("shifts.break_from_s", shifts.break_from_s),
            number("shifts.break_until_s", shifts.break_until_s),
            number("shifts.driving_s", shifts.driving_s),
            number("shifts.rest_s", shifts.rest_s),
            number("shifts.overtime_s", shifts.overtime_s),
            number("shifts.overtime_hour_fen", shifts.overtime_hour_fen),
            ("required", required.join(", ")),
        ]
    }
}

fn share(share: Share) -> String {
    format!("{}/{}", share.numerator, share.denominator)
}

fn tolerance(tolerance: Tolerance) -> String {
    format!("{} + {} kg", share(tolerance.share), tolerance.plus_kg)
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join("; ")
}

fn working_time(time: &WorkingTime) -> String {
    let days = |days: &[time::Date]| list(days, ToString::to_string);
    format!(
        "{} s to {} s on weekdays {:?}, not on {}, also on {}",
        time.opens_s,
        time.closes_s,
        time.weekdays,
        days(&time.holidays),
        days(&time.extra_days)
    )
}

fn market(market: &Market) -> String {
    let calendar = if market.lunar { "lunar " } else { "" };
    let (days, weekdays) = (&market.days_of_ten, &market.weekdays);
    format!(
        "{} on {calendar}days {days:?} weekdays {weekdays:?} × {}/1000",
        market.division, market.factor_permille
    )
}

fn period(period: &Period) -> String {
    format!(
        "{} {} to {} × {}/1000",
        period.name, period.from, period.to, period.factor_permille
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs_and_nothing_else() {
        let mut after = Norms::default();
        after.bins.households_per_bin = 8;
        after.balance.haul.plus_kg = 30;
        let found = Norms::default().differences(&after);
        let texts: Vec<_> = found
            .iter()
            .map(|d| (d.path, d.before.as_str(), d.after.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                ("bins.households_per_bin", "10", "8"),
                ("balance.haul", "2/100 + 20 kg", "2/100 + 30 kg")
            ]
        );
        assert!(found[0].touches_compliance() && !found[1].touches_compliance());
        assert_eq!(after.differences(&after), []);
    }
}
