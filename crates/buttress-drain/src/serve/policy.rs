//! What to do with a connection, by what it does and for how long. Pure: it
//! knows no clock and no socket.

use std::time::Duration;
use tokio::time::Instant;

/// What a connection does, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not sent its first request, or half of a further one.
    Owing(Instant),
    /// It was answered, and may stay for another request.
    Idle(Instant),
    /// A request is in flight.
    Busy,
}

/// What serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: it waits for its first bytes.
    Parked,
    Http1 {
        can_park: bool,
        /// Whether many others have buffers, too.
        is_crowded: bool,
    },
    Http2,
}

/// How long is long enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) head: Duration,
    pub(super) keep_alive: Duration,
    pub(super) park: Duration,
    pub(super) linger: Duration,
    pub(super) first_request: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing, until something happens.
    Leave,
    /// Ask again then.
    Wait(Instant),
    /// Give back what serves it, and keep the socket.
    Park,
    /// End it in order.
    Close,
    /// End it, whatever it does.
    Drop,
}

impl Rules {
    /// `lingering` is when the drain begins, or began, to close connections;
    /// `is_closing` whether the connection was told to close.
    pub(super) fn judge(
        &self,
        kind: Kind,
        stage: Stage,
        is_closing: bool,
        lingering: Option<Instant>,
        now: Instant,
    ) -> Verdict {
        let begins = lingering.filter(|at| *at > now);
        let verdict = match lingering.filter(|at| *at <= now) {
            Some(since) => self.while_draining(kind, stage, is_closing, since, now),
            None => self.while_serving(kind, stage, is_closing, now),
        };
        match (verdict, begins) {
            (Verdict::Leave, Some(at)) => Verdict::Wait(at),
            (Verdict::Wait(until), Some(at)) => Verdict::Wait(until.min(at)),
            _ => verdict,
        }
    }

    fn while_serving(&self, kind: Kind, stage: Stage, is_closing: bool, now: Instant) -> Verdict {
        match stage {
            Stage::Busy => Verdict::Leave,
            Stage::Owing(since) => due(since + self.head, now, Verdict::Drop),
            // What was told to close still writes its last answer.
            Stage::Idle(_) if is_closing => Verdict::Leave,
            Stage::Idle(since) => {
                let verdict = due(since + self.keep_alive, now, Verdict::Close);
                match (verdict, self.parks_after(kind)) {
                    (Verdict::Wait(until), Some(idle)) => {
                        match due(since + idle, now, Verdict::Park) {
                            Verdict::Wait(park) => Verdict::Wait(until.min(park)),
                            verdict => verdict,
                        }
                    }
                    _ => verdict,
                }
            }
        }
    }

    /// How long it is idle until it is parked, if it can be.
    fn parks_after(&self, kind: Kind) -> Option<Duration> {
        match kind {
            Kind::Http1 {
                can_park: true,
                is_crowded,
            } => Some(if is_crowded {
                Duration::ZERO
            } else {
                self.park
            }),
            _ => None,
        }
    }

    fn while_draining(
        &self,
        kind: Kind,
        stage: Stage,
        is_closing: bool,
        lingering: Instant,
        now: Instant,
    ) -> Verdict {
        // GOAWAY loses no request, so it goes out at once.
        if kind == Kind::Http2 && !is_closing {
            return Verdict::Close;
        }
        match stage {
            Stage::Busy => Verdict::Leave,
            Stage::Owing(since) => {
                let until = since.max(lingering) + self.first_request;
                due(until.min(since + self.head), now, Verdict::Drop)
            }
            Stage::Idle(since) if kind == Kind::Http2 => due(
                since.max(lingering) + self.first_request,
                now,
                Verdict::Drop,
            ),
            Stage::Idle(_) if is_closing => Verdict::Leave,
            Stage::Idle(since) => due(since.max(lingering) + self.linger, now, Verdict::Close),
        }
    }
}

