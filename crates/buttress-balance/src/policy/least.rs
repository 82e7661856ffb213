/// The index of that of `all`, one or more, which has the least load. Of equals it is
/// the first from `start` on, so that they take turns.
pub(crate) fn least<T, N: PartialOrd>(all: &[T], start: usize, load: impl Fn(&T) -> N) -> usize {
    let start = start % all.len().max(1);
    let (before, from) = all.split_at(start);
    let Some((first, rest)) = from.split_first() else {
        return 0;
    };
    let (mut best, mut lowest) = (start, load(first));
    for (part, place) in [(rest, start + 1), (before, 0)] {
        for (index, it) in part.iter().enumerate() {
            let load = load(it);
            if load < lowest {
                (best, lowest) = (place + index, load);
            }
        }
    }
    best
}
