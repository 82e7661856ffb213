//! (5) When all are down the answer is 503, at once; it never hangs.

mod support;

use buttress_balance::Refusal;
use http::header::RETRY_AFTER;
use std::time::Duration;
use support::{Answer, Cluster, Does, get, send};
use tokio::time::Instant;

fn is_refused(answer: Answer, refusal: Refusal) {
    let response = answer.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.extensions().get(), Some(&refusal));
    let seconds = response.headers()[RETRY_AFTER].to_str().unwrap();
    assert!((1..=120).contains(&seconds.parse().unwrap()), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn all_refuse() {
    let cluster = Cluster::new(&[
        ("a", Does::Refuses),
        ("b", Does::Refuses),
        ("c", Does::Refuses),
    ]);
    let balancer = cluster.balancer();
    for method in ["GET", "POST"] {
        let started = Instant::now();
        is_refused(send(&balancer, method, "body").await, Refusal::Unreachable);
        assert!(started.elapsed() <= Duration::from_millis(50));
    }
    for _ in 0..10 {
        let _ = get(&balancer).await;
    }
    // By now it is known, and nobody is asked.
    let before = cluster.seen("a");
    is_refused(get(&balancer).await, Refusal::NoEndpoint);
    assert_eq!(cluster.seen("a"), before);
}

#[tokio::test(start_paused = true)]
async fn none_gets_ready() {
    let cluster = Cluster::new(&[("a", Does::IsNotReady), ("b", Does::IsNotReady)]);
    let balancer = cluster.balancer();
    let started = Instant::now();
    is_refused(get(&balancer).await, Refusal::Overloaded);
    assert_eq!(started.elapsed(), Duration::from_millis(50));
}

/// Who is not ready is passed over, without a wait.
#[tokio::test(start_paused = true)]
async fn one_that_is_ready_is_enough() {
    let cluster = Cluster::new(&[("a", Does::IsNotReady), ("b", Does::Answers)]);
    let balancer = cluster.balancer();
    let started = Instant::now();
    for _ in 0..50 {
        assert_eq!(get(&balancer).await.unwrap().status(), 200);
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn there_are_none() {
    let cluster = Cluster::new(&[]);
    is_refused(get(&cluster.balancer()).await, Refusal::NoEndpoint);
}

#[tokio::test(start_paused = true)]
async fn they_come_back() {
    let cluster = Cluster::new(&[("a", Does::Refuses), ("b", Does::Refuses)]);
    let balancer = cluster.balancer();
    for _ in 0..10 {
        let _ = get(&balancer).await;
    }
    cluster.set("a", Does::Answers);
    cluster.set("b", Does::Answers);
    tokio::time::advance(Duration::from_secs(1)).await;
    for _ in 0..10 {
        assert_eq!(get(&balancer).await.unwrap().status(), 200);
    }
}

/// Each attempt of a request that swallows everything takes what its service allows;
/// how long that is, the caller says.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_leaves_nothing_behind() {
    let cluster = Cluster::new(&[("a", Does::Hangs)]);
    let balancer = cluster.balancer();
    let given_up = tokio::time::timeout(Duration::from_secs(1), get(&balancer)).await;
    assert!(given_up.is_err());
    let state = &balancer.endpoints()[0];
    assert_eq!(state.pending, 0);
    // And it is remembered as slow.
    assert!(state.latency >= Duration::from_secs(1), "{state:?}");
}
