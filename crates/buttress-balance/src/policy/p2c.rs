use super::below;

/// The better of two different ones of `count`, which is not zero, by chance.
pub(crate) fn p2c(count: usize, random: u64, load: impl Fn(usize) -> f64) -> usize {
    if count < 2 {
        return 0;
    }
    let one = below(random as u32, count);
    // Of the others, so that it is never compared with itself.
    let other = below((random >> 32) as u32, count - 1);
    let other = if other >= one { other + 1 } else { other };
    if load(other) < load(one) { other } else { one }
}
