use crate::config::{Config, Place};
use std::{sync::Arc, time::Duration};

/// So many sessions are removed at once; other trips go between.
const BUDGET: usize = 1_000;

pub(crate) async fn sweep_every(config: Arc<Config>, period: Duration) {
    let Place::Store { store, .. } = &config.place else {
        return;
    };
    loop {
        tokio::time::sleep(period).await;
        loop {
            match store.sweep_boxed(BUDGET).await {
                Ok(swept) if swept.has_more => tokio::task::yield_now().await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "sessions were not swept; the next turn tries again");
                    break;
                }
            }
        }
    }
}
