//! The doors that are the same for all layers, and what a layer brings along to
//! be tested through each of them.

mod axum;
mod hyper;
mod untouched;

use ::axum::{body::Body, extract::Request};
use buttress_testing::{ReadyChecked, Server};
use http::Response;
use std::{
    future::{Future, Ready, ready},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tower::Service;

/// A layer, something inside of it, and what a client sees of the two.
#[allow(
    async_fn_in_trait,
    reason = "the tests await these where they stand, and spawn none"
)]
pub trait Case: Clone + Send + Sync + 'static {
    /// The layer.
    type Layer: Clone + Send + Sync + 'static;
    /// What goes wrong inside of it, where something does.
    type Error: Send;

    /// A case with a state of its own.
    fn new() -> Self;

    /// The layer; all that one case gives share its state.
    fn layer(&self, enabled: bool) -> Self::Layer;

    /// What the handler answers.
    ///
    /// # Errors
    ///
    /// If that is what the request asks for.
    fn answer<B>(&self, request: http::Request<B>) -> Result<Response<Body>, Self::Error>;

    /// Finds the work of the layer in answers over HTTP/1. It may be asked again.
    async fn works_over_h1(&self, addr: SocketAddr, path: &str);

    /// As [`works_over_h1`](Self::works_over_h1), over HTTP/2.
    async fn works_over_h2(&self, addr: SocketAddr, path: &str);

    /// Both, over both.
    async fn works(&self, addr: SocketAddr, path: &str) {
        self.works_over_h1(addr, path).await;
        self.works_over_h2(addr, path).await;
    }

    /// Finds that two routes of one new case have one state.
    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]);

    /// Finds no trace of the layer, which is switched off, and stops the server.
    async fn is_off(&self, server: Server, path: &str);
}

type Answer<C> = Result<Response<Body>, <C as Case>::Error>;

/// The case's answers as a handler of axum.
pub fn handler<C: Case>(
    case: &C,
) -> impl Fn(Request) -> Pin<Box<dyn Future<Output = Answer<C>> + Send>> + Clone + Send + Sync + 'static
{
    let case = case.clone();
    move |request| {
        let case = case.clone();
        Box::pin(async move { case.answer(request) })
    }
}

/// The case's answers as a service that has to be asked twice whether it is
/// ready.
#[must_use]
pub fn service<C: Case>(case: &C) -> ReadyChecked<Answers<C>> {
    ReadyChecked::new(Answers(case.clone())).pauses(1)
}

/// Answers as a case does.
#[derive(Clone, Debug)]
pub struct Answers<C>(C);

impl<C: Case, B> Service<http::Request<B>> for Answers<C> {
    type Response = Response<Body>;
    type Error = C::Error;
    type Future = Ready<Answer<C>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        ready(self.0.answer(request))
    }
}
