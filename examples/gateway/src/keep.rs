//! What outlives a configuration: the log's writer, the cache, and the connections to
//! upstreams.

use crate::config::{Cache, Route};
use buttress_cache::{CacheLayer, MemoryStore, StatusMode, policy::Policy};
use buttress_drain::Drain;
use buttress_log::Writer;
use buttress_proxy::{ReverseProxy, Upstream};
use buttress_trust_proxy::ClientInfo;
use http::{HeaderName, request::Parts};
use std::{collections::HashMap, net::SocketAddr};

pub(crate) struct Keep {
    pub(crate) writer: Writer,
    drain: Drain,
    cache: Option<(Cache, CacheLayer)>,
    /// By what they were made for.
    proxies: HashMap<String, ReverseProxy>,
    used: HashMap<String, ReverseProxy>,
}

impl Keep {
    pub(crate) fn new(writer: Writer, drain: Drain) -> Self {
        Self {
            writer,
            drain,
            cache: None,
            proxies: HashMap::new(),
            used: HashMap::new(),
        }
    }

    pub(crate) fn cache(&mut self, settings: &Cache) -> CacheLayer {
        match &self.cache {
            Some((old, layer)) if old == settings => layer.clone(),
            _ => {
                let layer = cache(settings);
                self.cache = Some((settings.clone(), layer.clone()));
                layer
            }
        }
    }

    /// A proxy to an upstream: that of the last configuration, if nothing about it
    /// has changed.
    pub(crate) fn proxy(&mut self, upstream: &str, to: &Upstream, route: &Route) -> ReverseProxy {
        let key = format!(
            "{upstream} {:?} {:?} {:?} {:?} {} {}",
            route.strip_prefix.then_some(&route.path),
            route.connect_timeout,
            route.head_timeout,
            route.idle_timeout,
            route.request_body_mib.unwrap_or(0),
            route.http2,
        );
        let known = self.used.get(&key).or_else(|| self.proxies.get(&key));
        let proxy = known.cloned().unwrap_or_else(|| self.open(to, route));
        self.used.insert(key, proxy.clone());
        proxy
    }

    /// A configuration is complete: whom it does not use is let go, once the last
    /// request to it has ended.
    pub(crate) fn settle(&mut self) {
        self.proxies = std::mem::take(&mut self.used);
    }

    fn open(&self, upstream: &Upstream, route: &Route) -> ReverseProxy {
        let drain = self.drain.clone();
        let mut builder = ReverseProxy::builder(upstream.clone())
            .connect_timeout(route.connect_timeout)
            .head_timeout(route.head_timeout)
            .idle_timeout(route.idle_timeout)
            .via("gateway")
            .peer(|parts| peer(parts).map(|peer| peer.ip()))
            // What is not to be believed has been removed by the outermost layer.
            .trusted(|_| true)
            .proto(
                |parts| match client(parts).is_some_and(ClientInfo::is_https) {
                    true => "https",
                    false => "http",
                },
            )
            .tunnels_until(move || {
                let (drain, guard) = (drain.clone(), drain.guard());
                async move {
                    drain.lingered().await;
                    drop(guard);
                }
            });
        if route.strip_prefix {
            builder = builder.strip_prefix(&*route.path);
        }
        if let Some(most) = route.request_body_mib {
            builder = builder.request_body(most << 20);
        }
        if route.http2 {
            builder = builder.http2(100);
        }
        builder.build()
    }
}

fn client(parts: &Parts) -> Option<&ClientInfo> {
    parts.extensions.get()
}

fn peer(parts: &Parts) -> Option<&SocketAddr> {
    parts.extensions.get()
}

fn cache(settings: &Cache) -> CacheLayer {
    let policy = Policy::new().stale_if_error(settings.stale_if_error);
    let mut layer = CacheLayer::new(MemoryStore::with_bytes(settings.memory_mib << 20))
        .policy(policy)
        .status(StatusMode::Full)
        .enabled(settings.enabled)
        // Scheme and host as the client sees them.
        .uri(|parts| match client(parts) {
            Some(client) => client.uri(&parts.uri),
            None => parts.uri.clone(),
        });
    for name in [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-port",
    ] {
        // They are believed or gone, and in the key by then.
        layer = layer.trust(&HeaderName::from_static(name));
    }
    layer
}
