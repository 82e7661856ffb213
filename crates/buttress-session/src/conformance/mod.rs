//! The tests that every store has to pass.
//!
//! A [`Harness`] brings up a store of its own for each test and lets time pass
//! for it; [`store_conformance!`](crate::store_conformance) makes the tests, one
//! for each promise of [`SessionStore`]. What the store's
//! [`capabilities`](SessionStore::capabilities) leave out is not asked of it, but
//! then its weaker behaviour has to be the documented one.
//!
//! ```
//! use buttress_session::{MemoryStore, conformance::Harness, store_conformance};
//! use std::time::Duration;
//!
//! struct Memory(MemoryStore);
//!
//! impl Harness for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn new() -> Self {
//!         tokio::time::pause();
//!         Self(MemoryStore::new())
//!     }
//!
//!     fn store(&self) -> MemoryStore {
//!         self.0.clone()
//!     }
//!
//!     async fn advance(&self, by: Duration) {
//!         tokio::time::advance(by).await;
//!     }
//! }
//!
//! store_conformance!(Memory);
//! ```

pub mod store;

use crate::store::SessionStore;
use std::{future::Future, time::Duration};

/// A store for one test.
#[diagnostic::on_unimplemented(message = "`{Self}` does not say how to bring up a store")]
pub trait Harness: Sized + Send + Sync + 'static {
    /// The store. Clones share their sessions.
    type Store: SessionStore + Clone;

    /// The shortest time that the store tells apart with certainty. Tests let
    /// sessions live for 10 of it.
    const TICK: Duration = Duration::from_secs(1);

    /// Brings up an empty store, within a tokio runtime of one thread.
    fn new() -> impl Future<Output = Self> + Send;

    /// The store.
    fn store(&self) -> Self::Store;

    /// Lets time pass for the store: by its own clock, or really.
    fn advance(&self, by: Duration) -> impl Future<Output = ()> + Send;
}

/// Runs one test on a store of its own.
///
/// # Panics
///
/// If there is no runtime to be had, or the test panics.
pub fn run<H: Harness, F: Future<Output = ()>>(test: impl FnOnce(H) -> F) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the test")
        .block_on(async { test(H::new().await).await });
}

/// Makes a test of each promise of [`SessionStore`], with the [`Harness`] given.
#[macro_export]
macro_rules! store_conformance {
    ($harness:ty) => {
        $crate::store_conformance! { $harness:
            records {
                an_unknown_key_has_no_session_and_gets_none,
                what_was_created_is_loaded,
                a_session_is_created_once,
                operations_apply_in_their_order,
                a_commit_leaves_other_keys_alone,
                commits_at_once_lose_nothing,
                a_commit_never_creates,
                what_was_deleted_does_not_come_back,
                names_and_values_come_back_as_they_were,
            }
            versions {
                a_commit_is_refused_at_another_version,
                compare_and_set_at_once_loses_nothing,
            }
            rotation {
                a_rotation_moves_the_session,
                the_old_key_shows_what_was_before_for_the_grace,
                the_old_key_takes_no_writes,
                without_a_grace_the_old_key_is_gone,
                a_logout_by_either_key_ends_both,
                the_next_rotation_ends_the_grace,
                a_refused_rotation_changes_nothing,
            }
            owners {
                an_owners_sessions_are_listed,
                all_sessions_of_an_owner_end_but_one,
                an_owner_stays_through_commits_and_rotations,
                a_store_without_owners_says_so,
            }
            expiry {
                an_idle_session_ends,
                use_prolongs_a_life,
                the_absolute_end_beats_the_idle_one,
                a_session_that_is_over_takes_nothing,
                a_sweep_leaves_those_alone_that_live,
            }
            cancellation {
                a_dropped_create_is_whole_or_nothing,
                a_dropped_commit_is_whole_or_nothing,
                a_dropped_rotation_is_whole_or_nothing,
                a_dropped_delete_is_whole_or_nothing,
            }
        }
    };
    ($harness:ty: $($module:ident { $($test:ident,)* })*) => {
        $(mod $module {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[test]
                fn $test() {
                    $crate::conformance::run::<$harness, _>(
                        $crate::conformance::store::$module::$test,
                    );
                }
            )*
        })*
    };
}
