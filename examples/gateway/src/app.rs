//! The layers around the routes, put together for one configuration.

use crate::{
    config::{Config, LogFormat},
    erase::{Body, erase},
    keep::Keep,
    routes::Routes,
};
use buttress_balance::Refusal;
use buttress_cache::CacheLayer;
use buttress_compression::CompressionLayer;
use buttress_log::{AccessLogLayer, Combined, Format, Json, Pretty};
use buttress_proxy::ErrorPageLayer;
use buttress_trust_proxy::{ClientInfo, TrustProxyLayer};
use http::{Request, Response, StatusCode, response::Parts};
use hyper::body::Incoming;
use std::{convert::Infallible, fs, io};
use tower::{ServiceBuilder, util::BoxCloneSyncService};

/// All that answers requests under one configuration.
pub(crate) type App = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// Outside in: who the client is, the log, error pages, the cache, compression.
///
/// The pages are around the cache, which sees the error that it can stand in for.
pub(crate) fn build(config: &Config, keep: &mut Keep) -> io::Result<App> {
    let routes = Routes::new(config, keep);
    let service = ServiceBuilder::new()
        .layer(TrustProxyLayer::new(config.trust.value.0.clone()))
        .layer(log(config, keep))
        .layer(pages(config)?)
        .layer(cache(config, keep))
        .layer(CompressionLayer::new().enabled(config.compression.enabled))
        .service(routes);
    Ok(erase(service))
}

fn log(config: &Config, keep: &Keep) -> AccessLogLayer {
    let format: Box<dyn Format> = match config.log.format {
        LogFormat::Json | LogFormat::Off => Box::new(Json),
        LogFormat::Pretty => Box::new(Pretty::new()),
        LogFormat::Combined => Box::new(Combined),
    };
    AccessLogLayer::new(keep.writer.clone())
        .format(format)
        .client(|head| head.extensions.get::<ClientInfo>()?.address())
        .enabled(!matches!(config.log.format, LogFormat::Off))
}

fn pages(config: &Config) -> io::Result<ErrorPageLayer> {
    let mut layer = ErrorPageLayer::new()
        .retry_after(config.errors.retry_after)
        // The balancer's own answer, when nobody could be reached, is empty.
        .replace(|parts: &Parts| parts.extensions.get::<Refusal>().is_some());
    if let Some(page) = &config.errors.page {
        let page = fs::read(page)?;
        for status in [
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ] {
            layer = layer.html(status, page.clone());
        }
    }
    Ok(layer)
}

/// The same cache for as long as its settings are the same.
fn cache(config: &Config, keep: &mut Keep) -> CacheLayer {
    keep.cache(&config.cache)
}
