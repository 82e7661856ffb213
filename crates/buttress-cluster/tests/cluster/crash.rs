//! (9): crash loops, and configurations that are bad.

use crate::support::{Setup, cluster::send, until};
use rustix::process::Signal;

#[tokio::test]
async fn in_a_crash_loop_the_back_off_grows_and_a_healthy_time_resets_it() {
    let cluster = Setup::new(1).with("healthy_after", 300).start().await;
    cluster.mood("crashes");
    send(cluster.pids()[0], Signal::KILL);
    for failures in 2..5 {
        cluster
            .says(&format!("failed {failures} times in a row"))
            .await;
    }
    let delays = delays(&cluster.log());
    assert_eq!(delays[0], 0.0, "{delays:?}");
    assert!(
        delays[1..].windows(2).all(|pair| pair[0] < pair[1]),
        "{delays:?}"
    );
    cluster.mood("");
    until("it serves for a while", async || {
        let status = cluster.status();
        status
            .workers
            .iter()
            .any(|it| it.state == "serving" && it.uptime_ms > 2000)
    })
    .await;
    send(cluster.pids()[0], Signal::KILL);
    until("the failures are forgotten", async || {
        let log = cluster.log();
        log.lines()
            .rfind(|line| line.contains("in a row"))
            .is_some_and(|line| line.contains("failed 1 times"))
    })
    .await;
}

/// In milliseconds, as the log has them.
fn delays(log: &str) -> Vec<f64> {
    let delay = |line: &str| {
        if line.contains("restarts at once") {
            return Some(0.0);
        }
        let text = line.split_once("restarts in ")?.1.trim();
        let (number, unit) = text.split_at(text.find(|it: char| it.is_alphabetic())?);
        let factor = match unit {
            "ns" => 1e-6,
            "µs" => 1e-3,
            "ms" => 1.0,
            _ => 1000.0,
        };
        Some(number.parse::<f64>().ok()? * factor)
    };
    log.lines().filter_map(delay).collect()
}

#[tokio::test]
async fn a_bad_configuration_stops_the_cluster_and_says_so() {
    let mut cluster = Setup::new(2)
        .mood("misconfigured")
        .with("bind", "127.0.0.1:0")
        .launch();
    assert_eq!(cluster.ended().await.code(), Some(78));
    assert!(
        cluster.log().contains("its configuration is bad"),
        "{}",
        cluster.log()
    );
}

#[tokio::test]
async fn a_cluster_that_never_served_ends() {
    let setup = Setup::new(1).mood("exits").with("crash_limit", 3);
    let mut cluster = setup.with("bind", "127.0.0.1:0").launch();
    assert_eq!(cluster.ended().await.code(), Some(1));
    assert!(
        cluster.log().contains("no worker has ever served"),
        "{}",
        cluster.log()
    );
}

#[tokio::test]
async fn an_exit_is_logged_with_its_process_code_uptime_and_requests_in_flight() {
    let cluster = Setup::new(1).start().await;
    let pid = cluster.pids()[0];
    let mut connection = buttress_testing::h1::Connection::open(cluster.addr).await;
    connection
        .send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    until("it is in flight", async || {
        cluster.status().workers[0].in_flight == 1
    })
    .await;
    send(pid, Signal::KILL);
    cluster.says(&format!("pid {pid}, 1 in flight")).await;
    let log = cluster.log();
    let line = log.lines().find(|line| line.contains("in flight")).unwrap();
    assert!(line.contains("unasked: signal 9, after "), "{line}");
}
