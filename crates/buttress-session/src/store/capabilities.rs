/// What a store promises.
///
/// Each field is a promise of [`SessionStore`](crate::SessionStore) that a store
/// may be unable to keep; the conformance tests hold it to those that it makes. A
/// field that is `false` says what happens instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// A commit changes the keys that it names and no other. Without: whole
    /// sessions are written, and of two writers at once the last one wins.
    pub atomic_commits: bool,
    /// `Commit::expect` is honoured in one step. Without: a write between the
    /// look and the commit is lost.
    pub compare_and_set: bool,
    /// A commit never makes a session that was deleted meanwhile. Without: a
    /// logout during a slow write may be undone.
    pub never_resurrects: bool,
    /// A rotation is one step. Without: a crash in the middle leaves both ids, or
    /// the old one.
    pub atomic_rotation: bool,
    /// The old id can be loaded for the grace. Without: it is gone at once.
    pub grace: bool,
    /// Sessions can be found by their owner. Without: the methods for it say
    /// [`Unsupported`](crate::StoreErrorKind::Unsupported).
    pub owners: bool,
    /// `load` prolongs the life of the session in the same trip. Without: it
    /// takes one more, or the life is not prolonged.
    pub touch_on_load: bool,
    /// The absolute end of a session is kept by the store. Without: only the
    /// idle one is.
    pub absolute_expiry: bool,
    /// The store sees the id itself, where others see its hash: who reads the
    /// store can take over its sessions.
    pub raw_ids: bool,
    /// Sessions outlive the process, and other processes see them.
    pub shared: bool,
}

impl Capabilities {
    /// Every promise; ids are hashed, and the store is shared.
    pub const ALL: Self = Self {
        atomic_commits: true,
        compare_and_set: true,
        never_resurrects: true,
        atomic_rotation: true,
        grace: true,
        owners: true,
        touch_on_load: true,
        absolute_expiry: true,
        raw_ids: false,
        shared: true,
    };

    /// No promise at all; ids are hashed.
    pub const NONE: Self = Self {
        atomic_commits: false,
        compare_and_set: false,
        never_resurrects: false,
        atomic_rotation: false,
        grace: false,
        owners: false,
        touch_on_load: false,
        absolute_expiry: false,
        raw_ids: false,
        shared: false,
    };
}
