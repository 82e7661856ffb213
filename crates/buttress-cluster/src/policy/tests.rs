//! What holds in worlds that obey, and in worse ones.

mod hang;
mod world;

use super::*;
use proptest::prelude::*;
use std::{collections::BTreeSet, time::Duration};
use world::World;

fn rules(workers: usize) -> Rules {
    Rules {
        workers,
        ..Rules::default()
    }
}

fn well(workers: usize) -> World {
    let mut world = World::new(rules(workers));
    world.obey();
    assert_eq!(world.serving.len(), workers);
    world
}

#[test]
fn many_workers_start_a_few_at_a_time() {
    let mut world = well(1);
    world.tell(Event::Scale(MAX_WORKERS));
    let starting = world.in_state(State::Starting);
    assert_eq!(starting.len(), STARTING);
    world.tell(Event::Ready(starting[0]));
    world.tell(Event::Ended(starting[1], Exit::Code(1)));
    assert_eq!(world.in_state(State::Starting).len(), STARTING);
    world.obey();
    world.pass(Duration::from_secs(10));
    world.obey();
    assert_eq!(world.serving.len(), MAX_WORKERS);
}

#[test]
fn a_reload_replaces_all_at_once_when_all_are_ready() {
    let mut world = well(3);
    let old = world.serving.clone();
    world.tell(Event::Reload);
    let new = world.in_state(State::Starting);
    world.tell(Event::Ready(new[0]));
    world.tell(Event::Ready(new[1]));
    assert_eq!(world.serving, old);
    world.tell(Event::Ready(new[2]));
    assert_eq!(world.serving, new.into_iter().collect());
}

#[test]
fn a_successor_that_ends_hangs_or_is_ill_leaves_the_old_ones() {
    for trouble in ["ends", "hangs", "is ill"] {
        let checks = trouble == "is ill";
        let mut world = World::new(Rules { checks, ..rules(2) });
        world.obey();
        let old = world.serving.clone();
        world.tell(Event::Reload);
        let new = world.in_state(State::Starting);
        match trouble {
            "ends" => world.tell(Event::Ended(new[0], Exit::Code(1))),
            "hangs" => world.pass(Duration::from_secs(31)),
            _ => {
                world.tell(Event::Ready(new[0]));
                world.tell(Event::Checked(new[0], Err("503".into())));
            }
        }
        world.obey();
        assert_eq!(world.serving, old, "{trouble}");
        assert_eq!(world.all().len(), 2, "{trouble}");
        let said = |report: &&Report| matches!(report, Report::ReloadFailed { .. });
        assert!(world.reports().iter().any(said), "{trouble}");
    }
}

#[test]
fn a_crash_loop_waits_longer_each_time_and_forgets_when_it_was_well() {
    let mut world = well(1);
    let delay = |world: &World| match world.reports().last() {
        Some(Report::Retry { delay, .. }) => *delay,
        other => panic!("no retry: {other:?}"),
    };
    let mut delays = Vec::new();
    for _ in 0..5 {
        let id = world.all()[0];
        world.tell(Event::Ended(id, Exit::Signal(6)));
        if let Some(Action::Start { .. }) = world.actions.last() {
            // The first comes back at once.
            world.actions.pop();
        }
        delays.push(delay(&world));
        world.pass(Duration::from_secs(5));
        world.obey();
    }
    assert!(
        delays.windows(2).all(|pair| pair[0] < pair[1]),
        "{delays:?}"
    );
    world.pass(Duration::from_secs(11));
    let id = world.all()[0];
    world.tell(Event::Ended(id, Exit::Signal(6)));
    assert_eq!(world.all().len(), 1, "it comes back at once again");
}

#[test]
fn a_slot_is_given_up_only_while_another_serves() {
    let mut world = well(2);
    let stays = *world.serving.first().unwrap();
    let crash = |world: &mut World| {
        for id in world.all().into_iter().filter(|id| *id != stays) {
            world.tell(Event::Ended(id, Exit::Code(1)));
        }
        // Less than a start may take.
        world.pass(Duration::from_secs(20));
    };
    (0..40).for_each(|_| crash(&mut world));
    assert_eq!(world.all(), [stays]);
    let owned = world
        .actions
        .iter()
        .any(|action| matches!(action, Action::Own { slot: 1, by: 0 }));
    assert!(owned, "its sockets have a worker");
    world.tell(Event::Ended(stays, Exit::Code(1)));
    world.pass(Duration::from_secs(60));
    assert!(!world.all().is_empty(), "the last is always tried again");
}

