use super::{
    fault::{Fault, Stuck},
    pass::is_under,
    stand_in,
};
use std::collections::{BTreeMap, BTreeSet};

/// What earlier walks have taught: by the variables' names.
#[derive(Default)]
pub(super) struct Plan {
    forced: BTreeSet<String>,
    stand_ins: BTreeMap<String, usize>,
    stubborn: BTreeSet<String>,
    /// Second names of fields that are there under their first.
    aliases: BTreeSet<String>,
    /// First names of fields that came behind a second.
    early: BTreeSet<String>,
}

impl Plan {
    /// Whether the field is to be given though there is nothing for it, so that
    /// its type says what it wants.
    pub(super) fn is_forced(&self, variable: &str) -> bool {
        self.forced.contains(variable)
    }

    /// Which stand-in to give in place of the value, if any.
    pub(super) fn stand_in(&self, variable: &str) -> Option<usize> {
        self.stand_ins.get(variable).copied()
    }

    /// Whether this, or something below it, takes no stand-in. It is given last,
    /// for the walk ends there.
    pub(super) fn is_stubborn(&self, variable: &str) -> bool {
        self.stubborn.iter().any(|name| is_under(name, variable))
    }

    /// Whether the field is left out, for it is there under another name.
    pub(super) fn is_alias(&self, variable: &str) -> bool {
        self.aliases.contains(variable)
    }

    /// Whether the field is given first, so that its other names are known.
    pub(super) fn is_early(&self, variable: &str) -> bool {
        self.early.contains(variable)
    }

    /// Whether walks end early for more than one reason: then some part of the
    /// type may never have been seen.
    pub(super) fn is_blind(&self) -> bool {
        self.stubborn.len() > 1
    }

    /// Makes the next walk get further; false if there is nothing left to try.
    pub(super) fn learn(&mut self, fault: Fault) -> bool {
        match fault {
            Fault::At(variable, Stuck::Absent) => self.forced.insert(variable),
            Fault::At(variable, Stuck::Refused) => {
                let next = self.stand_ins.get(&variable).map_or(0, |last| last + 1);
                if next < stand_in::COUNT {
                    self.stand_ins.insert(variable, next);
                    return true;
                }
                self.stubborn.insert(variable)
            }
            Fault::At(variable, Stuck::Alias) => self.aliases.insert(variable),
            Fault::At(variable, Stuck::Late) => self.early.insert(variable),
            Fault::At(_, Stuck::Hopeless)
            | Fault::Lacks(_)
            | Fault::Twice(_)
            | Fault::Refused(_) => false,
        }
    }
}
