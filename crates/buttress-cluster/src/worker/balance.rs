//! Who should have a connection that was just accepted.

/// With fewer connections than that, nobody is helped.
const FEW: u64 = 4;

/// The peer that gets a connection from one that has `open` others: the one with
/// the fewest, if that is much less. The kernel spreads connections by a hash, so
/// by chance one socket gets twice as many as another.
pub(super) fn target(open: u64, peers: impl Iterator<Item = (usize, u64)>) -> Option<usize> {
    if open < FEW {
        return None;
    }
    let (slot, fewest) = peers.min_by_key(|(_, open)| *open)?;
    (open > fewest + fewest / 4 + FEW - 1).then_some(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_connections_come_in_no_worker_has_twice_as_many() {
        for (count, workers) in [(64, 4), (200, 4), (100, 2), (1000, 8)] {
            // All at one, then at two: worse than any hash.
            for entries in [1, 2] {
                let mut open = vec![0_u64; workers];
                for connection in 0..count {
                    let at = connection % entries;
                    let peers = open
                        .iter()
                        .copied()
                        .enumerate()
                        .filter(|(slot, _)| *slot != at);
                    let to = target(open[at], peers).unwrap_or(at);
                    open[to] += 1;
                }
                let (most, fewest) = (open.iter().max().unwrap(), open.iter().min().unwrap());
                assert!(*most <= 2 * fewest, "{count} over {workers}: {open:?}");
            }
        }
    }

    #[test]
    fn a_small_difference_is_left_alone() {
        assert_eq!(target(3, [(1, 0)].into_iter()), None);
        assert_eq!(target(14, [(1, 9)].into_iter()), None);
        assert_eq!(target(15, [(1, 9), (2, 12)].into_iter()), Some(1));
        assert_eq!(target(100, std::iter::empty()), None);
    }
}
