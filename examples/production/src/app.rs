use crate::layers;
use crate::logs::Logs;
use crate::routes;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::state::App;
use axum::Router;
use axum::http::Uri;
use buttress_cache::CacheLayer;
use buttress_drain::Drain;
use buttress_env::Loaded;
use buttress_error::{Error, PanicBudget};
use std::sync::Arc;

/// The whole app: its routes, what answers where there is no route, and the
/// layers around all of them.
pub(crate) fn app(
    settings: Loaded<Settings>,
    drain: &Drain,
    budget: &PanicBudget,
    logs: &Logs,
    sessions: &Sessions,
    cache: CacheLayer,
) -> Router {
    let environment = settings.environment();
    let detect = settings.detect(environment);
    let routes = Router::new()
        .merge(routes::home::router())
        .merge(routes::bodies::router())
        .merge(routes::pages::router())
        .merge(routes::assets::router(&settings.assets))
        .merge(routes::streams::router())
        .merge(routes::cached::router(cache))
        .merge(routes::faults::router())
        .merge(routes::echo::router())
        .merge(routes::sessions::router(sessions))
        .merge(routes::waits::router())
        .fallback(unknown_route)
        .with_state(Arc::new(App::new(settings)));
    // Probes need nothing of the layers, and answer where a layer does not.
    layers::around(routes, environment, budget, logs, detect).merge(routes::health::router(drain))
}

async fn unknown_route(uri: Uri) -> Error {
    Error::not_found(format!("there is nothing at {}", uri.path()))
}
