use crate::{
    error::LoadError,
    watch::{Reloaded, Watched},
};
use serde::de::DeserializeOwned;
use std::{future::Future, io};
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    task::{JoinError, spawn_blocking},
};

impl<T: DeserializeOwned + Send + Sync + 'static> Watched<T> {
    /// Reloads at each `SIGHUP`, for as long as the future is polled: spawn it.
    ///
    /// From this call on the signal no longer ends the process. What came of each
    /// reload is traced, with names of variables and never a value.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime, or if the signal cannot be listened to. The
    /// runtime needs its IO driver.
    #[cfg_attr(docsrs, doc(cfg(all(unix, feature = "reload"))))]
    pub fn reload_on_hangup(&self) -> io::Result<impl Future<Output = ()> + Send + use<T>> {
        if Handle::try_current().is_err() {
            return Err(io::Error::other("there is no tokio runtime"));
        }
        let mut hangups = signal(SignalKind::hangup())?;
        let watched = self.clone();
        Ok(async move {
            while hangups.recv().await.is_some() {
                let watched = watched.clone();
                report(spawn_blocking(move || watched.reload()).await);
            }
        })
    }
}

fn report<T>(reloaded: Result<Result<Reloaded<T>, LoadError>, JoinError>) {
    match reloaded {
        Ok(Ok(reloaded)) => {
            let changes = reloaded.changes();
            let changed: Vec<&str> = changes.iter().map(|change| change.variable).collect();
            tracing::info!(?changed, "configuration reloaded");
            let needs_restart = reloaded.needs_restart();
            if !needs_restart.is_empty() {
                tracing::warn!(?needs_restart, "a restart is needed to apply these");
            }
        }
        Ok(Err(error)) => {
            for problem in error.problems() {
                tracing::error!(%problem, "configuration not reloaded");
            }
        }
        // A check of the user's own type panicked: the old one stays as well.
        Err(_) => tracing::error!("configuration not reloaded: a check panicked"),
    }
}
