//! What must not get into a log does not.

mod support;

use buttress_log::{Combined, Ecs, Format, Json, Otel, Pretty};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use proptest::prelude::*;
use std::{convert::Infallible, future::ready};
use support::Log;
use tower::{Layer, ServiceExt, service_fn};
use tracing::Level;

const DENIED: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

fn serve(log: &Log, format: Box<dyn Format>, level: Level, request: Request<()>, secret: &str) {
    let secret = HeaderValue::from_str(secret).unwrap();
    let service = service_fn(move |_: Request<()>| {
        let mut response = Response::new(Full::<Bytes>::default());
        response.headers_mut().insert("set-cookie", secret.clone());
        response
            .headers_mut()
            .insert("authorization", secret.clone());
        ready(Ok::<_, Infallible>(response))
    });
    let mut layer = log
        .layer()
        .format(format)
        .level(move |_| level)
        .max_level(Level::TRACE);
    for name in DENIED.map(HeaderName::from_static) {
        layer = layer.header(name.clone()).response_header(name);
    }
    let layer = layer.redact("otp");
    let answered = layer.layer(service).oneshot(request).now_or_never();
    assert!(answered.is_some());
}

fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(Json),
        Box::new(Otel),
        Box::new(Ecs),
        Box::new(Combined),
        Box::new(Pretty::new().colours(true)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn denied_headers_and_redacted_parameters_never_show(
        secret in "[A-Z]{12}",
        parameter in prop::sample::select(vec!["token", "Access_Token", "otp", "%6ftp", "SIG", "password"]),
        noise in "[a-z0-9&=;%]{0,12}",
        level in prop::sample::select(vec![Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE]),
    ) {
        let log = Log::new();
        let target = format!("/a?{noise}&{parameter}={secret}&{noise}");
        for format in formats() {
            let mut request = Request::get(&target).body(()).unwrap();
            for name in DENIED {
                request.headers_mut().insert(name, HeaderValue::from_str(&secret).unwrap());
            }
            let referer = format!("http://x{target}");
            request.headers_mut().insert("referer", HeaderValue::from_str(&referer).unwrap());
            serve(&log, format, level, request, &secret);
        }
        let lines = log.lines();
        prop_assert_eq!(lines.len(), formats().len());
        prop_assert!(lines.iter().all(|line| !line.contains(&secret)), "{:?}", lines);
    }
}
