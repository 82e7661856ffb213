//! (6) The app's own failures eject nobody, unless that is asked for; broken answers do.

mod support;

use buttress_balance::{Policy, Retry};
use std::time::Duration;
use support::{Cluster, Does, get, send, who};

#[tokio::test(start_paused = true)]
async fn answers_of_500_eject_nobody() {
    let cluster = Cluster::new(&[
        ("a", Does::Says(500)),
        ("b", Does::Answers),
        ("c", Does::Answers),
    ]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    let mut statuses = Vec::new();
    for _ in 0..300 {
        statuses.push(get(&balancer).await.unwrap().status().as_u16());
    }
    // It goes on to get its share, and its answers go to the clients.
    assert_eq!(statuses.iter().filter(|it| **it == 500).count(), 100);
    let state = balancer.endpoints();
    assert!(state.iter().all(|it| it.is_ready && it.ejections == 0));
    assert_eq!(state[0].failed, 100);
}

#[tokio::test(start_paused = true)]
async fn they_do_where_that_is_asked_for() {
    let cluster = Cluster::new(&[
        ("a", Does::Says(500)),
        ("b", Does::Answers),
        ("c", Does::Answers),
    ]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .eject_on_failures(true);
    let balancer = balancer.build(cluster.names());
    for _ in 0..300 {
        get(&balancer).await.unwrap();
    }
    assert_eq!(cluster.seen("a"), 5);
    assert!(balancer.endpoints()[0].is_ejected);
}

#[tokio::test(start_paused = true)]
async fn who_breaks_off_is_left_out_for_a_while_and_longer_each_time() {
    let cluster = Cluster::new(&[
        ("a", Does::Breaks),
        ("b", Does::Answers),
        ("c", Does::Answers),
    ]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    for expected in [5, 10, 15] {
        for _ in 0..60 {
            assert_eq!(get(&balancer).await.unwrap().status(), 200);
        }
        assert_eq!(cluster.seen("a"), expected);
        // 10 s, 20 s, and 40 s after that.
        let time = Duration::from_secs(2 * expected as u64);
        tokio::time::advance(time - Duration::from_secs(1)).await;
        get(&balancer).await.unwrap();
        assert_eq!(cluster.seen("a"), expected, "too early");
        tokio::time::advance(Duration::from_secs(if expected == 15 { 11 } else { 1 })).await;
    }
}

/// Where most of them fail, leaving them out would only make it worse.
#[tokio::test(start_paused = true)]
async fn below_the_panic_threshold_nobody_is_left_out() {
    let cluster = Cluster::new(&[
        ("a", Does::Breaks),
        ("b", Does::Breaks),
        ("c", Does::Answers),
    ]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .retry(Retry::none());
    let balancer = balancer.build(cluster.names());
    for _ in 0..30 {
        let _ = get(&balancer).await;
    }
    let before = ["a", "b", "c"].map(|name| cluster.seen(name));
    for _ in 0..30 {
        let _ = get(&balancer).await;
    }
    let after = ["a", "b", "c"].map(|name| cluster.seen(name));
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(after - before, 10);
    }
}

#[tokio::test]
async fn an_error_of_the_service_is_given_on() {
    let cluster = Cluster::new(&[("a", Does::Breaks)]);
    let balancer = cluster.balancer();
    assert_eq!(who(send(&balancer, "POST", "body").await).await, "Early");
}
