use super::Writer;
use std::{io, sync::Arc};
use tokio::signal::unix::{SignalKind, signal};

impl Writer {
    /// [Opens the file again](Self::reopen) at each SIGHUP, as logrotate sends it. The
    /// signal then no longer ends the process: this is the only place of the crate that
    /// changes what one does.
    ///
    /// # Errors
    ///
    /// If the signal cannot be listened for.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn reopen_on_hangup(&self) -> io::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                shared.ask_to_reopen();
            }
        });
        Ok(())
    }
}