fn due(at: Instant, now: Instant, verdict: Verdict) -> Verdict {
    if now >= at {
        verdict
    } else {
        Verdict::Wait(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        head: Duration::from_secs(30),
        keep_alive: Duration::from_secs(75),
        park: Duration::from_millis(100),
        linger: Duration::from_secs(1),
        first_request: Duration::from_secs(3),
    };
    const SERVED: Kind = http1(true, false);

    const fn http1(can_park: bool, is_crowded: bool) -> Kind {
        Kind::Http1 {
            can_park,
            is_crowded,
        }
    }

    fn kind() -> impl Strategy<Value = Kind> {
        let http1 = any::<(bool, bool)>().prop_map(|(can, is)| http1(can, is));
        prop_oneof![Just(Kind::Parked), Just(Kind::Http2), http1]
    }

    /// What it does, and since how many milliseconds.
    fn stage() -> impl Strategy<Value = Option<(bool, u64)>> {
        proptest::option::of((any::<bool>(), 0..200_000u64))
    }

    fn at(begin: Instant, stage: Option<(bool, u64)>) -> Stage {
        let at = |millis| begin + Duration::from_millis(millis);
        match stage {
            Some((true, since)) => Stage::Owing(at(since)),
            Some((false, since)) => Stage::Idle(at(since)),
            None => Stage::Busy,
        }
    }

    #[test]
    fn an_idle_connection_is_parked_soon_and_in_a_crowd_at_once() {
        let since = Instant::now();
        let judge = |kind, now| RULES.judge(kind, Stage::Idle(since), false, None, now);
        let soon = since + RULES.park;
        assert_eq!(judge(SERVED, since), Verdict::Wait(soon));
        assert_eq!(judge(SERVED, soon), Verdict::Park);
        assert_eq!(judge(http1(true, true), since), Verdict::Park);
        // What is left of an exchange must stay where it is.
        let keep_alive = Verdict::Wait(since + RULES.keep_alive);
        assert_eq!(judge(http1(false, true), soon), keep_alive);
        assert_eq!(judge(Kind::Parked, soon), keep_alive);
    }

    #[test]
    fn goaway_goes_out_as_soon_as_the_drain_lingers() {
        let now = Instant::now();
        let judge = |is_closing, lingering| {
            RULES.judge(Kind::Http2, Stage::Busy, is_closing, lingering, now)
        };
        assert_eq!(judge(false, None), Verdict::Leave);
        let later = now + Duration::from_secs(1);
        assert_eq!(judge(false, Some(later)), Verdict::Wait(later));
        assert_eq!(judge(false, Some(now)), Verdict::Close);
        assert_eq!(judge(true, Some(now)), Verdict::Leave);
    }

    proptest! {
        /// The task would run for ever if it were told to wait until now.
        #[test]
        fn who_waits_waits_for_a_time_to_come(
            kind in kind(),
            stage in stage(),
            is_closing: bool,
            lingering in proptest::option::of(0..200_000u64),
            now in 0..400_000u64,
        ) {
            let begin = Instant::now();
            let after = |millis| begin + Duration::from_millis(millis);
            let (lingering, now) = (lingering.map(after), after(now));
            let verdict = RULES.judge(kind, at(begin, stage), is_closing, lingering, now);
            if let Verdict::Wait(until) = verdict {
                prop_assert!(until > now, "{verdict:?}");
            }
        }

        /// Whatever it does: a connection without a request in flight does not
        /// outlive the windows, and nothing that has one is touched.
        #[test]
        fn only_requests_in_flight_hold_up_the_end(
            kind in kind(),
            stage in stage(),
            is_closing: bool,
            lingering in 0..200_000u64,
        ) {
            let begin = Instant::now();
            let lingering = begin + Duration::from_millis(lingering);
            let since = begin + Duration::from_millis(stage.map_or(0, |(_, since)| since));
            let stage = at(begin, stage);
            let over = lingering.max(since) + RULES.linger.max(RULES.first_request);
            let verdict = RULES.judge(kind, stage, is_closing, Some(lingering), over);
            let ends = matches!(verdict, Verdict::Close | Verdict::Drop);
            let is_idle = matches!(stage, Stage::Idle(_));
            if stage == Stage::Busy && (kind != Kind::Http2 || is_closing) {
                prop_assert_eq!(verdict, Verdict::Leave);
            } else if is_idle && kind != Kind::Http2 && is_closing {
                // It writes its last answer, and hyper ends it.
                prop_assert_eq!(verdict, Verdict::Leave);
            } else {
                prop_assert!(ends, "{verdict:?}");
            }
        }
    }
}
