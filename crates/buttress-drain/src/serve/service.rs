use super::peer::Peer;
use crate::{InFlight, ResponseBody, ResponseFuture, completion::Asked};
use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// The service as one connection calls it.
pub(super) struct Connected<S, A> {
    inner: S,
    peer: Arc<Peer<A>>,
}

/// A request in flight on a connection.
#[derive(Debug)]
pub(super) struct Flight<A> {
    peer: Arc<Peer<A>>,
    _in_flight: InFlight,
}

impl<S, A> Connected<S, A> {
    pub(super) fn new(inner: S, peer: Arc<Peer<A>>) -> Self {
        Self { inner, peer }
    }
}

// Derived, it would ask the address to be `Clone`.
impl<S: Clone, A> Clone for Connected<S, A> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.peer.clone())
    }
}

impl<S, A, B> Service<Request<Incoming>> for Connected<S, A>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    B: Body,
{
    type Response = Response<ResponseBody<B, Flight<A>>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Flight<A>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let flight = Flight::new(&self.peer, &request);
        self.peer.introduce(request.extensions_mut());
        let (asked, drain) = (Asked::of(&request), self.peer.shared.drain.clone());
        ResponseFuture::new(self.inner.call(request), asked, drain, flight)
    }
}

impl<A> Flight<A> {
    fn new(peer: &Arc<Peer<A>>, request: &Request<Incoming>) -> Self {
        // Of an upload that the service does not read, bytes may still come;
        // an upgrade that it does not take leaves its other half in hyper.
        let is_head_only =
            request.body().is_end_stream() && request.extensions().get::<OnUpgrade>().is_none();
        peer.state.begin(is_head_only);
        Self {
            peer: peer.clone(),
            _in_flight: peer.shared.drain.guard(),
        }
    }
}

impl<A> Drop for Flight<A> {
    fn drop(&mut self) {
        self.peer.state.end();
    }
}
