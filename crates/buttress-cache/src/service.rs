use crate::{
    BoxError, Key, Lookup, ResponseBody, ResponseFuture,
    after::After,
    keyer::NoKey,
    origin::{Origin, OriginBody},
    policy::{Disposition, ForwardReason, RequestTerms, Timestamp},
    serve::Verdict,
    shared::Shared,
    trip::Trip,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header::CONTENT_TYPE, request::Parts};
use http_body::Body;
use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::runtime::Handle;
use tower_service::Service;

/// Answers from the cache what it can, and asks the service inside for the rest.
///
/// Made by [`CacheLayer`](crate::CacheLayer). See the [crate docs](crate).
#[derive(Clone)]
pub struct Cached<S> {
    inner: S,
    shared: Option<Arc<Shared>>,
}

impl<S> Cached<S> {
    pub(crate) fn new(inner: S, shared: Option<Arc<Shared>>) -> Self {
        Self { inner, shared }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Takes the layer off again.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Cached<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    ReqBody: Body + Send + 'static,
    ResBody: Body<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResBody, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Some(shared) = &self.shared else {
            return ResponseFuture::passed(self.inner.call(request), None);
        };
        if shared.state.is_around(request.extensions()) {
            return ResponseFuture::passed(self.inner.call(request), None);
        }
        let (parts, body) = request.into_parts();
        let terms = shared
            .settings
            .policy
            .request(&parts.method, &parts.headers);
        match admit(shared, &parts, &body, &terms) {
            Ok((key, now)) => self.look_up((parts, body), terms, key, now),
            Err(after) => {
                let request = Request::from_parts(parts, body);
                ResponseFuture::passed(self.inner.call(request), Some(after))
            }
        }
    }
}

/// The key of a request and the time, or what is left to do with one that the cache
/// keeps out of.
fn admit<B: Body>(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: &B,
    terms: &RequestTerms,
) -> Result<(Key, Timestamp), After> {
    let settings = &shared.settings;
    let passes = |reason, detail| Err(After::passing(shared.clone(), reason, detail));
    match terms.disposition() {
        Disposition::Cache => {}
        _ if is_tunnel(parts) => return Err(After::tunnel(shared.clone())),
        Disposition::Unsafe => return Err(After::invalidating(shared.clone(), *terms, parts)),
        _ => return passes(ForwardReason::Method, None),
    }
    if settings.bypass.as_ref().is_some_and(|bypass| bypass(parts)) {
        return passes(ForwardReason::Bypass, None);
    }
    if !body.is_end_stream() {
        return passes(ForwardReason::Bypass, Some("request-body"));
    }
    if terms.loses_fields {
        return passes(ForwardReason::Bypass, Some("connection"));
    }
    if let Some(refused) = settings.guard.finds(terms, &parts.headers) {
        tracing::debug!(field = %refused, "a request field keeps the cache out");
        return passes(ForwardReason::Bypass, Some("unkeyed-field"));
    }
    let now = settings.clock.now();
    let key = match settings.keyer.usual(parts) {
        Some(usual) => {
            let hash = usual.hash();
            if let Some(apart) = shared.passes_unseen(hash, terms, now) {
                return Err(After::apart(shared.clone(), apart));
            }
            let length = settings.keyer.is_short(usual.length());
            length.map(|()| Key::hashed(usual.text(), hash))
        }
        None => settings.keyer.key(parts),
    };
    match key {
        Ok(key) => Ok((shared.merged(key), now)),
        Err(NoKey::Host) => passes(ForwardReason::Bypass, Some("host")),
        Err(NoKey::TooLong) => passes(ForwardReason::Bypass, Some("key-too-long")),
        Err(NoKey::Refused) => passes(ForwardReason::Bypass, Some("no-key")),
    }
}

/// CONNECT, and gRPC, whose calls name methods rather than resources.
fn is_tunnel(parts: &Parts) -> bool {
    let is_grpc = |value: &HeaderValue| value.as_bytes().starts_with(b"application/grpc");
    parts.method == Method::CONNECT || parts.headers.get(CONTENT_TYPE).is_some_and(is_grpc)
}

impl<S> Cached<S> {
    /// What the store knows answers at once; all else is a trip.
    fn look_up<ReqBody, ResBody>(
        &mut self,
        (parts, body): (Parts, ReqBody),
        terms: RequestTerms,
        key: Key,
        now: Timestamp,
    ) -> ResponseFuture<S::Future, ResBody, S::Error>
    where
        S: Origin<ReqBody, ResBody> + Clone,
        ReqBody: Send + 'static,
        ResBody: OriginBody,
    {
        let shared = self
            .shared
            .as_ref()
            .expect("only a cache that is on looks up");
        let found = shared.lookup(&key, &parts.headers);
        let is_known = !matches!(found, Lookup::Ask);
        match shared.decide(&terms, found, now) {
            Verdict::Serve(entry) => {
                let asked = (&terms, &parts.headers);
                ResponseFuture::ready(shared.hit(&entry, key.as_str(), asked, now))
            }
            Verdict::GatewayTimeout if is_known => ResponseFuture::ready(shared.gateway_timeout()),
            verdict => {
                let shared = shared.clone();
                let request = Request::from_parts(parts, body);
                if let Verdict::Go(None, reason) = verdict {
                    let missed = (reason, is_known);
                    if let Some(apart) = shared.passes(&key, &terms, missed, now) {
                        let after = After::apart(shared, apart);
                        return ResponseFuture::passed(self.inner.call(request), Some(after));
                    }
                }
                self.depart(shared, request, (key, terms), is_known.then_some(verdict))
            }
        }
    }

    fn depart<ReqBody, ResBody>(
        &mut self,
        shared: Arc<Shared>,
        request: Request<ReqBody>,
        (key, terms): (Key, RequestTerms),
        verdict: Option<Verdict>,
    ) -> ResponseFuture<S::Future, ResBody, S::Error>
    where
        S: Origin<ReqBody, ResBody> + Clone,
        ReqBody: Send + 'static,
        ResBody: OriginBody,
    {
        // The service that was polled ready makes the trip.
        let clone = self.inner.clone();
        let trip = Trip {
            shared,
            inner: mem::replace(&mut self.inner, clone),
            request,
            key,
            terms,
            asked: None,
        };
        match verdict {
            Some(Verdict::Refresh(entry)) => match Handle::try_current() {
                Ok(runtime) => ResponseFuture::ready(trip.refresh(entry, runtime)),
                Err(_) => ResponseFuture::trip(trip.go_on(Verdict::Refresh(entry))),
            },
            // The shortest way, since it is taken by all that is never stored.
            Some(Verdict::Go(stored, reason)) if trip.goes_alone(stored.as_ref(), reason) => {
                ResponseFuture::trip(trip.go(None, stored, reason))
            }
            Some(verdict) => ResponseFuture::trip(trip.go_on(verdict)),
            None => ResponseFuture::trip(trip.ask()),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("inner", &self.inner)
            .field("state", &self.shared.as_ref().map(|shared| &shared.state))
            .finish()
    }
}
