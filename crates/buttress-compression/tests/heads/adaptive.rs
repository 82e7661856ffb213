//! The fast level while the process is busy, and the usual one after that.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get, request};
use buttress_compression::{Adaptive, CompressionHint, CompressionLayer, Encoding, Level};
use buttress_testing::corpus;
use http::Method;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

fn large() -> Reply {
    Reply::of("text/html", corpus::html(60 << 10))
}

async fn body(layer: &CompressionLayer, encoding: Encoding, reply: &Reply) -> bytes::Bytes {
    let answer = ask(layer, get(encoding.as_str()), reply).await;
    answer.assert_encoded(encoding, reply);
    answer.body
}

/// A layer, and the switch that makes it busy.
fn switched() -> (CompressionLayer, Arc<AtomicBool>) {
    let busy = Arc::new(AtomicBool::new(false));
    let signal = busy.clone();
    let adaptive = Adaptive::when(move || signal.load(SeqCst));
    (CompressionLayer::new().adaptive(adaptive), busy)
}

#[tokio::test]
async fn a_busy_process_takes_the_fast_level_and_returns_from_it() {
    let (layer, busy) = switched();
    for encoding in CODINGS {
        for arrival in Arrival::ALL {
            let reply = large().arrival(arrival);
            let fast = CompressionLayer::new().level(encoding, Level::Fast);
            let expected_fast = body(&fast, encoding, &reply).await;
            let expected = body(&CompressionLayer::new(), encoding, &reply).await;
            assert_ne!(expected.len(), expected_fast.len(), "{encoding}");
            for is_busy in [false, true, false, true] {
                busy.store(is_busy, SeqCst);
                let sent = body(&layer, encoding, &reply).await;
                let expected = if is_busy { &expected_fast } else { &expected };
                assert_eq!(&sent, expected, "{encoding} {arrival:?} {is_busy}");
            }
        }
    }
}

#[tokio::test]
async fn it_goes_before_the_layer_s_level_and_behind_the_response_s() {
    let (layer, busy) = switched();
    let layer = layer.level(Encoding::Gzip, Level::Exact(9));
    busy.store(true, SeqCst);
    let fast = CompressionLayer::new().level(Encoding::Gzip, Level::Fast);
    let expected = body(&fast, Encoding::Gzip, &large()).await;
    assert_eq!(body(&layer, Encoding::Gzip, &large()).await, expected);

    let hinted = large().extension(CompressionHint::new().level(Level::Exact(9)));
    let best = body(&layer, Encoding::Gzip, &hinted).await;
    assert!(best.len() < expected.len());
}

#[tokio::test]
async fn it_is_asked_once_for_each_response_that_may_be_encoded_and_for_no_other() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let adaptive = Adaptive::when(move || count.fetch_add(1, SeqCst) > usize::MAX / 2);
    let layer = CompressionLayer::new().adaptive(adaptive);
    for arrival in Arrival::ALL {
        ask(&layer, get(ANY), &Reply::page().arrival(arrival)).await;
    }
    assert_eq!(asked.load(SeqCst), 3);
    ask(&layer, get("identity"), &Reply::page()).await;
    ask(&layer, get(ANY), &Reply::page().status(206)).await;
    ask(&layer, get(ANY), &Reply::of("image/png", vec![0; 4096])).await;
    let connect = request(Method::CONNECT, &[("accept-encoding", ANY)]);
    ask(&layer, connect, &Reply::page()).await;
    assert_eq!(asked.load(SeqCst), 3);
}

#[tokio::test]
async fn by_share_changes_nothing_for_a_process_with_little_to_do() {
    let layer = CompressionLayer::new().adaptive(Adaptive::by_share());
    for encoding in CODINGS {
        let expected = body(&CompressionLayer::new(), encoding, &large()).await;
        assert_eq!(body(&layer, encoding, &large()).await, expected);
    }
}
