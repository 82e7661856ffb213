//! Encoded forms that are kept and sent again.

use crate::support::{ANY, Answer, Arrival, CODINGS, Reply, ask, get};
use buttress_compression::{CompressionHint, CompressionLayer, Encoding, EtagPolicy, Level};
use buttress_testing::{corpus, service};
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt};

const ROOM: u64 = 8 << 20;

fn keeping() -> CompressionLayer {
    CompressionLayer::new().compress_once(ROOM)
}

fn tagged(tag: &str, data: impl Into<Bytes>) -> Reply {
    Reply::of("text/html", data).field("etag", tag)
}

fn hinted(data: impl Into<Bytes>) -> Reply {
    Reply::of("text/html", data).extension(CompressionHint::new().once())
}

/// The answer in this coding, and whether it came from the cache.
async fn once(layer: &CompressionLayer, encoding: Encoding, reply: &Reply) -> (Answer, bool) {
    let before = layer.stats().reused;
    let answer = ask(layer, get(encoding.as_str()), reply).await;
    answer.assert_encoded(encoding, reply);
    let reused = layer.stats().reused - before;
    assert!(reused <= 1);
    (answer, reused == 1)
}

#[tokio::test]
async fn a_body_with_a_strong_tag_is_encoded_once_in_each_coding() {
    let layer = keeping();
    for encoding in CODINGS {
        // Another copy each time, as a file is read again.
        let copy = || tagged("\"v1\"", corpus::html(8 << 10));
        let (first, reused) = once(&layer, encoding, &copy()).await;
        assert!(!reused, "{encoding}");
        for arrival in [Arrival::Sized, Arrival::Unsized] {
            let (again, reused) = once(&layer, encoding, &copy().arrival(arrival)).await;
            assert!(reused, "{encoding} {arrival:?}");
            assert_eq!(again.body, first.body);
            assert_eq!(again.head.headers, first.head.headers);
        }
    }
}

#[tokio::test]
async fn a_hinted_body_is_known_by_where_it_lies() {
    let layer = keeping();
    let data = Bytes::from(corpus::html(8 << 10));
    for encoding in CODINGS {
        assert!(!once(&layer, encoding, &hinted(data.clone())).await.1);
        assert!(once(&layer, encoding, &hinted(data.clone())).await.1);
        // The same text elsewhere is another body.
        let copy = hinted(corpus::html(8 << 10));
        assert!(!once(&layer, encoding, &copy).await.1);
    }
}

#[tokio::test]
async fn a_slice_of_a_kept_body_is_another_body() {
    let layer = keeping();
    let data = Bytes::from(corpus::html(8 << 10));
    once(&layer, Encoding::Gzip, &hinted(data.clone())).await;
    for slice in [
        data.slice(..5000),
        data.slice(1..),
        data.slice(..data.len() - 1),
    ] {
        let (answer, reused) = once(&layer, Encoding::Gzip, &hinted(slice.clone())).await;
        assert!(!reused);
        assert_eq!(answer.decoded(), slice);
    }
}

#[tokio::test]
async fn two_bodies_under_one_tag_are_never_mixed_up() {
    let layer = keeping();
    let page = corpus::html(8 << 10);
    let mut same_length = page.clone();
    *same_length.last_mut().unwrap() = b'!';
    let shorter = page[..5000].to_vec();
    for _ in 0..3 {
        for data in [&page, &same_length, &shorter] {
            for encoding in CODINGS {
                // `once` decodes and compares.
                once(&layer, encoding, &tagged("\"shared\"", data.clone())).await;
            }
        }
    }
    // The last one is kept all the same.
    assert!(
        once(&layer, Encoding::Gzip, &tagged("\"shared\"", shorter))
            .await
            .1
    );
}

#[tokio::test]
async fn a_tag_goes_before_a_hint() {
    let layer = keeping();
    let copy = || tagged("\"v1\"", corpus::html(8 << 10)).extension(CompressionHint::new().once());
    once(&layer, Encoding::Gzip, &copy()).await;
    assert!(once(&layer, Encoding::Gzip, &copy()).await.1);
}

