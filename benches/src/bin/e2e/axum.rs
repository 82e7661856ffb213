//! axum with what is taken off the shelf for it today.

use crate::{example, stacks::Started};
use ::axum::{
    Json, Router,
    extract::{Path, State},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use axum_response_cache::CacheLayer;
use buttress_benches::{Result, process::Process};
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use std::{
    env,
    io::Write,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    decompression::RequestDecompressionLayer,
    trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer},
};
use tower_sessions_0_14::{Session, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::{RedisStore, fred::prelude::*};
use tracing::Level;
use tracing_appender::non_blocking::WorkerGuard;

/// What stands in the head of the section.
pub(crate) const CRATES: [&str; 7] = [
    "axum",
    "tower-http",
    "tower-sessions",
    "tower-sessions-redis-store",
    "axum-response-cache",
    "tracing-subscriber",
    "tracing-appender",
];

pub(crate) fn start(redis: &str) -> Result<Started> {
    let mut command = Command::new(env::current_exe()?);
    Ok(Process::serve(command.args(["serve", redis]))?.into())
}

/// Says its address, and serves until it is killed.
#[tokio::main]
pub(crate) async fn serve(redis: &str) -> Result<()> {
    let _guard = log(std::io::stdout());
    let pool = Pool::new(Config::from_url(redis)?, None, None, None, 6)?;
    pool.init().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    ::axum::serve(listener, app(RedisStore::new(pool))).await?;
    Ok(())
}

/// Lines of JSON that another thread writes.
pub(crate) fn log(to: impl Write + Send + 'static) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(to);
    tracing_subscriber::fmt()
        .json()
        .with_max_level(Level::INFO)
        .with_writer(writer)
        .init();
    guard
}

/// What handlers share.
pub(crate) struct App {
    calls: AtomicUsize,
    templates: minijinja::Environment<'static>,
    journal: minijinja::Value,
}

impl App {
    fn new() -> Self {
        const TEMPLATE: &str =
            include_str!("../../../../examples/production/templates/journal.html");
        const DATA: &str = include_str!("../../../../examples/production/data/journal.json");
        let mut templates = minijinja::Environment::new();
        let added = templates.add_template("journal.html", TEMPLATE);
        added.expect("the example's template parses");
        let journal: serde_json::Value =
            serde_json::from_str(DATA).expect("the example's data is JSON");
        Self {
            calls: AtomicUsize::new(0),
            templates,
            journal: minijinja::Value::from_serialize(journal),
        }
    }
}

/// The routes with all layers; as one, which is cheaper in axum than one by one.
pub(crate) fn app(store: impl SessionStore + Clone) -> Router {
    let layers = ServiceBuilder::new()
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(RequestDecompressionLayer::new())
        .layer(
            SessionManagerLayer::new(store)
                .with_name("sid")
                .with_secure(false),
        );
    bare().layer(layers)
}

/// The routes; the cache is part of one, for it keeps whatever it sees.
pub(crate) fn bare() -> Router {
    let cache = CacheLayer::with_lifespan(Duration::from_secs(60));
    example::router()
        .route("/page", get(page))
        .route("/cached/{id}", get(cached).layer(cache))
        .route("/calls", get(calls))
        .route("/me", get(me))
        .route("/login", post(login))
        .with_state(Arc::new(App::new()))
}

async fn page(State(app): State<Arc<App>>) -> Html<String> {
    let template = app.templates.get_template("journal.html");
    let rendered = template.and_then(|template| template.render(app.journal.clone()));
    Html(rendered.expect("the example's template renders"))
}

#[derive(Serialize)]
struct Report {
    id: String,
    items: example::Items,
}

async fn cached(State(app): State<Arc<App>>, Path(id): Path<String>) -> impl IntoResponse {
    app.calls.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let items = example::Items::up_to(40);
    let headers = [(CACHE_CONTROL, "public, max-age=60")];
    (headers, Json(Report { id, items }))
}

async fn calls(State(app): State<Arc<App>>) -> String {
    app.calls.load(Ordering::Relaxed).to_string()
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

type Refused = (http::StatusCode, String);

async fn login(session: Session, Json(login): Json<Login>) -> Result<impl IntoResponse, Refused> {
    session.clear().await;
    session.cycle_id().await.map_err(refused)?;
    session.insert("user", login.user).await.map_err(refused)?;
    describe(&session).await
}

async fn me(session: Session) -> Result<impl IntoResponse, Refused> {
    describe(&session).await
}

/// The same keys as the example looks for.
async fn describe(session: &Session) -> Result<impl IntoResponse + use<>, Refused> {
    const KEYS: [&str; 20] = [
        "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13",
        "k14", "k15", "k16", "k17", "k18", "k19",
    ];
    let mut n = 0;
    for key in KEYS {
        let value = session.get::<u8>(key).await.map_err(refused)?;
        n += usize::from(value.is_some());
    }
    let user = session.get::<String>("user").await.map_err(refused)?;
    let answer = serde_json::json!({ "n": n, "user": user });
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)))
}

fn refused(error: tower_sessions_0_14::session::Error) -> Refused {
    (http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
