//! The input is a `Cookie` field. Whatever it says, a request answers 200, and
//! nobody has a session: none was made.
#![no_main]

use buttress_session::{Cookie, Key, KeyRing, MemoryStore, Session, SessionLayer};
use http::{HeaderValue, Request, Response, header};
use libfuzzer_sys::fuzz_target;
use std::{convert::Infallible, future::Future, pin::pin, sync::LazyLock, task};
use tower::{Layer, ServiceExt, service_fn};

const A: Key<u32> = Key::new("a");

static LAYERS: LazyLock<[SessionLayer; 3]> = LazyLock::new(|| {
    let cookie = Cookie::named("s").build().expect("valid");
    let ring = KeyRing::new([1; 32]).expect("long enough");
    [
        SessionLayer::new(MemoryStore::new()),
        SessionLayer::new(MemoryStore::new()).keys(ring.clone()),
        SessionLayer::sealed(ring),
    ]
    .map(|layer| layer.cookie(cookie.clone()))
});

fuzz_target!(|data: &[u8]| {
    let Ok(field) = HeaderValue::from_bytes(data) else {
        return;
    };
    for layer in LAYERS.iter() {
        let (status, found) = answer(layer, field.clone());
        assert_eq!(status, 200);
        assert!(!found, "nobody has a session");
    }
});

fn answer(layer: &SessionLayer, field: HeaderValue) -> (u16, bool) {
    let service = layer.layer(service_fn(|request: Request<()>| async move {
        let session = Session::from_request(&request).expect("the layer is there");
        let found = session.get(A).await.expect("memory does not fail");
        Ok::<_, Infallible>(Response::new(found.is_some()))
    }));
    let request = Request::builder().header(header::COOKIE, field).body(());
    let mut response = pin!(service.oneshot(request.expect("a valid request")));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    loop {
        if let task::Poll::Ready(Ok(response)) = response.as_mut().poll(&mut cx) {
            let found = response.body().get_ref().copied().unwrap_or(true);
            return (response.status().as_u16(), found);
        }
    }
}
