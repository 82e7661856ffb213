//! The tests that every store has to pass.
//!
//! A [`Harness`] brings up a store of its own for each test and lets time pass
//! for it. [`store_conformance!`](crate::store_conformance) makes the tests of the
//! promises of [`SessionStore`], and [`app_conformance!`](crate::app_conformance)
//! those of an app that keeps its sessions in the store. What the store's
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

pub mod app;
mod faulty;
pub mod model;
pub mod store;

pub use faulty::{Fault, Faulty};

use crate::{IdFormat, store::SessionStore};
use std::{future::Future, sync::Arc, time::Duration};

/// A store for one test.
#[diagnostic::on_unimplemented(message = "`{Self}` does not say how to bring up a store")]
pub trait Harness: Sized + Send + Sync + 'static {
    /// The store. Clones share their sessions.
    type Store: SessionStore + Clone;

    /// The shortest time that the store tells apart with certainty. Tests let
    /// sessions live for 10 of it.
    const TICK: Duration = Duration::from_secs(1);

    /// How ids look, if the store asks for another form than this crate's.
    #[must_use]
    fn id_format() -> Option<Arc<dyn IdFormat>> {
        None
    }

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

/// Makes a property test of the store beside [a model](model), with the
/// [`Harness`] given and so many cases. `proptest` has to be a dependency.
#[macro_export]
macro_rules! model_conformance {
    ($harness:ty, $cases:expr) => {
        ::proptest::proptest! {
            #![proptest_config(::proptest::prelude::ProptestConfig::with_cases($cases))]
            #[test]
            fn random_requests_do_what_the_model_says(
                steps in $crate::conformance::model::steps(60),
            ) {
                $crate::conformance::run::<$harness, _>(|harness| {
                    $crate::conformance::model::check(harness, steps)
                });
            }
        }
    };
}

/// Makes a test of each behaviour of an app with sessions in a store, with the
/// [`Harness`] given.
#[macro_export]
macro_rules! app_conformance {
    ($harness:ty) => {
        $crate::app_conformance! { $harness:
            at_once {
                two_keys_set_at_once_both_survive,
                a_logout_during_a_slow_write_is_not_undone,
                no_cookie_of_before_a_login_overwrites_that_of_the_login,
                a_removed_key_does_not_return,
                a_thousand_updates_at_once_lose_none,
                an_update_of_a_session_that_ended_does_not_revive_it,
            }
            cookies {
                an_id_that_a_client_chose_is_never_adopted,
                the_first_well_formed_cookie_wins,
                junk_is_no_cookie_and_takes_no_trip,
                a_logout_removes_the_cookie_as_it_was_set,
                a_logout_and_what_comes_after_are_two_sessions,
            }
            dropped {
                a_write_that_is_cut_off_is_whole_or_nothing,
                a_login_that_is_cut_off_is_whole_or_nothing,
                an_update_that_is_cut_off_is_whole_or_nothing,
                a_logout_that_is_cut_off_is_whole_or_nothing,
                a_commit_that_the_handler_gives_up_is_no_success,
            }
            failures {
                a_rotation_that_ends_in_500_keeps_the_old_session,
                what_a_500_recorded_is_kept_if_the_layer_says_so,
                an_untouched_session_takes_no_trip_and_needs_no_store,
                a_store_that_fails_makes_503_and_changes_nothing,
                a_service_may_answer_without_a_session_if_the_layer_says_so,
                a_corrupt_record_is_no_reason_for_a_new_session,
            }
            lives {
                the_absolute_end_beats_the_idle_one,
                an_idle_session_ends,
                after_an_explicit_commit_the_old_id_has_its_grace,
                what_comes_after_the_head_is_an_error,
                a_detached_handle_works_after_the_head,
                a_logout_everywhere_ends_all_sessions_of_the_owner,
                flashes_are_shown_once_and_in_order,
            }
            trips {
                a_reading_takes_one,
                a_writing_takes_one_and_with_a_reading_two,
                a_login_takes_one_and_with_a_reading_two,
                an_explicit_commit_writes_once,
                nothing_is_stored_where_nothing_is_left,
                the_target_of_a_redirect_sees_what_was_written,
                a_logout_takes_one,
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
                        $crate::conformance::app::$module::$test,
                    );
                }
            )*
        })*
    };
}
