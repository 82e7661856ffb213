//! Signals, in a process of their own: they reach every thread of it.
#![cfg(unix)]

mod support;

use buttress_drain::{Drain, Phase};
use buttress_testing::{Gate, h1, within};
use std::{process::Command, time::Duration};
use support::{Running, app};

fn send(signal: &str) {
    let pid = std::process::id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status();
    assert!(sent.expect("there is a kill").success());
}

/// One test, for the signals of two would meet.
#[tokio::test]
async fn the_first_signal_drains_and_the_second_cuts() {
    let gate = Gate::new();
    let long = Duration::from_secs(600);
    let drain = Drain::new().linger(long).deadline(long);
    let server = Running::start_with(drain.clone(), app(&gate), |serve| serve.on_signals()).await;
    let mut client = h1::Connection::open(server.addr).await;
    client
        .send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    within("the handler", gate.reached()).await;

    send("-TERM");
    within("the trigger", drain.triggered()).await;
    assert_eq!(drain.phase(), Phase::Lingering);
    server.closed().await;
    assert!(!server.has_ended());

    send("-INT");
    assert_eq!(server.outcome().await.cut(), 1);
}
