//! What a sample without replacement proves of the whole: exact one-sided hypergeometric tests in whole numbers.
//!
//! If `marked` of `population` households count, `C(marked, i)·C(population − marked, sample − i)` of the
//! `C(population, sample)` samples hold exactly `i` of them. A claim "at least `claimed`" is rejected if, were it just true, a
//! sample as poor as the one at hand would come in at most one of `1 / (1 − confidence)` cases. So a true claim is rejected
//! with a probability of at most `1 − confidence`, and the claims that are not rejected are those up to a bound.
//!
//! This holds to the letter for a simple sample. A proportional one by strata is judged as one: it scatters less, but rounding
//! gives small strata a little more or less than their share, so that in villages with many strata of a few households the risk
//! can lie above what the plan says.

use super::natural::Natural;

/// A sample and how sure it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    population: u32,
    sample: u32,
    /// 1,000 less the confidence, per mille.
    risk_permille: u32,
}

impl Sampling {
    /// A sample of `sample` out of `population`, at most all, at a confidence of 1–999 per mille.
    pub fn new(population: u32, sample: u32, confidence_permille: u32) -> Self {
        Self {
            population,
            sample: sample.min(population),
            risk_permille: 1_000 - confidence_permille.clamp(1, 999),
        }
    }

    /// The most households that can count in all, where `met` of the sample do: the largest claim "at least so many" that is
    /// not rejected.
    pub fn most(&self, met: u32) -> u32 {
        let met = met.min(self.sample);
        // What was seen bounds it from both sides.
        let (mut possible, mut beyond) = (met, self.population - (self.sample - met) + 1);
        while beyond - possible > 1 {
            let middle = possible + (beyond - possible) / 2;
            if self.too_few(middle, met) {
                beyond = middle;
            } else {
                possible = middle;
            }
        }
        possible
    }

    /// The fewest households that can count in all, where `met` of the sample do.
    pub fn fewest(&self, met: u32) -> u32 {
        self.population - self.most(self.sample - met.min(self.sample))
    }

    /// Whether no more than `met` in the sample are too few to believe that `marked` in all count.
    fn too_few(&self, marked: u32, met: u32) -> bool {
        let (unmarked, all) = (
            self.population - marked,
            Natural::binomial(self.population, self.sample),
        );
        let first = self.sample.saturating_sub(unmarked);
        // Samples with `first` of them; where that is more than none, every one that does not count was drawn.
        let mut exactly = if first == 0 {
            Natural::binomial(unmarked, self.sample)
        } else {
            Natural::binomial(marked, first)
        };
        let mut at_most = Natural::zero();
        for i in first..=met.min(marked) {
            at_most.plus(&exactly);
            // The next term, a whole number: C(a, i+1) / C(a, i) = (a − i) / (i + 1).
            if i < self.sample && i < marked {
                exactly = exactly.times(marked - i).times(self.sample - i);
                exactly = exactly.over(i + 1).over(unmarked + i + 1 - self.sample);
            }
        }
        at_most.times(1_000) <= all.times(self.risk_permille)
    }
}

