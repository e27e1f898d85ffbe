//! Contradictions in norms.

use super::{Norms, Share, Tolerance};

/// A value or pair of values that cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Place in the section, for example `bins.households_per_bin`.
    pub path: String,
    /// Stable reason in `UPPER_SNAKE_CASE`.
    pub reason: &'static str,
    /// What is allowed, in English.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

impl Norms {
    /// Every contradiction of the section of a division, in the order of the section.
    pub fn contradictions(&self, division: &str) -> Vec<Contradiction> {
        let mut found = Found(Vec::new());
        self.network(&mut found);
        self.masses(&mut found);
        self.planning(&mut found);
        self.demand.check(division, &mut found);
        self.hauling(&mut found);
        self.execution.check(&mut found);
        self.complaints.check(&mut found);
        self.shifts.check(&mut found);
        for (index, rule) in self.required.iter().enumerate() {
            if self.required[..index].contains(rule) {
                let path = format!("required[{index}]");
                found.push(&path, "DUPLICATE", "each rule once", "每项标准只列一次");
            }
        }
        found.0
    }

    fn network(&self, found: &mut Found) {
        let (bins, radii, waste) = (&self.bins, &self.radii, &self.waste);
        found.range("bins.households_per_bin", bins.households_per_bin, 1, 1_000);
        found.range(
            "bins.households_per_bin_full_marks",
            bins.households_per_bin_full_marks,
            1,
            1_000,
        );
        found.order(
            "bins.households_per_bin_full_marks",
            bins.households_per_bin_full_marks,
            "bins.households_per_bin",
            bins.households_per_bin,
        );
        found.range("radii.push_cart_m", radii.push_cart_m, 1, 100_000);
        found.range("radii.motor_vehicle_m", radii.motor_vehicle_m, 1, 100_000);
        found.order(
            "radii.push_cart_m",
            radii.push_cart_m,
            "radii.motor_vehicle_m",
            radii.motor_vehicle_m,
        );
        found.range("radii.clustered_m", radii.clustered_m, 1, 100_000);
        found.range("radii.scattered_m", radii.scattered_m, 1, 100_000);
        found.order(
            "radii.clustered_m",
            radii.clustered_m,
            "radii.scattered_m",
            radii.scattered_m,
        );
        found.range("frequency.kitchen_per_day", self.frequency.kitchen_per_day, 1, 24);
        found.range(
            "frequency.residual_interval_days",
            self.frequency.residual_interval_days,
            1,
            31,
        );
        found.range("waste.low_g_per_person_day", waste.low_g_per_person_day, 1, 10_000);
        found.range("waste.high_g_per_person_day", waste.high_g_per_person_day, 1, 10_000);
        found.order(
            "waste.low_g_per_person_day",
            waste.low_g_per_person_day,
            "waste.high_g_per_person_day",
            waste.high_g_per_person_day,
        );
        found.range("waste.density_g_per_l", waste.density_g_per_l, 1, 10_000);
        found.range("waste.kitchen_permille", waste.kitchen_permille, 0, 1_000);
        found.range(
            "staff.residents_per_cleaner",
            self.staff.residents_per_cleaner,
            0,
            100_000,
        );
    }

    fn masses(&self, found: &mut Found) {
        let (stations, balance) = (&self.stations, &self.balance);
        let largest = 100_000_000;
        found.range(
            "stations.medium_from_kg_per_day",
            stations.medium_from_kg_per_day,
            1,
            largest,
        );
        found.range(
            "stations.large_above_kg_per_day",
            stations.large_above_kg_per_day,
            1,
            largest,
        );
        found.order(
            "stations.medium_from_kg_per_day",
            stations.medium_from_kg_per_day,
            "stations.large_above_kg_per_day",
            stations.large_above_kg_per_day,
        );
        found.tolerance("balance.onboard", balance.onboard);
        found.tolerance("balance.overload", balance.overload);
        found.tolerance("balance.haul", balance.haul);
        found.tolerance("balance.station_day", balance.station_day);
        found.share("balance.station_loss", balance.station_loss);
        found.tolerance("balance.tare", balance.tare);
    }

