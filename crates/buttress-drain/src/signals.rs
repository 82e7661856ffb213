use crate::Drain;
use std::io;

impl Drain {
    /// Triggers the drain at SIGTERM or SIGINT (Ctrl-C, where there are no
    /// signals), and [cuts](Self::cut) at the second one.
    ///
    /// From this call on, the signals no longer end the process by themselves.
    ///
    /// # Errors
    ///
    /// If the handlers cannot be installed.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new()?;
        let drain = self.clone();
        tokio::spawn(async move {
            signals.next().await;
            drain.trigger();
            signals.next().await;
            drain.cut();
        });
        Ok(())
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
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
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a way to hear of it there is nothing to wait for.
            std::future::pending::<()>().await;
        }
    }
}
