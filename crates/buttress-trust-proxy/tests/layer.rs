//! What the layer is to what is inside and around it.

mod support;

use buttress_testing::ReadyChecked;
use buttress_trust_proxy::{ClientInfo, TrustProxy, TrustProxyLayer};
use http::{Request, Response};
use static_assertions::{assert_impl_all, assert_type_eq_all};
use std::{convert::Infallible, fmt::Debug};
use tower::{Layer, Service, ServiceExt, service_fn};

assert_impl_all!(TrustProxyLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(TrustProxy<()>: Clone, Debug, Send, Sync);
assert_impl_all!(ClientInfo: Clone, Debug, Send, Sync);

type Inner = tower::util::BoxService<Request<()>, Response<()>, Infallible>;
// The response is none of its business.
assert_type_eq_all!(
    <TrustProxy<Inner> as Service<Request<()>>>::Future,
    <Inner as Service<Request<()>>>::Future
);

#[tokio::test]
async fn the_service_that_was_ready_is_called() {
    let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    let service = TrustProxyLayer::default().layer(ReadyChecked::new(inner).pauses(2));
    service.oneshot(Request::new(())).await.unwrap();
}

#[tokio::test]
async fn switched_off_it_does_nothing() {
    let inner = service_fn(|request: Request<()>| async move {
        assert!(request.extensions().get::<ClientInfo>().is_none());
        assert!(request.headers().contains_key("x-forwarded-for"));
        Ok::<_, Infallible>(Response::new(()))
    });
    let service = TrustProxyLayer::default().enabled(false).layer(inner);
    let request = support::request("10.0.0.1:1", &[("x-forwarded-for", "6.6.6.6")]);
    service.oneshot(request).await.unwrap();
}
