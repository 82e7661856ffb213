use crate::choose_coding::choose_coding;
use crate::live::Live;
use crate::routes;
use crate::settings::Settings;
use crate::state::App;
use axum::Router;
use axum::http::Uri;
use axum::middleware::map_request;
use buttress::Production;
use buttress::drain::Drain;
use buttress::error::Error;
use buttress_env::Loaded;
use std::sync::Arc;

/// The whole app: its routes, what answers where there is no route, and the
/// layers around all of them.
pub(crate) fn app(
    settings: Loaded<Settings>,
    drain: &Drain,
    stack: Production,
    live: Arc<Live>,
) -> Router {
    let environment = settings.environment();
    let routes = Router::new()
        .merge(routes::home::router())
        .merge(routes::events::router())
        .merge(routes::bodies::router())
        .merge(routes::pages::router())
        .merge(routes::assets::router(&settings.assets))
        .merge(routes::streams::router())
        .merge(routes::cached::router())
        .merge(routes::faults::router())
        .merge(routes::echo::router())
        .merge(routes::sessions::router())
        .merge(routes::waits::router())
        .fallback(unknown_route)
        .with_state(Arc::new(App::new(settings, drain.clone(), live)))
        .layer(stack);
    match environment.is_development() {
        true => routes.layer(map_request(choose_coding)),
        false => routes,
    }
}

async fn unknown_route(uri: Uri) -> Error {
    Error::not_found(format!("there is nothing at {}", uri.path()))
}
