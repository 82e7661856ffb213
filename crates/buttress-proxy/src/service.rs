use crate::{
    body::ResponseBody,
    error::{BoxError, Error, Kind},
    exchange::{self, Outbound},
    framing,
    future::ResponseFuture,
    headers::{forwarded::Facts, hop_by_hop, seen::Seen},
    outgoing::{Bounds, Outgoing},
    proxy::{ReverseProxy, Shared},
    rewrite,
    upgrade::Asked,
};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Uri, Version, header::EXPECT, request::Parts,
};
use http_body::Body;
use std::task::{Context, Poll};
use tower_service::Service;

impl<B> Service<Request<B>> for ReverseProxy
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = ResponseFuture;

    /// Always ready: a request waits for a connection in its future, for as long
    /// as it may.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        match self.shared.prepare(request) {
            Ok(outbound) => ResponseFuture::sent(exchange::run(self.shared.clone(), outbound)),
            Err(error) => ResponseFuture::refused(error),
        }
    }
}

impl Shared {
    /// Makes a client's request one for the upstream, or refuses it.
    fn prepare<B>(&self, mut request: Request<B>) -> Result<Outbound, Error>
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let seen = Seen::of(request.headers());
        framing::settle_request(&mut request, seen)?;
        if request.body().size_hint().lower() > self.settings.request_body {
            return Err(Error::new(Kind::TooLarge));
        }
        let (mut parts, body) = request.into_parts();
        let asked = Asked::find(&mut parts, seen, &self.settings.tunnels)?;
        if self.http2.is_some() && asked.as_ref().is_some_and(Asked::is_websocket_over_http2) {
            return Err(Error::new(Kind::Tunnel));
        }
        // HTTP/2 has no such upgrades: the request goes without.
        let asked = asked.filter(|_| self.http2.is_none());
        let host = rewrite::host(&parts)?;
        hop_by_hop::strip(&mut parts.headers, seen);
        self.tell_of_client(&mut parts, seen, host.0.as_ref());
        if let Some(via) = &self.settings.via {
            via.add(&mut parts.headers, parts.version);
        }
        if let Some(asked) = &asked {
            asked.ask(&mut parts);
        }
        self.direct(&mut parts, host, asked.as_ref())?;
        Ok(self.outbound(parts, seen, body, asked))
    }

    fn tell_of_client(&self, parts: &mut Parts, seen: Seen, host: Option<&HeaderValue>) {
        let settings = &self.settings;
        let facts = Facts {
            peer: (settings.peer)(parts),
            proto: (settings.proto)(parts),
            host,
            is_trusted: settings
                .trusted
                .as_ref()
                .is_some_and(|trusted| trusted(parts)),
        };
        settings.forwarding.apply(&mut parts.headers, seen, &facts);
    }

    /// Sets host, target and version.
    fn direct(
        &self,
        parts: &mut Parts,
        host: (Option<HeaderValue>, bool),
        asked: Option<&Asked>,
    ) -> Result<(), Error> {
        let settings = &self.settings;
        let upstream = &settings.upstream;
        if asked.is_some_and(Asked::is_connect) {
            // Its target is an authority, and stays that.
            return Ok(());
        }
        settings.host.apply(&mut parts.headers, host, upstream);
        let target = rewrite::target(&parts.uri, &settings.prefix, upstream.base())?;
        parts.uri = Uri::from(target);
        parts.version = Version::HTTP_11;
        Ok(())
    }

    fn outbound<B>(&self, parts: Parts, seen: Seen, body: B, asked: Option<Asked>) -> Outbound
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // hyper says nothing of 1xx over HTTP/2.
        let waits =
            self.http2.is_none() && seen.has(Seen::EXPECT) && expects_continue(&parts.headers);
        let mut request = Request::from_parts(parts, body);
        if self.http2.is_none() {
            framing::chunk(&mut request);
        }
        let is_empty = request.body().is_end_stream();
        let is_repeatable = is_empty && is_idempotent(request.method()) && asked.is_none();
        let bounds = Bounds {
            most: self.settings.request_body,
            idle: self.settings.timeouts.idle,
        };
        let mut upload = None;
        let request = request.map(|body| {
            if is_empty {
                return Outgoing::empty();
            }
            let (body, state) = Outgoing::new(body, bounds, waits);
            upload = Some(state);
            body
        });
        Outbound {
            request,
            upload,
            asked,
            is_repeatable,
        }
    }
}

fn expects_continue(headers: &HeaderMap) -> bool {
    let expect = headers.get(EXPECT);
    expect.is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// RFC 9110 §9.2.2.
fn is_idempotent(method: &Method) -> bool {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ];
    methods.contains(method)
}
