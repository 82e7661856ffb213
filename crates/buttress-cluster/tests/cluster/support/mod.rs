//! A cluster of its own for each test, run by this very test binary.

pub(crate) mod app;
pub(crate) mod cluster;
pub(crate) mod storm;

pub(crate) use cluster::{Running, Setup};
pub(crate) use storm::{Manner, Storm};

use std::time::Duration;

/// Waits until it is so, and fails with what it was waiting for.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(60), holds).await {
        Ok(()) => {}
        Err(_) => panic!("waited in vain: {what}"),
    }
}
