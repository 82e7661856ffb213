//! Requests in flight are bounded, and counted to the ends of their responses.

mod support;

use buttress_balance::{Policy, Refusal};
use http_body_util::BodyExt;
use support::{Cluster, Does, get};

#[tokio::test]
async fn beyond_the_limit_others_are_asked_and_then_nobody() {
    for policy in [
        Policy::PeakEwma,
        Policy::LeastPending,
        Policy::RoundRobin,
        Policy::Weighted,
    ] {
        let cluster = Cluster::new(&[("a", Does::Answers), ("b", Does::Answers)]);
        let balancer = cluster
            .builder()
            .policy(policy)
            .max_pending(3)
            .build(cluster.names());
        let mut held = Vec::new();
        for _ in 0..6 {
            let response = get(&balancer).await.unwrap();
            assert_eq!(response.status(), 200, "{policy:?}");
            held.push(response);
        }
        let pending: Vec<_> = balancer.endpoints().iter().map(|it| it.pending).collect();
        assert_eq!(pending, [3, 3]);
        let refused = get(&balancer).await.unwrap();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");
        assert_eq!(refused.extensions().get(), Some(&Refusal::Overloaded));
        // One is read to its end, one is dropped: two places.
        held.pop().unwrap().into_body().collect().await.unwrap();
        held.pop();
        for _ in 0..2 {
            let response = get(&balancer).await.unwrap();
            assert_eq!(response.status(), 200);
            held.push(response);
        }
        assert_eq!(get(&balancer).await.unwrap().status(), 503);
    }
}
