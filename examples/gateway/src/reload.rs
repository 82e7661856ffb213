//! The configuration that counts, and how it is read again.

use crate::{
    app::{self, App},
    cli::Args,
    config::{Config, ConfigError},
    erase::Body,
    keep::Keep,
};
use arc_swap::ArcSwap;
use http::{Request, Response};
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::{signal::unix::Signal, time::interval};
use tower::{Service, ServiceExt, util::Oneshot};

/// How often the file's time of change is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// Answers each request by the configuration that counts as it comes.
///
/// A request goes on with the one that it began with, and so does its body: that is
/// all there is to a reload without a failed request.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<ArcSwap<App>>);

impl Service<Request<Incoming>> for Gateway {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Oneshot<App, Request<Incoming>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let app = App::clone(&self.0.load());
        app.oneshot(request)
    }
}

/// What the first configuration came to, before its first request.
pub(crate) struct Start {
    path: PathBuf,
    /// What the file was before it was read, so that no change gets lost between.
    stamp: Option<Stamp>,
    app: App,
    keep: Keep,
}

impl Start {
    pub(crate) fn load(args: &Args, mut keep: Keep) -> Result<(Config, Self), LoadError> {
        let path = args.config.clone();
        let stamp = stamp(&path);
        let (config, app) = load(&path, &mut keep)?;
        let start = Self {
            path,
            stamp,
            app,
            keep,
        };
        Ok((config, start))
    }

    /// The service, and a task that changes it.
    pub(crate) fn gateway(self, hangup: Signal) -> Gateway {
        let gateway = Gateway(Arc::new(ArcSwap::from_pointee(self.app)));
        let watch = watch(self.path, self.stamp, hangup, gateway.clone(), self.keep);
        tokio::spawn(watch);
        gateway
    }
}

/// Reads a configuration, and makes all that it asks for.
fn load(path: &Path, keep: &mut Keep) -> Result<(Config, App), LoadError> {
    let config = Config::load(path).map_err(LoadError::Config)?;
    let app = app::build(&config, keep).map_err(LoadError::Page)?;
    keep.settle();
    Ok((config, app))
}

/// Reads it again at SIGHUP, and when the file is another. What cannot be used changes
/// nothing.
async fn watch(
    path: PathBuf,
    mut known: Option<Stamp>,
    mut hangup: Signal,
    gateway: Gateway,
    mut keep: Keep,
) {
    let mut ticks = interval(INTERVAL);
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            _ = ticks.tick() => {
                let now = stamp(&path);
                if now == known || now.is_none() {
                    continue;
                }
                known = now;
            }
        }
        match load(&path, &mut keep) {
            Ok((_, app)) => {
                gateway.0.store(Arc::new(app));
                tracing::info!("the configuration was read again");
            }
            Err(error) => tracing::error!("the configuration stays as it was: {error}"),
        }
    }
}

/// When the file was changed, and its length, for two changes within one tick.
type Stamp = (SystemTime, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Why there is no app for a configuration.
#[derive(Debug)]
pub(crate) enum LoadError {
    Config(ConfigError),
    Page(io::Error),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Page(error) => write!(f, "cannot read the error page: {error}"),
        }
    }
}

impl std::error::Error for LoadError {}
