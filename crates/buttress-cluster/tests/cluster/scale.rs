//! (11): more workers, and fewer.

use crate::support::{Manner, Setup, Storm, until};
use buttress_cluster::control::{Reply, Request, Scale};
use rustix::process::Signal;

#[tokio::test]
async fn scaling_down_with_a_full_queue_fails_no_request() {
    let cluster = Setup::new(4).with("threads", 1).start().await;
    let storm = Storm::begin(cluster.addr, Manner::Single, 64);
    for workers in [1, 4, 2, 3, 1] {
        storm.goes_on(300).await;
        let workers = Request::Scale {
            workers: Scale::To(workers),
        };
        assert!(matches!(cluster.ask(&workers), Reply::Done { .. }));
    }
    until("one is left", async || cluster.status().workers.len() == 1).await;
    storm.goes_on(300).await;
    storm.end().await.is_clean();
}

#[tokio::test]
async fn signals_scale_by_one_and_never_below_one() {
    let cluster = Setup::new(1).start().await;
    cluster.signal(Signal::TTIN);
    until("two serve", async || cluster.pids().len() == 2).await;
    cluster.signal(Signal::TTOU);
    until("one serves", async || cluster.status().workers.len() == 1).await;
    cluster.signal(Signal::TTOU);
    assert!(matches!(
        cluster.ask(&Request::Scale {
            workers: Scale::By(-5)
        }),
        Reply::Done { .. }
    ));
    assert_eq!(cluster.get("/").await, "hello");
    assert_eq!(cluster.status().wanted, 1);
}
