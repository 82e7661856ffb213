//! How policies share requests out.

mod support;

use buttress_balance::{Backend, Change, HealthCheck, Hedge, Policy};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{Cluster, Does, get, who};

fn answering(names: &[&'static str]) -> Cluster {
    let nodes: Vec<_> = names.iter().map(|name| (*name, Does::Answers)).collect();
    Cluster::new(&nodes)
}

#[tokio::test]
async fn weights_are_kept_and_spread() {
    let cluster = answering(&["a", "b", "c"]);
    let backends =
        [("a", 5), ("b", 1), ("c", 1)].map(|(name, weight)| Backend::new(name).weight(weight));
    let balancer = cluster.builder().policy(Policy::Weighted).build(backends);
    let mut order = String::new();
    for _ in 0..14 {
        order += &who(get(&balancer).await).await;
    }
    assert_eq!(order, "aabacaaaabacaa");
}

#[tokio::test]
async fn a_spare_waits_until_all_others_are_out() {
    let cluster = answering(&["a", "b"]);
    let backends = [Backend::new("a"), Backend::new("b").weight(0)];
    let balancer = cluster.builder().build(backends);
    for _ in 0..10 {
        assert_eq!(who(get(&balancer).await).await, "a");
    }
    cluster.set("a", Does::Refuses);
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(who(get(&balancer).await).await);
    }
    // Until it is known that the other is out, nobody stands in.
    assert_eq!(answers[3..], vec!["b"; 7]);
}

#[tokio::test]
async fn zones_weigh() {
    let cluster = answering(&["a", "b"]);
    let backends = [
        Backend::new("a").zone("near"),
        Backend::new("b").zone("far"),
    ];
    let balancer = cluster
        .builder()
        .policy(Policy::Weighted)
        .zone("far", 0.25)
        .build(backends);
    for _ in 0..100 {
        get(&balancer).await.unwrap();
    }
    assert_eq!((cluster.seen("a"), cluster.seen("b")), (80, 20));
}

#[tokio::test(start_paused = true)]
async fn the_slow_one_of_two_gets_less() {
    let cluster = Cluster::new(&[
        ("a", Does::AnswersAfter(Duration::from_millis(2))),
        ("b", Does::AnswersAfter(Duration::from_millis(50))),
    ]);
    let balancer = cluster.balancer();
    for _ in 0..400 {
        get(&balancer).await.unwrap();
    }
    assert!(cluster.seen("b") < 40, "{}", cluster.seen("b"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_start_begins_with_a_tenth() {
    let cluster = answering(&["a", "b"]);
    let balancer = cluster
        .builder()
        .policy(Policy::Weighted)
        .slow_start(Duration::from_secs(10));
    let balancer = balancer.build(["a"]);
    tokio::time::advance(Duration::from_secs(60)).await;
    balancer.apply(Change::Insert("b".into()));
    for _ in 0..110 {
        get(&balancer).await.unwrap();
    }
    assert!(
        (9..=11).contains(&cluster.seen("b")),
        "{}",
        cluster.seen("b")
    );
    tokio::time::advance(Duration::from_secs(10)).await;
    let before = cluster.seen("b");
    for _ in 0..100 {
        get(&balancer).await.unwrap();
    }
    assert!((49..=51).contains(&(cluster.seen("b") - before)));
}

#[tokio::test(start_paused = true)]
async fn checks_take_an_endpoint_out_and_bring_it_back() {
    let cluster = answering(&["a", "b", "c"]);
    let balancer = cluster
        .builder()
        .policy(Policy::RoundRobin)
        .build(cluster.names());
    let sick = Arc::new(Mutex::new("a"));
    let check = HealthCheck::new({
        let sick = Arc::clone(&sick);
        move |name: &'static str| {
            let is_sick = *sick.lock().unwrap() == name;
            async move {
                if is_sick {
                    // Worse than a no.
                    std::future::pending().await
                }
                true
            }
        }
    });
    let task =
        tokio::spawn(balancer.check_health(check.interval(Duration::from_secs(2)).fall(2).rise(2)));
    let answers = async || {
        let mut all = Vec::new();
        for _ in 0..6 {
            all.push(who(get(&balancer).await).await);
        }
        all.sort_unstable();
        all.dedup();
        all.concat()
    };
    assert_eq!(answers().await, "abc");
    tokio::time::sleep(Duration::from_millis(4_100)).await;
    assert_eq!(answers().await, "bc");
    *sick.lock().unwrap() = "";
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!(answers().await, "abc");
    // The task ends with the balancer.
    drop(balancer);
    tokio::time::timeout(Duration::from_secs(5), task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hedge_answers_where_the_first_is_slow() {
    let cluster = Cluster::new(&[("a", Does::Hangs), ("b", Does::Answers)]);
    let balancer = cluster.builder().policy(Policy::RoundRobin);
    let balancer = balancer
        .hedge(Hedge::after(Duration::from_millis(30)))
        .build(cluster.names());
    let started = tokio::time::Instant::now();
    assert_eq!(who(get(&balancer).await).await, "b");
    assert_eq!(started.elapsed(), Duration::from_millis(30));
    // What hangs was dropped.
    assert!(balancer.endpoints().iter().all(|it| it.pending == 0));
}

#[tokio::test(start_paused = true)]
async fn a_hedge_sends_no_post_twice() {
    for (method, sent) in [("GET", 2), ("POST", 1)] {
        let cluster = Cluster::new(&[("a", Does::Hangs), ("b", Does::Hangs)]);
        let hedge = Hedge::after(Duration::from_millis(30));
        let balancer = cluster.builder().hedge(hedge).build(cluster.names());
        let answer = support::send(&balancer, method, "");
        let answer = tokio::time::timeout(Duration::from_secs(1), answer).await;
        assert!(answer.is_err(), "{method}");
        assert_eq!(cluster.seen("a") + cluster.seen("b"), sent, "{method}");
    }
}

#[tokio::test]
async fn endpoints_that_stay_keep_what_is_known_of_them() {
    let cluster = answering(&["a", "b", "c"]);
    let balancer = cluster.builder().build(["a", "b"]);
    for _ in 0..20 {
        get(&balancer).await.unwrap();
    }
    balancer.apply(Change::Set(vec!["b".into(), "c".into()]));
    let states = balancer.endpoints();
    assert_eq!(
        states.iter().map(|it| it.key).collect::<Vec<_>>(),
        ["b", "c"]
    );
    assert_eq!(states[0].requests, cluster.seen("b") as u64);
    assert_eq!((cluster.made("b"), cluster.made("c")), (1, 1));
}