#[test]
fn bad_configuration_stops_all_and_its_code_is_ours() {
    let mut world = World::new(rules(2));
    let ids = world.all();
    world.tell(Event::Ended(ids[0], Exit::Code(78)));
    world.obey();
    assert_eq!(world.finished, Some(78));
    // Where others serve, they go on.
    let mut world = well(2);
    let ids = world.all();
    world.tell(Event::Ended(ids[0], Exit::Code(78)));
    world.pass(Duration::from_secs(100));
    assert_eq!(world.all(), [ids[1]]);
}

#[test]
fn a_fresh_process_comes_while_the_old_one_drains() {
    let mut world = well(1);
    let old = world.all()[0];
    world.tell(Event::Leaving(old));
    assert_eq!(world.all().len(), 2);
    world.obey();
    assert_eq!(world.all().len(), 1);
    assert!(!world.alive.contains(&old));
}

#[test]
fn recycling_goes_one_by_one() {
    let requests = Some(100);
    let limits = Limits {
        requests,
        ..Limits::default()
    };
    let mut world = World::new(Rules { limits, ..rules(3) });
    world.obey();
    let old = world.all();
    for id in &old {
        let usage = Usage {
            requests: 100,
            ..Usage::default()
        };
        world.tell(Event::Measured(*id, usage));
        assert!(world.in_state(State::Starting).len() <= 1);
    }
    for _ in 0..3 {
        let new = world.in_state(State::Starting);
        assert_eq!(new.len(), 1);
        world.tell(Event::Ready(new[0]));
        let old = world.in_state(State::Draining);
        assert_eq!(old.len(), 1);
        world.tell(Event::Ended(old[0], Exit::Code(0)));
    }
    assert!(world.in_state(State::Starting).is_empty());
    assert!(old.iter().all(|id| !world.alive.contains(id)));
}

#[test]
fn scaling_hands_sockets_on_and_takes_them_back() {
    let mut world = well(3);
    world.tell(Event::Scale(1));
    world.obey();
    assert_eq!(world.all().len(), 1);
    assert_eq!(
        world
            .supervisor
            .slots()
            .iter()
            .map(|slot| slot.owner)
            .collect::<Vec<_>>(),
        [0; 3]
    );
    world.tell(Event::Scale(3));
    world.obey();
    let owners: Vec<_> = world
        .supervisor
        .slots()
        .iter()
        .map(|slot| slot.owner)
        .collect();
    assert_eq!(owners, [0, 1, 2]);
    world.tell(Event::Scale(0));
    world.obey();
    assert_eq!(world.all().len(), 1, "never none");
}

#[test]
fn who_does_not_end_in_time_is_killed_and_the_code_says_so() {
    let mut world = well(2);
    world.tell(Event::Stop);
    assert_eq!(world.in_state(State::Draining).len(), 2);
    let id = world.all()[0];
    world.tell(Event::Ended(id, Exit::Code(0)));
    world.pass(Duration::from_secs(31));
    assert_eq!(world.in_state(State::Killed).len(), 1);
    world.obey();
    assert_eq!(world.finished, Some(1));
}

#[test]
fn before_the_end_load_balancers_have_time() {
    let pre_stop = Duration::from_secs(5);
    let mut world = World::new(Rules {
        pre_stop,
        ..rules(1)
    });
    world.obey();
    world.tell(Event::Stop);
    assert_eq!(world.serving.len(), 1);
    assert!(
        world
            .actions
            .iter()
            .any(|action| matches!(action, Action::Announce(_)))
    );
    world.pass(pre_stop);
    assert!(world.serving.is_empty());
    world.obey();
    assert_eq!(world.finished, Some(0));
}

