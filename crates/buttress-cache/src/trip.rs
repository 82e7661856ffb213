//! A request's way to the origin, alone or with others.

use crate::{
    Entry, Key, Lookup, ResponseBody,
    flight::{Landing, Lead, Part, Turn},
    origin::{Origin, OriginBody},
    policy::{self, CacheStatus, ForwardReason, Payload, RequestTerms},
    sent::Sent,
    serve::Verdict,
    shared::Shared,
};
use http::{Request, Response};
use http_body::Body;
use std::{
    fmt::Write,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Poll, ready},
};
use tokio::runtime::Handle;

/// A request, and the service that was ready for it.
pub(crate) struct Trip<S, ReqBody> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) inner: S,
    pub(crate) request: Request<ReqBody>,
    pub(crate) key: Key,
    pub(crate) terms: RequestTerms,
    /// Which flights had ended when the store was asked elsewhere, if it was.
    pub(crate) asked: Option<u64>,
}

type Answer<B, E> = Result<Response<ResponseBody<B>>, E>;

/// What following somebody came to.
enum Followed<B> {
    Answer(Response<ResponseBody<B>>),
    /// It brings another variant; others of this one's may share this key.
    Other(Key),
    /// Its body has gone before it could be joined.
    Gone,
    /// It is of no use to others.
    Apart,
}

impl<S, ReqBody> Trip<S, ReqBody> {
    /// A request goes along with others at most so many times.
    const FLIGHTS: usize = 4;

    /// Answers with what is stale, and refreshes it meanwhile, unless somebody
    /// does already.
    pub(crate) fn refresh<B>(self, entry: Arc<Entry>, runtime: Handle) -> Response<ResponseBody<B>>
    where
        S: Origin<ReqBody, B>,
        ReqBody: Send + 'static,
        B: OriginBody,
    {
        let now = self.shared.settings.clock.now();
        let (shared, key) = (self.shared.clone(), self.key.clone());
        let asked = (&self.terms, self.request.headers());
        let response = shared.stale(&entry, key.as_str(), asked, now);
        // The answer to a HEAD would not refresh it.
        if self.terms.is_head() {
            return response;
        }
        let Some(lead) = shared.state.flights.lead(&key) else {
            return response;
        };
        if let Some(place) = shared.state.background.place(runtime) {
            let limit = shared.settings.refresh_limit;
            place.run(limit, async move {
                let refreshed = self.go(Some(lead), Some(entry), ForwardReason::Stale);
                if let Ok(response) = refreshed.await {
                    read_to_the_end(response.into_body()).await;
                }
            });
        }
        response
    }

    /// Asks the store, which could not say at once, and goes on.
    pub(crate) async fn ask<B>(mut self) -> Answer<B, S::Error>
    where
        S: Origin<ReqBody, B>,
        ReqBody: Send + 'static,
        B: OriginBody,
    {
        // Before it looks: what ends from now on may be missed.
        self.asked = Some(self.shared.state.flights.ended(&self.key));
        let found = self.look_elsewhere().await;
        let now = self.shared.settings.clock.now();
        let verdict = self.shared.decide(&self.terms, found, now);
        self.go_on(verdict).await
    }

    fn look_elsewhere(&self) -> impl Future<Output = Lookup> + Send + use<S, ReqBody> {
        let wanted = self.shared.wanted(&self.key, self.request.headers());
        let asked = self.shared.state.store.ask(wanted.into_owned());
        async { asked.await.map_or(Lookup::Ask, Lookup::Hit) }
    }

    /// Does what was decided.
    pub(crate) async fn go_on<B>(self, verdict: Verdict) -> Answer<B, S::Error>
    where
        S: Origin<ReqBody, B>,
        ReqBody: Send + 'static,
        B: OriginBody,
    {
        let (stored, reason) = match verdict {
            Verdict::Go(stored, reason) => (stored, reason),
            Verdict::Serve(entry) => return Ok(self.hit(&entry)),
            Verdict::GatewayTimeout => return Ok(self.shared.gateway_timeout()),
            Verdict::Refresh(entry) => match Handle::try_current() {
                Ok(runtime) => return Ok(self.refresh(entry, runtime)),
                // Without a runtime there is no background.
                Err(_) => (Some(entry), ForwardReason::Stale),
            },
        };
        if self.goes_alone(stored.as_ref(), reason) {
            return self.go(None, stored, reason).await;
        }
        self.fly(stored, reason).await
    }

    /// Whether what the origin answers to this request would not do for others,
    /// or what it answers to others not for this one.
    pub(crate) fn goes_alone(&self, stored: Option<&Arc<Entry>>, reason: ForwardReason) -> bool {
        let terms = &self.terms;
        let is_forwarded_as_it_is =
            stored.is_none() && (terms.is_conditional() || terms.has_range());
        is_forwarded_as_it_is
            || terms.is_head()
            || terms.directives().no_store
            || terms.directives().no_cache
            || reason == ForwardReason::Request
            || {
                let now = self.shared.settings.clock.now();
                let hash = self.key.short_hash();
                self.shared.state.marks.find(hash, now).is_some()
            }
    }

