//! One connection, from its beginning to its end.

use crate::{error::Failure, link::Link, settings::Settings};
use redis::{AsyncConnectionConfig, PushInfo, PushKind, Value, aio::MultiplexedConnection};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::Notify;

/// A connection that answers commands and brings purges. Since both come the same
/// way and in their order, an answer has seen all purges before it, and what ends
/// the one ends the other.
pub(crate) struct Session {
    connection: MultiplexedConnection,
    failures: AtomicU32,
    over: Arc<Notify>,
}

/// Opens one that listens.
pub(crate) async fn subscribe(link: &Arc<Link>) -> Result<Arc<Session>, Failure> {
    let over = Arc::new(Notify::new());
    let push = {
        let (link, over) = (Arc::downgrade(link), over.clone());
        move |info: PushInfo| {
            match (info.kind, &*info.data) {
                (PushKind::Disconnection, _) => over.notify_one(),
                (PushKind::Message, [_, Value::BulkString(text)]) => {
                    if let Some(link) = link.upgrade() {
                        link.hear(text);
                    }
                }
                _ => {}
            }
            Ok::<_, Failure>(())
        }
    };
    let config = AsyncConnectionConfig::new()
        // `Link::open` and each command have deadlines of their own.
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_push_sender(push);
    let client = &link.client;
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    connection.subscribe(&link.names.channel).await?;
    Ok(Arc::new(Session {
        connection,
        failures: AtomicU32::new(0),
        over,
    }))
}

impl Session {
    pub(crate) fn connection(&self) -> MultiplexedConnection {
        self.connection.clone()
    }

    /// Resolves when it is over: closed, or given up.
    pub(crate) async fn ended(&self) {
        self.over.notified().await;
    }

    pub(crate) fn end(&self) {
        self.over.notify_one();
    }

    pub(crate) fn has_answered(&self) {
        // Read first: all requests share it, and it is zero already.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Counts a failure. Whether that was one too many in a row.
    pub(crate) fn gives_up(&self) -> bool {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= Settings::FAILURES
    }
}
