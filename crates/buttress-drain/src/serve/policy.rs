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
