//! What belongs to one connection, and what all share.

use super::{policy::Rules, state::State, warm::Warm};
use crate::Drain;
use http::Extensions;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use std::{fmt, net::SocketAddr, sync::Arc};

pub(super) type Extend<A> = Arc<dyn Fn(&A, &mut Extensions) + Send + Sync>;

/// What all connections share.
pub(super) struct Shared<A> {
    pub(super) drain: Drain,
    pub(super) rules: Rules,
    pub(super) warm: Warm,
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<TokioExecutor>,
    pub(super) addr: fn(&A) -> Option<SocketAddr>,
    pub(super) extend: Option<Extend<A>>,
}

/// One connection: its socket, its task and its requests hold it.
pub(super) struct Peer<A> {
    pub(super) shared: Arc<Shared<A>>,
    pub(super) addr: A,
    pub(super) state: State,
}

impl<A> Peer<A> {
    /// Tells a request where it comes from.
    pub(super) fn introduce(&self, extensions: &mut Extensions) {
        if let Some(addr) = (self.shared.addr)(&self.addr) {
            extensions.insert(addr);
        }
        if let Some(extend) = &self.shared.extend {
            extend(&self.addr, extensions);
        }
    }
}

impl<A> fmt::Debug for Peer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
