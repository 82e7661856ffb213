//! Workers that hang, and what is counted of those that are ended by force.

use super::world::World;
use super::{Rules, rules, well};
use crate::policy::{Event, Exit, Id, Report, State, Usage};
use std::time::Duration;

/// Looks at a worker once a second, which shows a sign of life each time, or none.
fn look(world: &mut World, id: Id, seconds: u64, is_alive: bool) {
    let beat = |world: &World| {
        let mut workers = world.supervisor.workers();
        let worker = workers.find(|(it, _)| *it == id);
        worker.map_or(0, |(_, worker)| worker.usage.beat)
    };
    for _ in 0..seconds {
        world.pass(Duration::from_secs(1));
        let beat = beat(world) + u64::from(is_alive);
        let usage = Usage {
            beat,
            ..Usage::default()
        };
        world.tell(Event::Measured(id, usage));
    }
}

#[test]
fn who_hangs_is_aborted_then_killed_and_replaced_at_once_even_if_alone() {
    let mut world = well(1);
    let id = world.all()[0];
    look(&mut world, id, 100, true);
    look(&mut world, id, 29, false);
    assert_eq!(world.all(), [id], "it still has time");
    look(&mut world, id, 1, true);
    look(&mut world, id, 29, false);
    assert_eq!(world.all(), [id], "a sign of life begins it anew");
    look(&mut world, id, 1, false);
    assert_eq!(world.in_state(State::Aborted), [id]);
    let new = world.in_state(State::Starting);
    assert_eq!(new.len(), 1, "its successor does not wait for its end");
    world.tell(Event::Ready(new[0]));
    world.pass(Duration::from_secs(5));
    assert_eq!(world.in_state(State::Killed), [id]);
    world.tell(Event::Ended(id, Exit::Signal(9)));
    assert_eq!(world.all(), new, "its end is not counted twice");
    assert_eq!(world.supervisor.slots()[0].restarts, 1);
    let said = world.reports().iter().any(|report| {
        matches!(report, Report::Ended { .. }) && report.to_string().contains("no sign of life")
    });
    assert!(said, "{:?}", world.reports());
}

#[test]
fn if_all_stood_still_nobody_hangs_and_without_a_bound_nobody_ever_does() {
    let mut world = well(1);
    let id = world.all()[0];
    // A container that was frozen for an hour: the looks stood still as well.
    world.pass(Duration::from_secs(3600));
    world.tell(Event::Measured(id, Usage::default()));
    assert_eq!(world.in_state(State::Serving), [id]);
    let hang_timeout = None;
    let mut world = World::new(Rules {
        hang_timeout,
        ..rules(1)
    });
    world.obey();
    let id = world.all()[0];
    look(&mut world, id, 1000, false);
    assert_eq!(world.in_state(State::Serving), [id]);
}

#[test]
fn one_that_leaves_and_is_killed_is_counted_once() {
    let mut world = well(1);
    let id = world.all()[0];
    world.tell(Event::Leaving(id));
    let new = world.in_state(State::Starting);
    world.tell(Event::Ready(new[0]));
    world.pass(Duration::from_secs(30));
    assert_eq!(world.in_state(State::Killed), [id]);
    world.tell(Event::Ended(id, Exit::Signal(9)));
    assert_eq!(world.supervisor.slots()[0].restarts, 1);
}
