//! As PID 1 of a container: a PID namespace of its own is what matters of one.

use crate::support::{Running, Setup, cluster::send, until};
use buttress_testing::h1;
use rustix::process::Signal;
use std::{fs, process::Command};

const CONTAINER: [&str; 5] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

/// Whether this user may make one, here.
fn is_allowed() -> bool {
    let tried = Command::new(CONTAINER[0])
        .args(&CONTAINER[1..])
        .arg("true")
        .output();
    let is_allowed = tried.is_ok_and(|it| it.status.success());
    if !is_allowed {
        eprintln!("skipped: no PID namespaces for this user");
    }
    is_allowed
}

/// The first process of the container, as it is called outside.
fn init(cluster: &Running) -> u32 {
    let outer = cluster.pid();
    let children = fs::read_to_string(format!("/proc/{outer}/task/{outer}/children"));
    children.unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn as_pid_1_it_reaps_what_others_leave() {
    if !is_allowed() {
        return;
    }
    let cluster = Setup::new(1).wrapped(&CONTAINER).start().await;
    assert_eq!(cluster.status().pid, 1);
    for _ in 0..3 {
        let orphan = cluster.get("/orphan").await;
        let line = format!("{} ", orphan.trim());
        let processes = async || {
            let all = cluster.get("/processes").await;
            let ours = all.lines().find(|it| it.starts_with(&line));
            ours.map(str::to_owned)
        };
        // Until it ends, it is a child of PID 1.
        if let Some(living) = processes().await {
            assert!(living.ends_with(" 1"), "{living}");
        }
        until("the orphan is gone, and no zombie", async || {
            processes().await.is_none()
        })
        .await;
    }
    // Nor was a worker taken for one of them.
    assert_eq!(cluster.status().workers[0].restarts, 0);
}

#[tokio::test]
async fn as_pid_1_it_hears_sigterm_and_its_workers_drain() {
    if !is_allowed() {
        return;
    }
    let mut cluster = Setup::new(2).wrapped(&CONTAINER).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection
        .send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    until("it is in flight", async || {
        let workers = cluster.status().workers;
        workers.iter().any(|worker| worker.in_flight == 1)
    })
    .await;
    // The kernel keeps from PID 1 what it has no handler for.
    send(init(&cluster), Signal::TERM);
    connection.head().await;
    assert_eq!(&connection.body().await.complete()[..], b"slow");
    assert_eq!(cluster.ended().await.code(), Some(0));
}
