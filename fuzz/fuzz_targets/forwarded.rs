//! The first byte chooses `Forwarded` or `X-Forwarded-For`, the rest is what a client
//! sends in it. A trusted proxy appends what it knows: whatever stands on the left, the
//! client is who the proxy says, and nothing of the left is left.
#![no_main]

use buttress_trust_proxy::{ClientInfo, Source, Trust, TrustProxyLayer};
use http::{HeaderMap, HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tower::{Layer, ServiceExt, service_fn};

const TOLD: [(Source, &str, &str); 2] = [
    (
        Source::Forwarded,
        "forwarded",
        r#"for="203.0.113.7:1";proto=http"#,
    ),
    (Source::XForwarded, "x-forwarded-for", "203.0.113.7"),
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, left)) = data.split_first() else {
        return;
    };
    let (source, name, told) = TOLD[usize::from(choice % 2)];
    let line = [left, b",", told.as_bytes()].concat();
    let Ok(line) = HeaderValue::from_bytes(&line) else {
        return;
    };
    for trust in [Trust::hops(1), "10.0.0.0/8".parse().expect("a network")] {
        let layer = TrustProxyLayer::new(trust).source(source);
        let (info, headers) = seen(&layer, name, line.clone());
        assert_eq!(info.address(), Some([203, 0, 113, 7].into()));
        assert!(!info.is_https());
        assert_eq!(headers[name], told);
    }
    // Nobody in particular is believed: it ends, and says something.
    let _ = seen(&TrustProxyLayer::new(Trust::all()).source(source), name, line);
});

fn seen(layer: &TrustProxyLayer, name: &'static str, line: HeaderValue) -> (ClientInfo, HeaderMap) {
    let service = layer.layer(service_fn(|request: Request<()>| async move {
        let info = request.extensions().get::<ClientInfo>().cloned();
        Ok::<_, Infallible>(Response::new((info, request.headers().clone())))
    }));
    let mut request = Request::new(());
    request.headers_mut().insert(name, line);
    let peer = SocketAddr::from(([10, 0, 0, 1], 1));
    request.extensions_mut().insert(peer);
    let mut answered = pin!(service.oneshot(request));
    match answered.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => {
            let (info, headers) = response.into_body();
            (info.expect("a ClientInfo"), headers)
        }
        _ => panic!("the service is ready"),
    }
}
