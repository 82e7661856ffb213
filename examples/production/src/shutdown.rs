//! How the app ends: it stops accepting, lets the requests in flight finish,
//! and after a deadline ends without them.
//!
//! What is left to be wished for (a connection that was accepted but has not
//! sent its request yet is reset, for one) comes with buttress-drain.

use axum::Router;
use axum::serve::Listener;
use std::fmt::Debug;
use std::io;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::oneshot;

/// Serves until a signal comes, then drains. Returns success if every request
/// got its answer.
pub(crate) async fn run<L>(listener: L, app: Router, deadline: Duration) -> io::Result<ExitCode>
where
    L: Listener<Addr: Debug>,
{
    let (begin, begun) = oneshot::channel();
    let server = axum::serve(listener, app).with_graceful_shutdown(async {
        let _ = begun.await;
    });

    let mut signals = Signals::new()?;
    let cut = async {
        signals.next().await;
        // The receiver lives as long as the server that we wait for.
        let _ = begin.send(());
        tokio::select! {
            () = tokio::time::sleep(deadline) => "the drain deadline passed",
            () = signals.next() => "a second signal came",
        }
    };

    tokio::select! {
        result = server => result.map(|()| ExitCode::SUCCESS),
        reason = cut => {
            eprintln!("production: {reason} with requests still in flight; they are cut off");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What asks a process to end: SIGTERM from a supervisor, Ctrl-C from a person.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a way to hear Ctrl-C there is nothing to wait for.
            std::future::pending::<()>().await;
        }
    }
}
