// SPDX-License-Identifier: GPL-2.0-only

//! Quotas of buckets by weight.

/// Splits `k` buckets by weights: each gets its share rounded down or up (largest remainders).
///
/// Where rounding leaves a choice, who has more than its share rounded down keeps that: fewest
/// moves. With nobody holding anything, it is the greatest remainders' and then the first ones'.
/// `weights` and `counts` (what each has now) go in the same order; the sum of weights is not 0.
pub fn targets(k: u32, weights: &[u32], counts: &[u32]) -> Vec<u32> {
    let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    let shares = weights.iter().map(|w| {
        // Below 2^17 * 2^32, so nothing overflows.
        let share = u64::from(k) * u64::from(*w);
        let whole = share.checked_div(total).unwrap_or(0);
        let rest = share.checked_rem(total).unwrap_or(0);
        (u32::try_from(whole).unwrap_or(k), rest)
    });
    let shares: Vec<(u32, u64)> = shares.collect();

    let spare = k - shares.iter().map(|(whole, _)| whole).sum::<u32>();
    let mut fractions: Vec<(bool, u64, usize)> = shares
        .iter()
        .zip(counts)
        .enumerate()
        .filter(|(_, ((_, rest), _))| *rest > 0)
        .map(|(place, ((whole, rest), count))| (count > whole, *rest, place))
        .collect();
    fractions.sort_by(|a, b| (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2)));

    let mut targets: Vec<u32> = shares.into_iter().map(|(whole, _)| whole).collect();
    // There are at least as many fractions as spare buckets: they add up to them.
    for (_, _, place) in fractions
        .into_iter()
        .take(usize::try_from(spare).unwrap_or(0))
    {
        if let Some(target) = targets.get_mut(place) {
            *target += 1;
        }
    }
    targets
}
