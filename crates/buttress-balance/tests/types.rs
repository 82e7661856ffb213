//! What can be shared, and what is asked of services and bodies.

use buttress_balance::{Balancer, BalancerBuilder, RequestBody, ResponseBody, ResponseFuture};
use buttress_testing::{ScriptedBody, body::Awkward};
use http::{Request, Response};
use static_assertions::assert_impl_all;
use std::{cell::Cell, fmt::Debug};
use tower::Service;

type AwkwardBody = Awkward<ScriptedBody>;

/// `Clone` and `Send`, and not `Sync`.
#[derive(Clone)]
struct Inner(#[allow(dead_code, reason = "for what it makes of the type")] Cell<u8>);

impl<B> Service<Request<B>> for Inner {
    type Response = Response<AwkwardBody>;
    type Error = Cell<u8>;
    type Future = std::future::Ready<Result<Self::Response, Cell<u8>>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Cell<u8>>> {
        std::task::Poll::Pending
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        unreachable!("it is never ready")
    }
}

assert_impl_all!(Balancer<String, Inner>: Clone, Debug, Send, Sync);
assert_impl_all!(BalancerBuilder<String, Inner>: Debug, Send, Sync);
assert_impl_all!(ResponseFuture<AwkwardBody, Cell<u8>>: Send);
assert_impl_all!(ResponseBody<AwkwardBody>: Send);
assert_impl_all!(RequestBody<AwkwardBody>: Send, Unpin);

/// The error stays the service's; bodies need be neither `Sync` nor `Unpin`.
#[test]
fn types_of_services_are_free() {
    fn is_service<S>(_: &S)
    where
        S: Service<
                Request<AwkwardBody>,
                Response = Response<ResponseBody<AwkwardBody>>,
                Error = Cell<u8>,
            >,
    {
    }
    let make = |_: &String| Inner(Cell::new(0));
    is_service(&Balancer::builder(make).build(["a".to_owned()]));
}
