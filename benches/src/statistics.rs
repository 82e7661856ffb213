//! Medians and the like.

/// The middle value, or the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (length, middle) if length % 2 == 1 => sorted[middle],
        (_, middle) => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// The value that the share `quantile` of all values does not exceed.
pub fn quantile(values: &[f64], quantile: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

/// Between which two of the values the median of all that there could be lies,
/// with a confidence of 95 %: by their ranks, so whatever their distribution is.
pub fn interval(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let length = sorted.len() as f64;
    // Ranks are binomial: half of them, and twice a deviation on either side.
    let rank = (0.5 * length - 0.98 * length.sqrt()).floor().max(0.0) as usize;
    let low = sorted.get(rank).copied();
    let high = sorted.len().checked_sub(rank + 1).map(|at| sorted[at]);
    (low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn interval_is_around_the_median() {
        let values: Vec<_> = (1..=100).map(f64::from).collect();
        assert_eq!(interval(&values), (41.0, 60.0));
        assert_eq!(interval(&[7.0, 8.0]), (7.0, 8.0));
        assert!(interval(&[]).0.is_nan());
    }

    #[test]
    fn quantile_counts_from_below() {
        let values: Vec<_> = (1..=1000).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.999), 999.0);
        assert_eq!(quantile(&values, 1.0), 1000.0);
        assert_eq!(quantile(&[7.0], 0.5), 7.0);
    }
}
