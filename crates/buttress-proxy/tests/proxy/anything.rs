//! Whatever bytes an upstream answers with: no panic, no hang, and either a response
//! that ends or an error.

use buttress_proxy::ReverseProxy;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use proptest::prelude::*;
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

/// What makes a response, so that chance gets beyond its first line.
const PIECES: [&str; 22] = [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: upgrade, x\r\n",
    "Upgrade: x\r\n",
    "Trailer: x\r\n",
    "X: 1\r\n 2\r\n",
    "\r\n",
    "\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
];

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// Two requests in a row, so that what the first left over meets the second.
async fn take(answer: Vec<u8>, cuts: usize) {
    let answer = Arc::new(answer);
    let dial = move || {
        let answer = answer.clone();
        async move {
            let (ours, mut theirs) = tokio::io::duplex(64);
            tokio::spawn(async move {
                let mut seen = [0; 512];
                let _ = theirs.read(&mut seen).await;
                for piece in answer.chunks(cuts.max(1)) {
                    if theirs.write_all(piece).await.is_err() {
                        return;
                    }
                }
                // Neither closes nor says more, until the proxy does.
                while matches!(theirs.read(&mut seen).await, Ok(1..)) {}
            });
            Ok(ours)
        }
    };
    let proxy = ReverseProxy::builder("http://upstream".parse().expect("an upstream"))
        .connect_with(dial)
        .head_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_secs(5))
        .build();
    for method in ["GET", "HEAD"] {
        let request = Request::builder().method(method).header("host", "a");
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        let asked = async {
            if let Ok(response) = proxy.clone().oneshot(request).await {
                let _ = response.into_body().collect().await;
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(60), asked).await;
        assert!(ended.is_ok(), "it hangs");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_answer_ends(answer in answer(), cuts in 1_usize..64) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(take(answer, cuts));
    }
}
