//! (4) An endpoint that refuses connections attracts no load, and costs no request.

mod support;

use buttress_balance::{EventKind, Policy, Retry};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{Cluster, Does, get, who};
use tower::ServiceExt;

const POLICIES: [Policy; 4] = [
    Policy::PeakEwma,
    Policy::LeastPending,
    Policy::RoundRobin,
    Policy::Weighted,
];

#[tokio::test(start_paused = true)]
async fn with_one_of_three_dead_no_get_fails() {
    for policy in POLICIES {
        let slow = Does::AnswersAfter(Duration::from_millis(5));
        let cluster = Cluster::new(&[("a", slow), ("b", Does::Refuses), ("c", slow)]);
        let balancer = cluster.builder().policy(policy).build(cluster.names());
        for _ in 0..2_000 {
            let answer = get(&balancer).await;
            assert_eq!(answer.unwrap().status(), 200, "{policy:?}");
        }
        // Ten seconds: three failures, and then a try after 1, 2, 4 and so on.
        assert!(cluster.seen("b") <= 8, "{policy:?}: {}", cluster.seen("b"));
    }
}

/// As peers go by load alone, what fails fast looks idle.
#[tokio::test(start_paused = true)]
async fn to_fail_fast_is_not_to_be_fast() {
    // A third would be its share, and of peers' requests more than half fail.
    for (does, most) in [
        (Does::Refuses, 30),
        (Does::Breaks, 30),
        (Does::Says(500), 40),
    ] {
        let slow = Does::AnswersAfter(Duration::from_millis(20));
        let cluster = Cluster::new(&[("a", slow), ("b", does), ("c", slow)]);
        // Without these there is nothing but the load to go by.
        let balancer = cluster
            .builder()
            .breaker(0)
            .ejection(0)
            .retry(Retry::none());
        let balancer = balancer.build(cluster.names());
        for _ in 0..100 {
            let at_once = (0..30).map(|_| get(&balancer));
            futures_util::future::join_all(at_once).await;
        }
        assert!(
            cluster.seen("b") <= 3_000 * most / 100,
            "{does:?}: {}",
            cluster.seen("b")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_comes_back_by_itself() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let cluster = Cluster::new(&[("a", Does::Answers), ("b", Does::Refuses)]);
    let balancer = cluster.builder().policy(Policy::RoundRobin);
    let balancer = balancer
        .on_event(move |event| {
            log.lock()
                .unwrap()
                .push((event.endpoint.to_owned(), event.kind))
        })
        .build(cluster.names());
    for _ in 0..20 {
        assert_eq!(who(get(&balancer).await).await, "a");
    }
    assert_eq!(cluster.seen("b"), 3);
    cluster.set("b", Does::Answers);
    // Not before its time.
    tokio::time::advance(Duration::from_millis(990)).await;
    assert_eq!(who(get(&balancer).await).await, "a");
    tokio::time::advance(Duration::from_millis(20)).await;
    // The first request from then on tries it.
    assert_eq!(who(get(&balancer).await).await, "b");
    let mut answered = Vec::new();
    for _ in 0..10 {
        answered.push(who(get(&balancer).await).await);
    }
    assert_eq!(answered.iter().filter(|it| *it == "b").count(), 5);
    let of_b: Vec<_> = events
        .lock()
        .unwrap()
        .iter()
        .filter(|it| it.0 == "b")
        .map(|it| it.1)
        .collect();
    assert_eq!(
        of_b,
        [EventKind::Added, EventKind::Opened, EventKind::Closed]
    );
}

#[tokio::test(start_paused = true)]
async fn one_request_at_a_time_tries_it() {
    let cluster = Cluster::new(&[("a", Does::Answers), ("b", Does::Refuses)]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    for _ in 0..10 {
        get(&balancer).await.unwrap();
    }
    cluster.set("b", Does::Hangs);
    tokio::time::advance(Duration::from_millis(1_010)).await;
    let request = Request::get("/").body(Full::new(Bytes::new())).unwrap();
    let trial = tokio::spawn(balancer.clone().oneshot(request));
    tokio::time::sleep(Duration::from_millis(1)).await;
    for _ in 0..10 {
        assert_eq!(who(get(&balancer).await).await, "a");
    }
    assert_eq!(cluster.seen("b"), 4);
    // It goes away without an answer: another one may try.
    trial.abort();
    let _ = trial.await;
    cluster.set("b", Does::Answers);
    assert_eq!(who(get(&balancer).await).await, "b");
}

#[tokio::test(start_paused = true)]
async fn the_waits_of_the_breaker_double() {
    let cluster = Cluster::new(&[("a", Does::Answers), ("b", Does::Refuses)]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    let mut seen = Vec::new();
    for _ in 0..20 {
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..4 {
            get(&balancer).await.unwrap();
        }
        seen.push(cluster.seen("b"));
    }
    // Opened in the second one, tried a second later, two after that, four, eight.
    assert!(seen[19] >= 6 && seen[19] <= 8, "{seen:?}");
}
