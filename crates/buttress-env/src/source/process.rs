use super::{Entries, Layer, Origin, Text};
use crate::error::{Kind, Problem};
use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fmt,
    panic::{RefUnwindSafe, UnwindSafe},
    rc::Rc,
    sync::Arc,
};
use zeroize::Zeroizing;

type Read = dyn Fn() -> Vec<(OsString, OsString)> + Send + Sync;

/// How the process environment is read: from the process, or as a test says.
#[derive(Clone)]
pub(crate) struct Process(Arc<Read>);

/// A panic in `read` leaves nothing of ours half done, and a configuration shall
/// be usable inside of `catch_unwind`.
impl UnwindSafe for Process {}
impl RefUnwindSafe for Process {}

impl Process {
    pub(crate) fn new(
        read: impl Fn() -> Vec<(OsString, OsString)> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(read))
    }

    /// Reads all of it, once.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot((self.0)())
    }
}

impl Default for Process {
    fn default() -> Self {
        Self::new(|| std::env::vars_os().collect())
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}

/// The process environment at one moment.
pub(crate) struct Snapshot(Vec<(OsString, OsString)>);

impl Snapshot {
    /// The variables of these names that are set.
    pub(crate) fn pick<'a>(&self, names: &[&'a str]) -> HashMap<&'a str, OsString> {
        let named = |name: &OsStr| names.iter().find(|wanted| name == **wanted).copied();
        let all = self.0.iter();
        all.filter_map(|(name, value)| Some((named(name)?, value.clone())))
            .collect()
    }

    /// Adds what is under the prefix; the rest may be anything, UTF-8 or not.
    pub(crate) fn add_to(self, entries: &mut Entries) {
        for (name, value) in self.0 {
            match name.into_string() {
                Ok(name) if entries.is_ours(&name) => {
                    entries.add(name, text(value), Origin::Process, Layer::Process);
                }
                Ok(_) => {}
                Err(name) => reject_name(&name, entries),
            }
        }
    }
}

fn reject_name(name: &OsStr, entries: &mut Entries) {
    let name = name.to_string_lossy();
    if entries.is_ours(&name) {
        let message = "no field has this name, which is no UTF-8";
        let problem = Problem::new(Kind::Unknown, name, Some(Origin::Process), message);
        entries.problems.push(problem);
    }
}

fn text(value: OsString) -> Option<Text> {
    value
        .into_string()
        .ok()
        .map(|text| Rc::new(Zeroizing::new(text)))
}