#[tokio::test]
async fn without_a_strong_tag_or_a_hint_nothing_is_kept() {
    let layer = keeping();
    let data = Bytes::from(corpus::html(8 << 10));
    let bare = Reply::of("text/html", data.clone());
    let unhinted = bare.clone().extension(CompressionHint::new());
    for reply in [
        bare,
        unhinted,
        tagged("W/\"v1\"", data.clone()),
        tagged("v1", data),
    ] {
        for _ in 0..2 {
            assert!(!once(&layer, Encoding::Gzip, &reply).await.1, "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_layer_without_the_cache_keeps_nothing() {
    let layer = CompressionLayer::new();
    for reply in [
        tagged("\"v1\"", corpus::html(4096)),
        hinted(corpus::html(4096)),
    ] {
        for _ in 0..2 {
            assert!(!once(&layer, Encoding::Gzip, &reply).await.1);
        }
    }
}

#[tokio::test]
async fn each_level_is_kept_for_itself() {
    let layer = keeping();
    let at = |level| {
        tagged("\"v1\"", corpus::html(60 << 10))
            .extension(CompressionHint::new().level(Level::Exact(level)))
    };
    let (low, _) = once(&layer, Encoding::Gzip, &at(1)).await;
    let (high, reused) = once(&layer, Encoding::Gzip, &at(9)).await;
    assert!(!reused && high.body.len() < low.body.len());
    let (again, reused) = once(&layer, Encoding::Gzip, &at(1)).await;
    assert!(reused && again.body == low.body);
}

#[tokio::test]
async fn the_tag_is_the_handler_s_whatever_the_policy() {
    for policy in [
        EtagPolicy::Weaken,
        EtagPolicy::Suffix,
        EtagPolicy::Remove,
        EtagPolicy::Keep,
    ] {
        let layer = keeping().etag(policy);
        let reply = tagged("\"v1\"", corpus::html(8 << 10));
        let (first, _) = once(&layer, Encoding::Br, &reply).await;
        let (again, reused) = once(&layer, Encoding::Br, &reply).await;
        assert!(reused, "{policy:?}");
        assert_eq!(first.etag(), again.etag());
    }
}

#[tokio::test]
async fn all_services_of_a_layer_and_its_clones_share_what_is_kept() {
    let layer = keeping();
    let reply = tagged("\"v1\"", corpus::html(8 << 10));
    once(&layer, Encoding::Gzip, &reply).await;
    let clone = layer.clone().min_size(10);
    assert!(once(&clone, Encoding::Gzip, &reply).await.1);
    assert_eq!(layer.stats().reused, 1);
}

#[tokio::test]
async fn a_body_of_up_to_half_of_the_room_is_kept() {
    // The cache must not be cut into shards that have no room for it.
    let layer = CompressionLayer::new().compress_once(64 << 20);
    let reply = tagged("\"large\"", corpus::html(30 << 20));
    assert!(!once(&layer, Encoding::Zstd, &reply).await.1);
    assert!(once(&layer, Encoding::Zstd, &reply).await.1);
}

/// Bodies of 8 KiB, each with its own tag.
fn many(count: u64) -> Vec<Reply> {
    (0..count)
        .map(|index| {
            let mut data = corpus::html(8 << 10);
            data.extend_from_slice(format!("<!-- {index} -->").as_bytes());
            tagged(&format!("\"page-{index}\""), data)
        })
        .collect()
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    const COUNT: u64 = 200;
    let replies = many(COUNT);
    let capacity = 400_000;
    let layer = CompressionLayer::new().compress_once(capacity);
    for reply in &replies {
        once(&layer, Encoding::Gzip, reply).await;
    }
    let mut hits = 0;
    for reply in &replies {
        hits += u64::from(once(&layer, Encoding::Gzip, reply).await.1);
    }
    // An entry holds a body of 8 KiB and its encoded form. Each body is asked
    // for once, so what hits was there when the first pass ended.
    assert!(hits * (8 << 10) <= capacity, "{hits} hits");
    assert!(hits > 0, "nothing is kept at all");
}

#[tokio::test]
async fn with_room_enough_everything_is_kept() {
    let replies = many(50);
    let layer = keeping();
    for reply in &replies {
        once(&layer, Encoding::Gzip, reply).await;
    }
    for reply in &replies {
        assert!(once(&layer, Encoding::Gzip, reply).await.1);
    }
    assert_eq!(layer.stats().reused, 50);
    assert_eq!(layer.stats().encoded(Encoding::Gzip), 100);
}

#[tokio::test]
async fn a_body_without_room_goes_out_encoded_and_is_not_kept() {
    for capacity in [0, 1, 4096] {
        let layer = CompressionLayer::new().compress_once(capacity);
        let reply = tagged("\"v1\"", corpus::html(8 << 10));
        for _ in 0..2 {
            assert!(!once(&layer, Encoding::Gzip, &reply).await.1, "{capacity}");
        }
    }
}

/// A client that refuses identity makes the layer encode what does not shrink.
/// Others must not get that form.
#[tokio::test]
async fn a_form_that_grew_is_not_sent_to_those_who_take_identity() {
    for encoding in CODINGS {
        let layer = keeping();
        let reply = tagged("\"noise\"", corpus::random(4000, 8));
        let forced = format!("{encoding}, identity;q=0");
        let answer = ask(&layer, get(&forced), &reply).await;
        answer.assert_encoded(encoding, &reply);
        let answer = ask(&layer, get(encoding.as_str()), &reply).await;
        assert_eq!(answer.coding(), "identity", "{encoding}");
        let answer = ask(&layer, get(&forced), &reply).await;
        answer.assert_encoded(encoding, &reply);
        assert_eq!(layer.stats().reused, 1, "{encoding}");
    }
}

#[tokio::test]
async fn a_kept_form_is_padded_anew_each_time() {
    let layer = keeping().padding(u16::MAX);
    let reply = tagged("\"v1\"", corpus::html(8 << 10));
    let (first, _) = once(&layer, Encoding::Gzip, &reply).await;
    let mut lengths = vec![first.body.len()];
    for _ in 0..8 {
        let (again, reused) = once(&layer, Encoding::Gzip, &reply).await;
        assert!(reused);
        lengths.push(again.body.len());
    }
    lengths.dedup();
    assert!(lengths.len() > 4, "{lengths:?}");
}

#[tokio::test]
async fn bodies_that_are_not_complete_are_not_kept() {
    let layer = keeping();
    let reply = tagged("\"v1\"", corpus::html(8 << 10)).arrival(Arrival::Streamed);
    for _ in 0..2 {
        let answer = ask(&layer, get(ANY), &reply).await;
        assert_eq!(answer.decoded(), reply.data);
    }
    assert_eq!(layer.stats().reused, 0);
}

#[tokio::test]
async fn a_body_too_large_for_one_call_is_kept_when_its_stream_is_over() {
    let layer = keeping();
    for encoding in CODINGS {
        let reply = || tagged("\"bundle\"", corpus::html(300 << 10));
        let (streamed, reused) = once(&layer, encoding, &reply()).await;
        assert!(!reused, "{encoding}");
        assert!(!streamed.head.headers.contains_key("content-length"));
        let (again, reused) = once(&layer, encoding, &reply()).await;
        assert!(reused, "{encoding}");
        assert_eq!(again.body, streamed.body);
        let length = again.body.len().to_string();
        assert_eq!(again.head.headers["content-length"], length.as_str());
    }
}

#[tokio::test]
async fn a_large_body_that_was_cut_off_is_not_kept() {
    let layer = keeping();
    let reply = tagged("\"bundle\"", corpus::html(300 << 10));
    let handler = service::respond(|_: Request<()>| reply.response());
    let response = layer.layer(handler).oneshot(get("gzip")).await.unwrap();
    let mut body = response.into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    drop(body);
    assert!(!once(&layer, Encoding::Gzip, &reply).await.1);
}
