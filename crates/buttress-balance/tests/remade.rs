//! (9) An endpoint whose `poll_ready` fails comes back.

mod support;

use support::{Cluster, Does, get, who};

#[tokio::test]
async fn its_service_is_made_anew_and_the_request_goes_elsewhere() {
    let cluster = Cluster::new(&[("a", Does::FailsToGetReady), ("b", Does::Answers)]);
    let balancer = cluster.balancer();
    for _ in 0..50 {
        assert_eq!(get(&balancer).await.unwrap().status(), 200);
    }
    assert_eq!(cluster.made("a"), 2);
    assert!(cluster.seen("a") > 0, "it gets requests again");
}

#[tokio::test]
async fn an_only_one_comes_back_too() {
    let cluster = Cluster::new(&[("a", Does::FailsToGetReady)]);
    let balancer = cluster.balancer();
    assert_eq!(who(get(&balancer).await).await, "503");
    assert_eq!(who(get(&balancer).await).await, "a");
    assert_eq!(cluster.made("a"), 2);
}