/// One of the things that can happen; numbers choose among those alive.
#[derive(Clone, Debug)]
enum Happening {
    Obey,
    Ready(usize),
    Checked(usize, bool),
    Ends(usize, i32),
    Dies(usize),
    Leaves(usize),
    Measured(usize, u64),
    Pass(u64),
    Reload,
    Scale(usize),
    Stop,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        2 => Just(Obey),
        6 => any::<usize>().prop_map(Ready),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(who, well)| Checked(who, well)),
        3 => (any::<usize>(), prop_oneof![Just(0), Just(1), Just(70), Just(78)]).prop_map(|(who, code)| Ends(who, code)),
        2 => any::<usize>().prop_map(Dies),
        1 => any::<usize>().prop_map(Leaves),
        2 => (any::<usize>(), 0..200_u64).prop_map(|(who, requests)| Measured(who, requests)),
        4 => (0..40_000_u64).prop_map(Pass),
        2 => Just(Reload),
        2 => (0..6_usize).prop_map(Scale),
        1 => Just(Stop),
    ]
}

fn happen(world: &mut World, happening: &Happening) {
    use Happening::*;
    let alive = world.all();
    let who = |index: usize| alive.get(index % alive.len().max(1)).copied();
    let event = match *happening {
        Obey => return world.obey(),
        Pass(millis) => return world.pass(Duration::from_millis(millis)),
        Reload => Some(Event::Reload),
        Scale(workers) => Some(Event::Scale(workers)),
        Stop => Some(Event::Stop),
        Ready(index) => who(index).map(Event::Ready),
        Checked(index, true) => who(index).map(|id| Event::Checked(id, Ok(()))),
        Checked(index, false) => who(index).map(|id| Event::Checked(id, Err("ill".into()))),
        Ends(index, code) => who(index).map(|id| Event::Ended(id, Exit::Code(code))),
        Dies(index) => who(index).map(|id| Event::Ended(id, Exit::Signal(11))),
        Leaves(index) => who(index).map(Event::Leaving),
        Measured(index, requests) => who(index).map(|id| {
            Event::Measured(
                id,
                // Some have shown since that they run, some have not.
                Usage {
                    requests,
                    beat: requests % 2,
                    ..Usage::default()
                },
            )
        }),
    };
    if let Some(event) = event {
        world.tell(event);
    }
}

fn hold_to_the_rules(world: &World) {
    // Two that serve in one slot, never; successors at most one a slot.
    let mut slots: Vec<_> = world.serving.iter().map(|id| world.slots[id]).collect();
    slots.sort_unstable();
    assert!(
        slots.windows(2).all(|pair| pair[0] != pair[1]),
        "two serve in one slot"
    );
    for slot in 0..world.supervisor.slots().len() {
        let hopeful = world
            .supervisor
            .workers()
            .filter(|(_, worker)| worker.slot == slot && worker.state.is_hopeful());
        assert!(hopeful.count() <= 2, "more than one and its successor");
    }
    let known: BTreeSet<_> = world.supervisor.workers().map(|(id, _)| id).collect();
    assert_eq!(
        known, world.alive,
        "every process is known until it is reaped"
    );
}

proptest! {
    #[test]
    fn whatever_happens_the_rules_hold_and_an_end_is_an_end(
        workers in 1..5_usize,
        checks: bool,
        limited: bool,
        happenings in proptest::collection::vec(happening(), 0..80),
    ) {
        let requests = limited.then_some(150);
        let limits = Limits { requests, ..Limits::default() };
        let mut world = World::new(Rules { checks, limits, ..rules(workers) });
        for happening in &happenings {
            if world.finished.is_some() {
                break;
            }
            happen(&mut world, happening);
            hold_to_the_rules(&world);
        }
        if world.finished.is_none() {
            world.tell(Event::Stop);
            world.pass(Duration::from_secs(100));
            world.obey();
        }
        prop_assert!(world.finished.is_some());
        prop_assert!(world.alive.is_empty());
    }

    #[test]
    fn in_an_honest_world_all_come_back(
        happenings in proptest::collection::vec(happening(), 0..60),
        target in 1..5_usize,
    ) {
        let mut world = well(2);
        let harmless = |it: &&Happening| !matches!(it, Happening::Stop | Happening::Ends(_, 78));
        for happening in happenings.iter().filter(harmless) {
            happen(&mut world, happening);
        }
        if world.finished.is_none() && !world.supervisor.is_ending() {
            world.tell(Event::Scale(target));
            for _ in 0..6 {
                world.obey();
                world.pass(Duration::from_secs(60));
            }
            // Those given up come back with a new version.
            world.tell(Event::Reload);
            world.obey();
            world.pass(Duration::from_secs(60));
            world.obey();
            prop_assert_eq!(world.serving.len(), target);
        }
    }
}
