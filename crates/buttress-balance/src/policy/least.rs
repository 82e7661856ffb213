/// That of `count`, which is not zero, which has the least load. Of equals it is the
/// first from `start` on, so that they take turns.
pub(crate) fn least(count: usize, start: usize, load: impl Fn(usize) -> f64) -> usize {
    let start = start % count;
    let mut best = (start, load(start));
    for index in (start + 1..count).chain(0..start) {
        let load = load(index);
        if load < best.1 {
            best = (index, load);
        }
    }
    best.0
}
