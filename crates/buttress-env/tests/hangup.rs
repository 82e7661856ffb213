//! A signal reloads. A process of its own, for signals are the process's.
#![cfg(all(unix, feature = "reload"))]

use buttress_env::Env;
use buttress_testing::within;
use serde::Deserialize;
use std::{fs, process::Command, time::Duration};

#[derive(Debug, Deserialize)]
struct Config {
    value: u32,
}

/// Returns when the signal was sent.
fn hang_up() {
    let kill = format!("kill -HUP {}", std::process::id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn each_hangup_reloads_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("value");
    fs::write(&file, "1").unwrap();
    let variables = [("APP_VALUE_FILE", file.to_str().unwrap().to_owned())];
    let config = Env::prefix("APP")
        .variables(variables)
        .load::<Config>()
        .unwrap();
    let watched = config.watch();
    let reloads = tokio::spawn(watched.reload_on_hangup().unwrap());

    let until = |value: u32| {
        let watched = watched.clone();
        async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(5));
            while watched.current().value != value {
                ticks.tick().await;
            }
        }
    };
    fs::write(&file, "2").unwrap();
    hang_up();
    within("a reload", until(2)).await;
    // Signals in a row may be one: the last is what must be heard of.
    fs::write(&file, "x").unwrap();
    hang_up();
    fs::write(&file, "3").unwrap();
    hang_up();
    within("a reload", until(3)).await;
    reloads.abort();
}
