//! (16): values that change while the workers run.

use crate::support::{Setup, until};
use buttress_cluster::control::{Reply, Request};

fn set(name: &str, value: &str) -> Request {
    Request::Set {
        name: name.into(),
        value: value.into(),
    }
}

#[tokio::test]
async fn settings_reach_every_worker_and_those_that_come_later() {
    let cluster = Setup::new(3).with("setting", "log:info").start().await;
    assert_eq!(cluster.get("/setting").await, "info");
    let reply = cluster.ask(&set("log", "debug"));
    assert_eq!(
        reply,
        Reply::Done {
            message: "log is set in 3 workers".into()
        }
    );
    for _ in 0..3 {
        until("each worker knows", async || {
            let mut answers = Vec::new();
            for _ in 0..12 {
                answers.push(cluster.get("/setting").await);
            }
            answers.iter().all(|answer| answer == "debug")
        })
        .await;
        cluster.reload().await.unwrap();
    }
}

#[tokio::test]
async fn the_number_of_workers_is_a_setting_like_others_and_bad_ones_are_refused() {
    let cluster = Setup::new(1).start().await;
    cluster.ask(&set("workers", "2"));
    until("two serve", async || cluster.pids().len() == 2).await;
    for (name, value) in [
        ("workers", "many"),
        ("a b", "x"),
        ("big", &"x".repeat(9000)),
    ] {
        assert!(
            matches!(cluster.ask(&set(name, value)), Reply::Failed { .. }),
            "{name}"
        );
    }
}
