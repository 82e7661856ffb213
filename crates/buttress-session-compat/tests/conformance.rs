//! A store of tower-sessions under ours: it keeps what its capabilities promise, and
//! says what it does not.
#![cfg(feature = "core-0-15")]

use buttress_session::{
    Capabilities, SessionStore, app_conformance, conformance::Harness, model_conformance,
    store_conformance,
};
use buttress_session_compat::{TowerStore, v0_15};
use std::time::Duration;
use tower_sessions::MemoryStore;

struct Theirs(TowerStore<v0_15::Store<MemoryStore>>);

impl Harness for Theirs {
    type Store = TowerStore<v0_15::Store<MemoryStore>>;

    const TICK: Duration = Duration::from_millis(250);

    async fn new() -> Self {
        Self(v0_15::store(MemoryStore::default()))
    }

    fn store(&self) -> Self::Store {
        self.0.clone()
    }

    /// It looks at the system's clock.
    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

// All but `names_and_values_come_back_as_they_were`: values are equal JSON.
store_conformance! { Theirs:
    records {
        an_unknown_key_has_no_session_and_gets_none,
        what_was_created_is_loaded,
        a_session_is_created_once,
        operations_apply_in_their_order,
        a_commit_leaves_other_keys_alone,
        commits_at_once_lose_nothing,
        a_commit_never_creates,
        what_was_deleted_does_not_come_back,
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
app_conformance!(Theirs);
model_conformance!(Theirs, 16);

#[test]
fn what_it_cannot_do_is_not_promised() {
    let store = v0_15::store(MemoryStore::default());
    let mut promised = Capabilities::NONE;
    promised.absolute_expiry = true;
    promised.shared = true;
    assert_eq!(store.capabilities(), promised);
    promised.raw_ids = true;
    assert_eq!(store.shared().capabilities(), promised);
}