/// Households to inspect so that the bound lies at most `error_permille` of the population above the share that the sample
/// shows, in the worst case, in which half of the sample counts; found by bisection. Never more than the population.
pub fn sample_size(population: u32, confidence_permille: u32, error_permille: u32) -> u32 {
    let close_enough = |sample: u32| {
        let half = sample / 2;
        let most = Sampling::new(population, sample, confidence_permille).most(half);
        // most / population − half / sample ≤ error
        let (whole, part) = (u128::from(population), u128::from(sample));
        1_000 * u128::from(most) * part <= 1_000 * u128::from(half) * whole + u128::from(error_permille) * whole * part
    };
    let (mut too_small, mut enough) = (0, population);
    while enough - too_small > 1 {
        let middle = too_small + (enough - too_small) / 2;
        if close_enough(middle) {
            enough = middle;
        } else {
            too_small = middle;
        }
    }
    enough
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONFIDENCES: [u32; 4] = [800, 900, 950, 999];

    /// Samples of `sample` out of `population` that hold exactly `met` of the `marked`, counted one by one.
    fn enumerated(population: u32, marked: u32, sample: u32, met: u32) -> u64 {
        let mut count = 0;
        for subset in 0_u32..(1 << population) {
            let of_marked = subset & ((1 << marked) - 1);
            if subset.count_ones() == sample && of_marked.count_ones() == met {
                count += 1;
            }
        }
        count
    }

    /// For every population of up to 9, every sample, every truth and every claim that is true: of all samples, counted one
    /// by one, at most the risk rejects it; and the claim just beyond the bound is rejected while the bound is not.
    #[test]
    fn a_true_claim_is_rejected_no_more_often_than_the_risk() {
        for population in 1..=9 {
            for sample in 1..=population {
                let all: u64 = (0..=sample)
                    .map(|met| enumerated(population, sample, sample, met))
                    .sum();
                for confidence in CONFIDENCES {
                    let sampling = Sampling::new(population, sample, confidence);
                    for truth in 0..=population {
                        let rejected = |met: &u32| sampling.most(*met) < truth;
                        let cases: u64 = (0..=sample)
                            .filter(rejected)
                            .map(|met| enumerated(population, truth, sample, met))
                            .sum();
                        let risk = u64::from(1_000 - confidence);
                        assert!(
                            cases * 1_000 <= all * risk,
                            "{cases} of {all} samples of {sample} reject the truth {truth} of {population}"
                        );
                        let rejected = |met: &u32| sampling.fewest(*met) > truth;
                        let cases: u64 = (0..=sample)
                            .filter(rejected)
                            .map(|met| enumerated(population, truth, sample, met))
                            .sum();
                        assert!(cases * 1_000 <= all * risk, "the same from below");
                    }
                }
            }
        }
    }

    #[test]
    fn the_bound_is_as_sharp_as_the_risk_allows() {
        for population in 1..=9 {
            for sample in 1..=population {
                let all: u64 = (0..=sample)
                    .map(|met| enumerated(population, sample, sample, met))
                    .sum();
                let sampling = Sampling::new(population, sample, 900);
                for met in 0..=sample {
                    let most = sampling.most(met);
                    let as_poor = |truth| -> u64 { (0..=met).map(|i| enumerated(population, truth, sample, i)).sum() };
                    assert!(as_poor(most) * 1_000 > all * 100, "the bound itself can be believed");
                    assert!(most == population || as_poor(most + 1) * 1_000 <= all * 100);
                }
            }
        }
    }

    proptest! {
        /// More found raises the bound, more certainty too, and what was seen is never contradicted.
        #[test]
        fn the_bound_is_monotone(population in 1_u32..400, part in 1_u32..=400, met in 0_u32..400, at in 0_usize..3) {
            let sample = part.min(population);
            let met = met.min(sample);
            let sampling = Sampling::new(population, sample, CONFIDENCES[at]);
            let most = sampling.most(met);
            prop_assert!(met <= most && most <= population - (sample - met));
            prop_assert!(met == sample || sampling.most(met + 1) >= most);
            prop_assert!(Sampling::new(population, sample, CONFIDENCES[at + 1]).most(met) >= most);
            prop_assert_eq!(sampling.fewest(sample - met), population - most);
            prop_assert!(sampling.fewest(met) <= most);
        }

        /// The size is enough and no larger than the population.
        #[test]
        fn a_size_keeps_the_error(population in 1_u32..300, error in 50_u32..300) {
            let size = sample_size(population, 950, error);
            prop_assert!((1..=population).contains(&size));
            let most = u64::from(Sampling::new(population, size, 950).most(size / 2));
            let shown = u64::from(size / 2) * u64::from(population);
            let error = u64::from(error) * u64::from(population) * u64::from(size);
            prop_assert!(most * u64::from(size) * 1_000 <= shown * 1_000 + error);
        }
    }

    /// Recounted outside, in another language.
    #[test]
    fn a_village_of_the_usual_size() {
        for (population, ten_percent, five_percent) in
            [(0, 0, 0), (1, 1, 1), (20, 16, 18), (60, 32, 48), (412, 64, 171)]
        {
            assert_eq!(sample_size(population, 950, 100), ten_percent, "{population}");
            assert_eq!(sample_size(population, 950, 50), five_percent, "{population}");
        }
        let sampling = Sampling::new(412, 60, 950);
        assert_eq!([0, 45, 57].map(|met| sampling.most(met)), [18, 343, 405]);
        let everybody = Sampling::new(412, 412, 950);
        assert_eq!((everybody.most(300), everybody.fewest(300)), (300, 300));
    }
}
