//! (7) What may be sent again, and how: a POST never once something of it was sent; a
//! body that was not read is whole.

mod support;

use buttress_balance::{Policy, Retry};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::StreamBody;
use std::convert::Infallible;
use support::{Cluster, Does, send, who};
use tower::ServiceExt;

fn two(first: Does) -> (Cluster, support::Tested) {
    let cluster = Cluster::new(&[("a", first), ("b", Does::Answers)]);
    // Round robin begins with the first.
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    (cluster, balancer)
}

#[tokio::test]
async fn a_post_that_nobody_was_sent_goes_elsewhere_whole() {
    let (cluster, balancer) = two(Does::Refuses);
    assert_eq!(who(send(&balancer, "POST", "all of it").await).await, "b");
    assert_eq!(cluster.bodies("b"), ["all of it"]);
    assert_eq!(cluster.seen("a"), 1);
}

#[tokio::test]
async fn a_post_of_which_something_was_sent_goes_nowhere_else() {
    for does in [Does::Breaks, Does::BreaksEarly] {
        let (cluster, balancer) = two(does);
        assert_eq!(
            who(send(&balancer, "POST", "all of it").await).await,
            "Early"
        );
        assert_eq!(cluster.seen("b"), 0);
    }
    // Not even without a body: its head was sent.
    let (cluster, balancer) = two(Does::Breaks);
    assert_eq!(who(send(&balancer, "POST", "").await).await, "Early");
    assert_eq!(cluster.seen("b"), 0);
}

#[tokio::test]
async fn what_may_be_done_twice_is_sent_again_from_its_beginning() {
    for does in [Does::Breaks, Does::BreaksEarly] {
        for method in ["PUT", "DELETE", "GET"] {
            let (cluster, balancer) = two(does);
            assert_eq!(who(send(&balancer, method, "all of it").await).await, "b");
            assert_eq!(cluster.bodies("b"), ["all of it"]);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_to_be_kept_is_sent_once() {
    let cluster = Cluster::new(&[("a", Does::BreaksEarly), ("b", Does::Answers)]);
    let balancer = cluster.builder().policy(Policy::RoundRobin);
    let balancer = balancer
        .retry(Retry::new().replay(4))
        .build(cluster.names());
    assert_eq!(who(send(&balancer, "PUT", "12345").await).await, "Early");
    assert_eq!(cluster.seen("b"), 0);
    let (cluster, balancer) = two(Does::Breaks);
    drop(balancer);
    let balancer = cluster.builder().policy(Policy::RoundRobin);
    let balancer = balancer
        .retry(Retry::new().replay(4))
        .build(cluster.names());
    assert_eq!(who(send(&balancer, "PUT", "1234").await).await, "b");
    assert_eq!(cluster.bodies("b"), ["1234"]);
}

/// Pieces, and trailers, of which the first endpoint read the first alone.
#[tokio::test]
async fn a_stream_is_sent_again_with_its_trailers() {
    let (cluster, balancer) = two(Does::BreaksEarly);
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from(6));
    let frames = [
        Frame::data(Bytes::from("one")),
        Frame::data(Bytes::from("two")),
        Frame::trailers(trailers),
    ];
    let body = StreamBody::new(futures_util::stream::iter(frames.map(Ok::<_, Infallible>)));
    let request = Request::put("/").body(body).unwrap();
    let response = balancer.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(cluster.bodies("b"), ["onetwo"]);
}

#[tokio::test]
async fn retries_have_a_budget() {
    let cluster = Cluster::new(&[("a", Does::Breaks), ("b", Does::Breaks)]);
    let balancer = cluster.builder().ejection(0);
    let balancer = balancer
        .retry(Retry::new().ratio(0.1).per_second(1.0))
        .build(cluster.names());
    for _ in 0..1_000 {
        let _ = support::get(&balancer).await;
    }
    let sent = cluster.seen("a") + cluster.seen("b");
    // 1,000, a tenth more, and ten that were saved up.
    assert!((1_100..=1_115).contains(&sent), "{sent}");
}

#[tokio::test]
async fn attempts_are_bounded() {
    let names = ["a", "b", "c", "d", "e"];
    let cluster = Cluster::new(&names.map(|name| (name, Does::Breaks)));
    let balancer = cluster
        .builder()
        .retry(Retry::new().attempts(3))
        .build(names);
    assert_eq!(who(support::get(&balancer).await).await, "Early");
    let sent: usize = names.iter().map(|name| cluster.seen(name)).sum();
    assert_eq!(sent, 3);
}
