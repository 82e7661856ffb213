use buttress_cache::{Purge, Scope};

/// Purges that Redis could not be told, for when it is back: what they are about
/// is still there then.
#[derive(Debug, Default)]
pub(crate) struct Pending(Vec<(u64, Purge)>);

impl Pending {
    /// With one more, all is purged instead.
    const MOST: usize = 1024;

    /// Keeps a purge, which was this process' `count`th.
    pub(crate) fn add(&mut self, count: u64, purge: Purge) {
        if self.0.len() >= Self::MOST {
            self.0.clear();
            self.0.push((count, Purge::hard(Scope::All)));
        } else {
            self.0.push((count, purge));
        }
    }

    /// The first one.
    pub(crate) fn first(&self) -> Option<(u64, Purge)> {
        self.0.first().cloned()
    }

    /// Takes one out that was made.
    pub(crate) fn done(&mut self, count: u64) {
        self.0.retain(|(number, _)| *number != count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_can_be_kept_are_one_of_all() {
        let mut pending = Pending::default();
        for count in 0..=1024 {
            pending.add(count, Purge::hard(Scope::Tag("a".into())));
        }
        let (count, purge) = pending.first().unwrap();
        assert_eq!((count, purge.scope), (1024, Scope::All));
        pending.done(1024);
        assert!(pending.first().is_none());
    }
}
