//! What keeps sessions between requests.

mod boxed;
mod capabilities;
mod commit;
mod entries;
mod error;
mod key;
mod memory;
mod snapshot;
mod ttl;

pub use boxed::{BoxFuture, DynSessionStore};
pub use capabilities::Capabilities;
pub use commit::{Commit, Committed, Created, Op, OwnerChange, Rotated};
pub use entries::{Entries, Name};
pub use error::{StoreError, StoreErrorKind};
pub use key::StoreKey;
pub(crate) use key::encode;
pub use memory::MemoryStore;
pub use snapshot::{OwnedSession, Snapshot, Swept};
pub use ttl::Ttl;

use std::{future::Future, time::Duration};

/// Keeps sessions between requests.
///
/// An implementation writes its methods as `async fn`. The `conformance`
/// feature has the tests that it has to pass; what it cannot promise it leaves
/// out of its [`capabilities`](Self::capabilities).
///
/// # What each method promises
///
/// - It is one step: whoever looks sees the state before it or after it, also
///   when its future is dropped or fails half way. After an error either may be
///   the case.
/// - A session whose time is over is not there. Nothing but
///   [`create`](Self::create) makes a session.
/// - An error changes nothing that is good: a record that cannot be read is
///   [`Corrupt`](StoreErrorKind::Corrupt), and stays as it is until it is deleted
///   or its time is over.
/// - Waiting is the store's business up to a point: the layer drops the future
///   after its deadline.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session store",
    note = "use `MemoryStore`, a store of an adapter crate, or implement `SessionStore`; \
            a store chosen at run time is an `Arc<dyn DynSessionStore>`"
)]
pub trait SessionStore: Send + Sync + 'static {
    /// The session under `key`, if there is one, and with `touch` its life
    /// [prolonged](Self::touch) in the same step.
    ///
    /// An unknown key must not leave a trace.
    fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> impl Future<Output = Result<Option<Snapshot>, StoreError>> + Send;

    /// Makes a session of what the operations of `commit` leave of nothing, at
    /// version 1, unless there is one under `key`; `commit.expect` means nothing
    /// here.
    fn create(
        &self,
        key: &StoreKey,
        commit: &Commit,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Applies all operations in their order, raises the version by one and
    /// prolongs the life of the session; never creates one.
    ///
    /// With `commit.expect` it does so only at that version. Keys that the
    /// operations do not name stay as they are, whoever wrote them meanwhile.
    fn commit(
        &self,
        key: &StoreKey,
        commit: &Commit,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// Moves the session from `old` to `new`, applying `commit` to it as
    /// [`commit`](Self::commit) does. The time of its creation stays.
    ///
    /// For `grace` (but no longer than it would have lived) `old` can still be
    /// loaded, and shows the session as it was before this call; it cannot be
    /// committed to, rotated or prolonged: those are `Gone`. It shows nothing of
    /// what `new` has become, since whoever fixed the old id must not see the
    /// login. It ends with the session, and with the next rotation. Both keys are
    /// of one [family](StoreKey::family), where they have any.
    fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> impl Future<Output = Result<Rotated, StoreError>> + Send;

    /// Lets the session live on for `ttl` from now; `false` if there is none.
    /// The version stays.
    ///
    /// It may be left out where it moves the end by less than
    /// [`Ttl::slack`], and never moves the end nearer than a call before it
    /// with the same `ttl` did.
    fn touch(
        &self,
        key: &StoreKey,
        ttl: Ttl,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a session; `false` if there was none.
    ///
    /// By an `old` key that still has its grace it ends the session that was
    /// moved, too, and by a new one the `old`: a logout is a logout.
    fn delete(&self, key: &StoreKey) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// At most `limit` sessions that are bound to `owner`; those that an `old`
    /// key still shows in its grace are not among them.
    fn list_by_owner(
        &self,
        _owner: &str,
        _limit: usize,
    ) -> impl Future<Output = Result<Vec<OwnedSession>, StoreError>> + Send {
        async { Err(StoreError::unsupported("owners")) }
    }

    /// Ends all sessions that are bound to `owner`, but for `except`, and says
    /// how many those were.
    fn delete_by_owner(
        &self,
        _owner: &str,
        _except: Option<&StoreKey>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        async { Err(StoreError::unsupported("owners")) }
    }

    /// Removes at most `budget` sessions whose time is over. A store whose server
    /// does this by itself has nothing to do.
    fn sweep(&self, _budget: usize) -> impl Future<Output = Result<Swept, StoreError>> + Send {
        async { Ok(Swept::default()) }
    }

    /// What of all this the store promises.
    fn capabilities(&self) -> Capabilities;
}