    fn planning(&self, found: &mut Found) {
        let routing = &self.routing;
        let detour = routing.detour;
        if detour.denominator < 1 || detour.numerator < detour.denominator || detour.numerator / detour.denominator > 10
        {
            let rule = "between 1 and 10: a road is never shorter than the straight line";
            found.push(
                "routing.detour",
                "OUT_OF_RANGE",
                rule,
                "应在 1 到 10 之间：道路不会短于直线",
            );
        }
        found.range("routing.stop_s", routing.stop_s, 0, 3_600);
        found.range("routing.bin_s", routing.bin_s, 0, 3_600);
        found.range("routing.bin_kg", routing.bin_kg, 1, 10_000);
        found.range("routing.unload_s", routing.unload_s, 0, 14_400);
        found.range("routing.vehicle_day_fen", routing.vehicle_day_fen, 0, 100_000_000);
        found.range("routing.km_fen", routing.km_fen, 0, 1_000_000);
        found.range("routing.hour_fen", routing.hour_fen, 0, 10_000_000);
    }

    fn hauling(&self, found: &mut Found) {
        let haulage = &self.haulage;
        found.range("haulage.load_s", haulage.load_s, 0, 14_400);
        found.range("haulage.unload_s", haulage.unload_s, 0, 14_400);
        found.range("haulage.station_bays", haulage.station_bays, 1, 100);
        found.range("haulage.plant_bays", haulage.plant_bays, 1, 100);
        found.range("haulage.overtime_s", haulage.overtime_s, 0, 43_200);
        found.range("haulage.overtime_hour_fen", haulage.overtime_hour_fen, 0, 10_000_000);
        found.range("haulage.leftover_kg", haulage.leftover_kg, 0, 100_000_000);
    }
}

/// What was found so far.
pub(super) struct Found(Vec<Contradiction>);

impl Found {
    pub(super) fn push(&mut self, path: &str, reason: &'static str, message: &str, message_zh: &str) {
        self.0.push(Contradiction {
            path: path.to_owned(),
            reason,
            message: message.to_owned(),
            message_zh: message_zh.to_owned(),
        });
    }

    pub(super) fn range(&mut self, path: &str, value: i64, low: i64, high: i64) {
        if !(low..=high).contains(&value) {
            let message = format!("{value} is not between {low} and {high}");
            let message_zh = format!("{value} 不在 {low} 到 {high} 之间");
            self.push(path, "OUT_OF_RANGE", &message, &message_zh);
        }
    }

    pub(super) fn order(&mut self, path: &str, low: i64, other: &str, high: i64) {
        if low > high {
            let message = format!("{low} is greater than {other}, which is {high}");
            let message_zh = format!("{low} 大于 {other} 的 {high}");
            self.push(path, "WRONG_ORDER", &message, &message_zh);
        }
    }

    fn share(&mut self, path: &str, share: Share) {
        if share.denominator < 1 || !(0..=share.denominator).contains(&share.numerator) {
            let message = format!("{}/{} is no share between 0 and 1", share.numerator, share.denominator);
            let message_zh = format!("{}/{} 不是 0 到 1 之间的比例", share.numerator, share.denominator);
            self.push(path, "BAD_SHARE", &message, &message_zh);
        }
    }

    fn tolerance(&mut self, path: &str, tolerance: Tolerance) {
        self.share(&format!("{path}.share"), tolerance.share);
        self.range(&format!("{path}.plus_kg"), tolerance.plus_kg, 0, 100_000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compliance::Rule, norms::Bins};

    #[test]
    fn the_source_plan_has_none() {
        assert_eq!(Norms::default().contradictions("410225"), []);
    }

    #[test]
    fn every_one_is_reported_with_its_path() {
        let mut norms = Norms {
            bins: Bins {
                households_per_bin: 5,
                households_per_bin_full_marks: 10,
            },
            required: vec![Rule::BinCount, Rule::BinSealed, Rule::BinCount],
            ..Norms::default()
        };
        norms.radii.motor_vehicle_m = 0;
        norms.balance.haul.share = Share::new(1, 0);
        norms.routing.detour = Share::new(9, 10);
        norms.haulage.plant_bays = 0;
        let found: Vec<_> = norms
            .contradictions("410225")
            .into_iter()
            .map(|c| (c.path, c.reason))
            .collect();
        let expected = [
            ("bins.households_per_bin_full_marks", "WRONG_ORDER"),
            ("radii.motor_vehicle_m", "OUT_OF_RANGE"),
            ("radii.push_cart_m", "WRONG_ORDER"),
            ("balance.haul.share", "BAD_SHARE"),
            ("routing.detour", "OUT_OF_RANGE"),
            ("haulage.plant_bays", "OUT_OF_RANGE"),
            ("required[2]", "DUPLICATE"),
        ];
        assert_eq!(found, expected.map(|(path, reason)| (path.to_owned(), reason)));
    }
}
