//! Statistics that single wrong readings do not move.

/// A value with its weight, which is positive.
pub(super) type Weighted = (f64, f64);

/// Ratio of a median absolute deviation to the standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// Deviations count in full up to as many standard deviations.
const FULL: f64 = 1.5;

/// The value below which `share` of the weight lies, linear between the middles of neighbours; `None` without values.
pub(super) fn quantile(items: &mut [Weighted], share: f64) -> Option<f64> {
    sort(items);
    of_sorted(items, share)
}

/// Puts the smallest value first.
pub(super) fn sort(items: &mut [Weighted]) {
    items.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// [`quantile`] of values of which the smallest is first.
pub(super) fn of_sorted(items: &[Weighted], share: f64) -> Option<f64> {
    let aim = share * items.iter().map(|item| item.1).sum::<f64>();
    let mut before: Option<(f64, f64)> = None;
    let mut below = 0.0;
    for (value, weight) in items {
        let middle = below + weight / 2.0;
        if middle >= aim {
            return Some(match before {
                Some((last, at)) => last + (value - last) * ((aim - at) / (middle - at)).clamp(0.0, 1.0),
                None => *value,
            });
        }
        before = Some((*value, middle));
        below += weight;
    }
    before.map(|(last, _)| last)
}

/// Standard deviation about `center` by the median absolute deviation; 0 without values.
pub(super) fn spread(items: &[Weighted], center: f64) -> f64 {
    let mut off: Vec<Weighted> = items
        .iter()
        .map(|(value, weight)| ((value - center).abs(), *weight))
        .collect();
    quantile(&mut off, 0.5).unwrap_or(0.0) * NORMAL
}

/// Mean in which what lies far off counts less (Huber); between the smallest and the largest value.
pub(super) fn location(items: &mut [Weighted]) -> Option<f64> {
    let mut center = quantile(items, 0.5)?;
    let reach = FULL * spread(items, center);
    if reach <= 0.0 {
        return Some(center);
    }
    for _ in 0..5 {
        let (mut sum, mut all) = (0.0, 0.0);
        for (value, weight) in items.iter() {
            let weight = weight * (reach / (value - center).abs()).min(1.0);
            sum += weight * value;
            all += weight;
        }
        center = sum / all;
    }
    Some(center)
}

/// How many equal weights tell as much.
pub(super) fn effective(items: &[Weighted]) -> f64 {
    let (sum, squares) = items.iter().fold((0.0, 0.0), |(sum, squares), (_, weight)| {
        (sum + weight, squares + weight * weight)
    });
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_reading_moves_little() {
        let mut items: Vec<Weighted> = [9.0, 10.0, 11.0, 10.5, 9.5, 10_000.0].map(|value| (value, 1.0)).into();
        let center = location(&mut items).expect("values");
        assert!((9.9..10.9).contains(&center), "{center}");
        assert!((effective(&items) - 6.0).abs() < 1e-9);
    }

    #[test]
    fn quantiles_between_values() {
        let mut items: Vec<Weighted> = vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0), (4.0, 1.0)];
        assert_eq!(quantile(&mut items, 0.5), Some(2.5));
        assert_eq!(
            (quantile(&mut items, 0.0), quantile(&mut items, 1.0)),
            (Some(1.0), Some(4.0))
        );
        let mut heavy: Vec<Weighted> = vec![(1.0, 1.0), (5.0, 98.0), (9.0, 1.0)];
        assert_eq!(quantile(&mut heavy, 0.5), Some(5.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
