//! Where a request goes by its path: to files, or to one of many upstreams.

use crate::{
    config::{Balance, Config, Route},
    erase::{Body, erase},
    keep::Keep,
};
use buttress_balance::{Balancer, HealthCheck, Policy, StickyCookie, Verdict};
use buttress_cache::BoxError;
use buttress_proxy::{Error, ReverseProxy};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use std::{
    collections::HashMap,
    future::Future,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};
use tower_http::services::ServeDir;

type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;
type Target = BoxCloneSyncService<Request<Incoming>, Response<Body>, BoxError>;

/// The routes, with the longest path first.
#[derive(Clone)]
pub(crate) struct Routes(Arc<[(String, Target)]>);

impl Routes {
    pub(crate) fn new(config: &Config, keep: &mut Keep) -> Self {
        let mut routes: Vec<_> = config
            .routes
            .iter()
            .map(|route| {
                let target = match &route.files {
                    Some(folder) => files(folder, &route.path),
                    None => upstreams(route, keep),
                };
                (route.path.trim_end_matches('/').to_owned(), target)
            })
            .collect();
        routes.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self(routes.into())
    }

    fn find(&self, path: &str) -> Option<&Target> {
        let fits = |prefix: &str| match path.strip_prefix(prefix) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || prefix.is_empty(),
            None => false,
        };
        let found = self.0.iter().find(|(prefix, _)| fits(prefix));
        found.map(|(_, target)| target)
    }
}

impl Service<Request<Incoming>> for Routes {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Answered;

    /// All that a request can come to is always ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Answered {
        match self.find(request.uri().path()) {
            Some(target) => Box::pin(target.clone().oneshot(request)),
            None => Box::pin(async { Ok(not_found()) }),
        }
    }
}

fn not_found() -> Response<Body> {
    let body = Empty::new().map_err(BoxError::from).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Files of a folder, without the route's path before them.
fn files(folder: &Path, prefix: &str) -> Target {
    let prefix = prefix.trim_end_matches('/').to_owned();
    let service = ServeDir::new(folder).map_request(move |mut request: Request<Incoming>| {
        let target = request.uri().path_and_query();
        let target = target.map_or("/", |target| target.as_str());
        let rest = target.strip_prefix(&*prefix).unwrap_or(target);
        let slash = if rest.starts_with('/') { "" } else { "/" };
        // A part of a target behind a slash is one.
        if let Ok(uri) = format!("{slash}{rest}").parse() {
            *request.uri_mut() = uri;
        }
        request
    });
    erase(service)
}

fn upstreams(route: &Route, keep: &mut Keep) -> Target {
    let proxies: HashMap<String, ReverseProxy> = route
        .upstreams
        .iter()
        .map(|upstream| {
            let proxy = keep.proxy(&upstream.text, &upstream.value, route);
            (upstream.text.clone(), proxy)
        })
        .collect();
    let proxies = Arc::new(proxies);
    let of = {
        let proxies = proxies.clone();
        // The balancer asks for those that it was built with, and no others.
        move |upstream: &String| proxies[upstream].clone()
    };
    let mut builder = Balancer::builder(of)
        .policy(match route.balance {
            Balance::PeakEwma => Policy::PeakEwma,
            Balance::LeastPending => Policy::LeastPending,
            Balance::RoundRobin => Policy::RoundRobin,
        })
        .on_event(|event| tracing::info!(endpoint = event.endpoint, "{}", event.kind))
        .classify(verdict as fn(&Error) -> Verdict);
    if let Some(sticky) = &route.sticky {
        let cookie = StickyCookie::new(&sticky.cookie, sticky.secret.as_bytes());
        builder = builder.sticky(match sticky.insecure {
            true => cookie.insecure(),
            false => cookie,
        });
    }
    let balancer = builder.build(route.upstreams.iter().map(|upstream| upstream.text.clone()));
    if let Some(path) = &route.health {
        // It ends with the last clone of the balancer.
        tokio::spawn(balancer.check_health(health(proxies, path.clone())));
    }
    erase(balancer)
}

/// What our errors say of an upstream.
fn verdict(error: &Error) -> Verdict {
    if error.is_connect() {
        Verdict::Unsent
    } else if error.is_request() {
        Verdict::Neutral
    } else {
        Verdict::Broken
    }
}

fn health(proxies: Arc<HashMap<String, ReverseProxy>>, path: String) -> HealthCheck<String> {
    HealthCheck::new(move |upstream: String| {
        let proxy = proxies.get(&upstream).cloned();
        let request = Request::get(&*path)
            .header("host", "localhost")
            .body(Empty::<Bytes>::new());
        async move {
            let (Some(proxy), Ok(request)) = (proxy, request) else {
                return false;
            };
            let answered = proxy.oneshot(request).await;
            answered.is_ok_and(|response| response.status().is_success())
        }
    })
}
