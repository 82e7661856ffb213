//! The watchdog: one thread for the process, which looks at the slots of all
//! workers every few milliseconds, and sleeps while nothing is polled.

use super::{
    Seen, Slot, Thread, all,
    classify::{Times, Verdict, judge},
};
use crate::{
    Kind,
    detector::{self, Detector},
    kind::Kinds,
    label::Label,
    reporter::{self, Stall},
    sample::{self, Sample},
};
use std::{
    collections::HashMap,
    ptr,
    sync::{
        Arc, OnceLock,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread,
    time::{Duration, Instant},
};

/// How often it looks.
const TICK: Duration = Duration::from_millis(5);
/// After so many looks at nothing it parks.
const QUIET: u32 = 40;
/// Parked, it still looks so often, for a worker may begin a poll in the very
/// moment in which it lies down. Then it notices later by this.
const PARKED: Duration = Duration::from_millis(100);
/// A poll that goes on for so long is reported before it ends, if ever it does.
const ONGOING: Duration = Duration::from_secs(1);
/// So long if it computes, and has had no CPU yet to be seen on.
const UNSEEN: Duration = Duration::from_secs(10);
/// So often it waits for a thread that has not run while its stack was copied; one that
/// goes from call to call quicker than that is reported with a stack that is inferred.
const TAKES: u32 = 4;

static DOG: OnceLock<Option<thread::Thread>> = OnceLock::new();
static IS_PARKED: AtomicBool = AtomicBool::new(false);
/// How often it has looked.
static ROUNDS: AtomicU64 = AtomicU64::new(0);

/// Starts it, if it does not run yet.
pub(crate) fn start() {
    DOG.get_or_init(|| {
        let thread = thread::Builder::new().name("sync-io-watchdog".to_owned());
        match thread.spawn(|| Dog::default().run()) {
            Ok(handle) => Some(handle.thread().clone()),
            Err(error) => {
                tracing::warn!(%error, "cannot start the watchdog: blocked workers go unseen");
                None
            }
        }
    });
}

/// Wakes it, if it is parked: called at the beginning of each poll.
#[inline]
pub(crate) fn wake() {
    if IS_PARKED.load(Relaxed) {
        unpark();
    }
}

/// Waits until it has looked at all workers once more, for `limit` at most.
pub(crate) fn looked(limit: Duration) -> bool {
    let Some(Some(_)) = DOG.get() else {
        return true;
    };
    let (began, before) = (Instant::now(), ROUNDS.load(SeqCst));
    // One that had begun does not count.
    while ROUNDS.load(SeqCst) < before + 2 {
        if began.elapsed() >= limit {
            return false;
        }
        unpark();
        thread::sleep(Duration::from_millis(1));
    }
    true
}

#[cold]
fn unpark() {
    IS_PARKED.store(false, Relaxed);
    if let Some(Some(dog)) = DOG.get() {
        dog.unpark();
    }
}

#[derive(Default)]
struct Dog {
    /// By the address of the slot, which never changes.
    polls: HashMap<usize, Poll>,
}

/// A poll that is going on.
struct Poll {
    sequence: u64,
    /// When it was seen first.
    since: Instant,
    /// When it was seen again, and what the thread had used by then. Most polls
    /// are over before that, and cost no look into `/proc`.
    baseline: Option<Baseline>,
    /// How often its stack was asked for.
    takes: u32,
    stuck: Option<Stuck>,
}

/// What the exact tier took, and the way of a signal to it and back, which it cannot
/// measure: that was 4 % of it in a debug build, so twice as much is left out.
fn with_the_way(ours: Duration) -> Duration {
    ours + ours / 12
}

/// What everything later is measured from.
#[derive(Clone, Copy)]
struct Baseline {
    since: Instant,
    used: Option<Times>,
    /// What the exact tier had taken of the worker's time.
    ours: Duration,
}

struct Stuck {
    detector: &'static Detector,
    thread: Thread,
    label: Label,
    kind: Kind,
    sample: Sample,
    used: Option<Times>,
    is_reported: bool,
}

impl Dog {
    fn run(mut self) {
        sample::say_what_is_hidden();
        let (mut quiet, mut last) = (0, Instant::now());
        loop {
            let now = Instant::now();
            self.forgive(now.saturating_duration_since(last));
            let slots = all();
            let active = slots.iter().filter(|slot| self.look(slot, now)).count();
            ROUNDS.fetch_add(1, SeqCst);
            quiet = if active == 0 { quiet + 1 } else { 0 };
            last = Instant::now();
            if quiet > QUIET {
                IS_PARKED.store(true, Relaxed);
                thread::park_timeout(PARKED);
                IS_PARKED.store(false, Relaxed);
                last = Instant::now();
            } else {
                thread::sleep(TICK);
            }
        }
    }

    /// When this thread itself came too late, the host had no CPU to give, or
    /// was asleep. Where the system does not tell what each thread had of it,
    /// that time counts for nobody.
    fn forgive(&mut self, since_last: Duration) {
        let late = since_last.saturating_sub(2 * TICK);
        if late < TICK {
            return;
        }
        for poll in self.polls.values_mut() {
            if let Some(Baseline {
                since, used: None, ..
            }) = &mut poll.baseline
            {
                *since += late;
            }
        }
    }

    /// Looks at one worker; whether it polls.
    fn look(&mut self, slot: &'static Slot, now: Instant) -> bool {
        let key = ptr::from_ref(slot).addr();
        let seen = slot.look();
        let is_same = match (&seen, self.polls.get(&key)) {
            (Some(seen), Some(poll)) => seen.sequence == poll.sequence,
            _ => false,
        };
        if !is_same {
            if let Some(poll) = self.polls.remove(&key) {
                poll.end(slot, now);
            }
            if let Some(seen) = &seen {
                self.polls.insert(key, Poll::new(seen.sequence, now));
            }
            return seen.is_some();
        }
        if let (Some(seen), Some(poll)) = (seen, self.polls.get_mut(&key)) {
            poll.go_on(slot, now, &seen);
        }
        true
    }
}

impl Poll {
    fn new(sequence: u64, since: Instant) -> Self {
        Self {
            sequence,
            since,
            baseline: None,
            takes: 0,
            stuck: None,
        }
    }

    fn go_on(&mut self, slot: &Slot, now: Instant, seen: &Seen) {
        if let Some(stuck) = &mut self.stuck {
            stuck.sample.look_again(|| slot.is_still(self.sequence));
            let wall = now.saturating_duration_since(self.since);
            let limit = if stuck.sample.is_unseen() {
                UNSEEN
            } else {
                ONGOING
            };
            if wall >= limit && !stuck.is_reported {
                stuck.is_reported = true;
                stuck.report(wall, true);
            }
            return;
        }
        let Some(baseline) = self.baseline else {
            let thread = slot.thread();
            self.baseline = Some(Baseline {
                since: now,
                used: thread.and_then(|thread| sample::times(&thread)),
                ours: slot.ours(),
            });
            return;
        };
        self.stuck = self.judge(slot, now, baseline, seen);
    }

    fn judge(
        &mut self,
        slot: &Slot,
        now: Instant,
        baseline: Baseline,
        seen: &Seen,
    ) -> Option<Stuck> {
        let detector = detector::find(seen.detector)?;
        let budget = detector.config.budget;
        // A stack for each call takes long where nothing was optimised: our time, not
        // the poll's.
        let ours = with_the_way(slot.ours().saturating_sub(baseline.ours));
        let wall = now
            .saturating_duration_since(baseline.since)
            .saturating_sub(ours);
        if wall < budget {
            return None;
        }
        let thread = slot.thread()?;
        let moment = sample::look(&thread);
        let used = baseline.used;
        let used = used.and_then(|then| Some(moment.used?.since(then).without(ours)));
        let Verdict::Stuck(kind) = judge(moment.doing, wall, used, budget) else {
            return None;
        };
        slot.notice(self.sequence);
        // What was read may be of the next poll already.
        let is_still = || slot.is_still(self.sequence);
        let may_have_run = self.takes >= TAKES;
        self.takes += 1;
        let sample = sample::take(slot, &thread, &moment, may_have_run, is_still)?;
        let kind = sample::refine(kind, &sample);
        let allowed = Kinds::from_bits(seen.kinds);
        if allowed.union(detector.config.allowed).contains(kind) {
            return None;
        }
        Some(Stuck {
            detector,
            thread,
            label: seen.label,
            kind,
            sample,
            used,
            is_reported: false,
        })
    }

    fn end(self, slot: &Slot, now: Instant) {
        let Some(mut stuck) = self.stuck else {
            return;
        };
        if !stuck.is_reported {
            let end = slot.end_of(self.sequence).unwrap_or(now);
            stuck.report(end.saturating_duration_since(self.since), false);
        }
    }
}

impl Stuck {
    /// Once, for what was copied goes with it.
    fn report(&mut self, elapsed: Duration, ongoing: bool) {
        reporter::stalled(Stall {
            detector: self.detector,
            label: self.label,
            worker: Arc::clone(&self.thread.name),
            kind: self.kind,
            call: self.sample.call,
            target: self.sample.target.clone(),
            trace: self.sample.trace.take(),
            elapsed,
            cpu: self.used.map(|used| used.cpu),
            run_queue: self.used.map(|used| used.run_queue),
            ongoing,
        });
    }
}