    /// Goes with others: one of them asks the origin.
    async fn fly<B>(self, stored: Option<Arc<Entry>>, reason: ForwardReason) -> Answer<B, S::Error>
    where
        S: Origin<ReqBody, B>,
        ReqBody: Send + 'static,
        B: OriginBody,
    {
        let mut key = self.key.clone();
        for _ in 0..Self::FLIGHTS {
            let turn = match self.shared.state.flights.join(&key) {
                Part::Leads(lead) => Turn::Leads(lead),
                Part::Follows(follow) => follow.await,
                Part::TooMany => break,
            };
            match turn {
                Turn::Leads(lead) => return self.lead(lead, stored, reason).await,
                Turn::Landed(landing) => match self.follow(&landing) {
                    Followed::Answer(response) => return Ok(response),
                    Followed::Other(other) => key = other,
                    Followed::Gone => {}
                    Followed::Apart => break,
                },
            }
        }
        self.go(None, stored, reason).await
    }

    async fn lead<B>(
        self,
        lead: Lead,
        stored: Option<Arc<Entry>>,
        reason: ForwardReason,
    ) -> Answer<B, S::Error>
    where
        S: Origin<ReqBody, B>,
        ReqBody: Send + 'static,
        B: OriginBody,
    {
        // Another flight may have ended since this request looked. To ask elsewhere
        // takes a trip, so that is done again only if one has.
        let found = match self.shared.lookup(&self.key, self.request.headers()) {
            Lookup::Ask if self.asked != Some(self.shared.state.flights.ended(&self.key)) => {
                self.look_elsewhere().await
            }
            found => found,
        };
        let now = self.shared.settings.clock.now();
        if let Verdict::Serve(entry) = self.shared.decide(&self.terms, found, now) {
            lead.land(entry.clone());
            return Ok(self.hit(&entry));
        }
        self.go(Some(lead), stored, reason).await
    }

    /// Takes what another request has got, if it will do for this one.
    fn follow<B>(&self, landing: &Landing) -> Followed<B> {
        let head = match landing {
            Landing::Apart => return Followed::Apart,
            Landing::Filling(head, _) => head,
            Landing::Whole(entry) => entry.head(),
        };
        let wanted = self.shared.wanted(&self.key, self.request.headers());
        if !wanted.accepts(head) {
            let vary_by = &self.shared.settings.vary_by;
            let variant = vary_by.variant(head.vary(), self.request.headers());
            let Some(variant) = variant else {
                return Followed::Apart;
            };
            let mut text = format!("{}\n", self.key);
            for byte in variant.as_bytes() {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
            return Followed::Other(Key::new(text));
        }
        let response = match landing {
            Landing::Whole(entry) => self.take_whole(entry),
            Landing::Filling(head, fill) => {
                let Some(reader) = fill.join() else {
                    return Followed::Gone;
                };
                let now = self.shared.settings.clock.now();
                let headers = self.request.headers();
                let answer = policy::answer(&self.terms, headers, head.metadata(), None, now);
                let body = match answer.payload {
                    Payload::Whole => ResponseBody::shared(reader),
                    _ => ResponseBody::empty(),
                };
                let mut response = Response::new(body);
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                Some(response)
            }
            Landing::Apart => None,
        };
        match response {
            Some(response) => Followed::Answer(self.collapsed(response)),
            None => Followed::Apart,
        }
    }

    /// From what was stored: fresh, or stale because the origin has failed.
    fn take_whole<B>(&self, entry: &Arc<Entry>) -> Option<Response<ResponseBody<B>>> {
        let shared = &self.shared;
        let now = shared.settings.clock.now();
        let found = Lookup::Hit(entry.clone());
        let may_be_served = match shared.decide(&self.terms, found, now) {
            Verdict::Serve(_) | Verdict::Refresh(_) => true,
            Verdict::Go(..) | Verdict::GatewayTimeout => {
                let freshness = &entry.head().metadata().freshness;
                let policy = &shared.settings.policy;
                policy.on_error(&self.terms, freshness, now).is_some()
            }
        };
        may_be_served.then(|| shared.serve(entry, (&self.terms, self.request.headers()), now))
    }

    fn collapsed<B>(&self, mut response: Response<ResponseBody<B>>) -> Response<ResponseBody<B>> {
        self.shared.state.counters.coalesced.one();
        tracing::debug!(key = %self.key, "answered with what another request brought");
        self.shared.settings.reporter.say(
            response.headers_mut(),
            || CacheStatus::forward(ForwardReason::Miss).collapsed(),
            |said| said.key(self.key.as_str()),
        );
        response
    }

    fn hit<B>(&self, entry: &Entry) -> Response<ResponseBody<B>> {
        let now = self.shared.settings.clock.now();
        let asked = (&self.terms, self.request.headers());
        self.shared.hit(entry, self.key.as_str(), asked, now)
    }

    /// Asks the origin.
    pub(crate) async fn go<B>(
        mut self,
        lead: Option<Lead>,
        stored: Option<Arc<Entry>>,
        reason: ForwardReason,
    ) -> Answer<B, S::Error>
    where
        S: Origin<ReqBody, B>,
        B: OriginBody,
    {
        let sent = Sent::new(
            self.shared,
            (self.key, self.terms),
            (lead, stored, reason),
            &mut self.request,
        );
        match self.inner.call(self.request).await {
            Ok(response) => Ok(sent.received(response)),
            Err(error) => sent.failed().ok_or(error),
        }
    }
}

/// Reads what is being stored, for nobody but the store.
async fn read_to_the_end<B>(body: ResponseBody<B>)
where
    B: OriginBody,
{
    /// So that a body which always has more keeps no worker to itself.
    const FRAMES: usize = 32;
    let mut body = pin!(body);
    poll_fn(|cx| {
        for _ in 0..FRAMES {
            // Where it turns out to be too large there is no use in reading on.
            if !body.is_recorded() {
                return Poll::Ready(());
            }
            match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
