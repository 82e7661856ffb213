//! A request on its way: attempt after attempt, as far as that is allowed.

use crate::{
    Classify, Key, Refusal, RequestBody, ResponseBody, Verdict,
    attempt::{Attempted, attempt},
    choose::Chosen,
    hedge::race,
    request_body::Stock,
    retry::is_idempotent,
    state::State,
    sticky::Affinity,
};
use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body;
use std::{sync::Arc, time::Duration};
use tower_service::Service;

/// What is kept of a request between attempts.
struct Drive<K, S, C, B: Body<Data = Bytes>> {
    state: Arc<State<K, S, C>>,
    head: Parts,
    stock: Stock<B>,
    affinity: Affinity,
    /// The endpoints that it was sent to.
    tried: Vec<u64>,
    /// Those that were not ready, as long as there may be others.
    busy: Vec<u64>,
    attempts: u32,
}

/// What to do after an attempt.
enum Next<T> {
    Done(T),
    Again,
}

/// Sends a request to endpoints until one answers, or until there is no more to do.
pub(crate) async fn drive<K, S, C, B, R>(
    state: Arc<State<K, S, C>>,
    request: Request<B>,
) -> Result<Response<ResponseBody<R>>, S::Error>
where
    K: Key,
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
    C: Classify<S::Error>,
    B: Body<Data = Bytes>,
    R: Body,
{
    let mut drive = Drive::new(state, request);
    loop {
        let Some(body) = drive.stock.take() else {
            // It was whole before the first attempt, and after each that led here.
            return Ok(Refusal::Unreachable.response(0));
        };
        let (chosen, patience) = match drive.choose() {
            Ok(chosen) => chosen,
            Err((refusal, retry_after)) => return Ok(refusal.response(retry_after)),
        };
        let id = chosen.endpoint.id;
        let tag = chosen.endpoint.tags.first().cloned();
        let attempted = drive.send(chosen, body, patience).await;
        match drive.next(id, attempted) {
            Next::Done(Ok(mut response)) => {
                drive.tell(tag.as_deref(), &mut response);
                return Ok(response);
            }
            Next::Done(Err(error)) => return Err(error),
            Next::Again => {}
        }
    }
}

impl<K: Key, S: Clone, C, B: Body<Data = Bytes>> Drive<K, S, C, B> {
    fn new(state: Arc<State<K, S, C>>, request: Request<B>) -> Self {
        let (head, body) = request.into_parts();
        let room = match is_idempotent(&head.method) {
            true => state.settings.retry.replay,
            false => 0,
        };
        let sticky = state.settings.sticky.as_ref();
        state.budget.deposit();
        Self {
            affinity: sticky.map(|sticky| sticky.read(&head)).unwrap_or_default(),
            stock: Stock::new(body, room),
            tried: Vec::new(),
            busy: Vec::new(),
            attempts: 0,
            head,
            state,
        }
    }

    /// The next endpoint, and how long to wait for it. Those that are not ready are
    /// waited for when there is no other.
    fn choose(&mut self) -> Result<(Chosen<K, S>, Duration), (Refusal, u64)> {
        let without: Vec<u64> = [&self.tried[..], &self.busy[..]].concat();
        let chosen = self.state.choose(&without, &self.affinity);
        let is_last = !self.busy.is_empty();
        match chosen {
            Ok(chosen) => Ok((chosen, Duration::ZERO)),
            Err(_) if is_last => {
                let chosen = self.state.choose(&self.tried, &self.affinity)?;
                Ok((chosen, self.state.settings.patience))
            }
            // All were tried in vain.
            Err((Refusal::NoEndpoint, wait)) if !self.tried.is_empty() => {
                Err((Refusal::Unreachable, wait.min(1_000_000_000)))
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn request(&self, body: RequestBody<B>) -> Request<RequestBody<B>> {
        Request::from_parts(self.head.clone(), body)
    }

    /// Whether a request may go elsewhere after this.
    fn may_repeat(&mut self, verdict: Verdict) -> bool {
        let is_harmless = match verdict {
            Verdict::Unsent => true,
            Verdict::Broken => is_idempotent(&self.head.method),
            Verdict::Good | Verdict::Failed | Verdict::Neutral => false,
        };
        let state = &self.state;
        is_harmless
            && self.attempts < state.settings.retry.attempts
            && state.budget.withdraw(state.clock.now())
    }

    fn next<R, E>(
        &mut self,
        id: u64,
        attempted: Attempted<R, E>,
    ) -> Next<Result<Response<ResponseBody<R>>, E>> {
        let Some(verdict) = attempted.verdict() else {
            return self.next_if_busy(id);
        };
        self.tried.push(id);
        self.attempts += 1;
        // The budget last, which is charged by being asked.
        if self.stock.is_whole() && self.has_other() && self.may_repeat(verdict) {
            return Next::Again;
        }
        Next::Done(match attempted {
            Attempted::Answered(response, _) => Ok(response),
            // Nothing was sent, so it is the balancer's to say that there is nobody.
            Attempted::Failed(_, Verdict::Unsent) => Ok(Refusal::Unreachable.response(0)),
            Attempted::Failed(error, _) => Err(error),
            Attempted::Busy => Ok(Refusal::Overloaded.response(0)),
        })
    }

    fn next_if_busy<R, E>(&mut self, id: u64) -> Next<Result<Response<ResponseBody<R>>, E>> {
        if self.busy.contains(&id) {
            return Next::Done(Ok(Refusal::Overloaded.response(0)));
        }
        self.busy.push(id);
        Next::Again
    }

    /// Whether there is an endpoint that it was not sent to.
    fn has_other(&self) -> bool {
        let snapshot = self.state.snapshot.load();
        let all = snapshot.ready.iter().chain(&snapshot.trials);
        all.into_iter().any(|it| !self.tried.contains(&it.id))
    }

    /// Gives the client a cookie with the tag of its endpoint, if it has no such.
    fn tell<R>(&self, tag: Option<&str>, response: &mut Response<R>) {
        let has_it = self.affinity.tag.as_deref() == tag;
        if let (Some(sticky), Some(tag), false) = (&self.state.settings.sticky, tag, has_it) {
            sticky.tell(tag, response.headers_mut());
        }
    }

    async fn send<R>(
        &mut self,
        chosen: Chosen<K, S>,
        body: RequestBody<B>,
        patience: Duration,
    ) -> Attempted<R, S::Error>
    where
        S: Service<Request<RequestBody<B>>, Response = Response<R>>,
        C: Classify<S::Error>,
        R: Body,
    {
        let hedge = self.state.settings.hedge;
        let hedge = hedge.filter(|_| self.stock.is_empty() && self.head.method.is_safe());
        let first = chosen.endpoint.id;
        let sent = attempt(
            Arc::clone(&self.state),
            chosen,
            self.request(body),
            patience,
        );
        let Some(hedge) = hedge else {
            return sent.await;
        };
        let second = || {
            let state = &self.state;
            if !state.budget.withdraw(state.clock.now()) {
                return None;
            }
            let body = self.stock.take()?;
            let without = [&self.tried[..], &[first]].concat();
            // The last, since what is chosen has to be tried.
            let chosen = state.choose(&without, &self.affinity).ok()?;
            let request = self.request(body);
            Some(attempt(Arc::clone(state), chosen, request, patience))
        };
        race(sent, hedge.after, second, Attempted::is_good).await
    }
}
