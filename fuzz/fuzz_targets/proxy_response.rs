//! The input is what an upstream answers with, cut into pieces by its first byte.
//! Whatever it says, the exchange ends, in virtual time.
#![no_main]

use buttress_proxy::ReverseProxy;
use bytes::Bytes;
use http::Request;
use http_body::Body;
use libfuzzer_sys::fuzz_target;
use std::{future::poll_fn, pin::pin, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

fuzz_target!(|data: &[u8]| {
    let Some((&cut, answer)) = data.split_first() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(take(Bytes::copy_from_slice(answer), usize::from(cut) + 1));
});

/// Two requests, so that what the first left over meets the second.
async fn take(answer: Bytes, cut: usize) {
    let dial = move || {
        let answer = answer.clone();
        async move {
            let (ours, theirs) = tokio::io::duplex(256);
            tokio::spawn(upstream(theirs, answer, cut));
            Ok(ours)
        }
    };
    let proxy = ReverseProxy::builder("http://upstream".parse().expect("an upstream"))
        .connect_with(dial)
        .build();
    for method in ["GET", "HEAD"] {
        let request = Request::builder().method(method).header("host", "a");
        let request = request.body(String::new()).expect("a request");
        let asked = read(proxy.clone(), request);
        let ended = tokio::time::timeout(Duration::from_secs(600), asked).await;
        assert!(ended.is_ok(), "it hangs");
    }
}

async fn upstream(mut stream: tokio::io::DuplexStream, answer: Bytes, cut: usize) {
    let mut seen = [0; 512];
    let _ = stream.read(&mut seen).await;
    for piece in answer.chunks(cut) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
    }
    // Says no more, until the proxy closes.
    while matches!(stream.read(&mut seen).await, Ok(1..)) {}
}

async fn read(proxy: ReverseProxy, request: Request<String>) {
    let Ok(response) = proxy.oneshot(request).await else {
        return;
    };
    let mut body = pin!(response.into_body());
    while let Some(Ok(_)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {}
}
