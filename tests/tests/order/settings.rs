//! What follows the environment, and what the app can change.

use crate::rig::{Text, USER, answer, login};
use axum::{Router, routing::get};
use buttress::{
    Production, ProductionBuilder,
    cache::MemoryStore,
    env::Environment,
    error::PanicBudget,
    log::{AccessLogLayer, Guard, Writer},
    session::{self, Session, conformance::Faulty},
};
use http::header::LAST_MODIFIED;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

/// A stack that logs into a text.
fn builder(environment: Environment) -> (ProductionBuilder, Text, Guard) {
    let text = Text::default();
    let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
    let builder = Production::builder(environment).log(AccessLogLayer::new(writer));
    (builder, text, guard)
}

fn app(environment: Environment, routes: Router) -> Router {
    let (builder, _text, _guard) = builder(environment);
    routes.layer(builder.build().unwrap())
}

async fn fails() -> Result<(), buttress::error::Error> {
    Err(std::io::Error::other("password=hunter2").into())
}

#[tokio::test]
async fn what_went_wrong_is_shown_in_development_and_tests_alone() {
    for environment in Environment::ALL {
        let app = app(environment, Router::new().route("/", get(fails)));
        let response = answer(&app, "/", &[]).await;
        let text = String::from_utf8_lossy(response.body()).into_owned();
        let is_shown = text.contains("hunter2");
        assert_eq!(
            is_shown,
            environment.verbose_errors(),
            "{environment}: {text}"
        );
    }
}

#[tokio::test]
async fn cookies_are_for_https_alone_in_staging_and_production() {
    for environment in Environment::ALL {
        let app = app(environment, Router::new().route("/login", get(login)));
        let response = answer(&app, "/login", &[]).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let is_secure = cookie.starts_with("__Host-sid=") && cookie.contains("Secure");
        assert_eq!(
            is_secure,
            environment.secure_cookies(),
            "{environment}: {cookie}"
        );
    }
}

/// A file, by its headers: nothing in them says for how long it is good.
async fn file() -> impl axum::response::IntoResponse {
    (
        [(LAST_MODIFIED, "Sat, 03 Jan 2026 10:00:00 GMT")],
        "body {}",
    )
}

#[tokio::test]
async fn an_edited_file_shows_at_once_in_development_which_tells_what_the_cache_did() {
    for environment in [Environment::Development, Environment::Production] {
        let app = app(environment, Router::new().route("/", get(file)));
        answer(&app, "/", &[]).await;
        let again = answer(&app, "/", &[]).await;
        let is_kept = again.headers().contains_key("age");
        assert_eq!(is_kept, environment.is_production());
        let is_told = again.headers().contains_key("cache-status");
        assert_eq!(is_told, environment.is_development());
    }
}

#[tokio::test]
async fn stores_are_changed_and_what_follows_the_environment_stays() {
    let store = Faulty::new(session::MemoryStore::default());
    let (builder, _text, _guard) = builder(Environment::Production);
    let stack = builder
        .session_store(store.clone())
        .cache_store(MemoryStore::default())
        .build()
        .unwrap();
    let cache = stack.cache();
    let app = Router::new()
        .route("/login", get(login))
        .route("/file", get(file))
        .layer(stack);
    let response = answer(&app, "/login", &[]).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-sid="), "{cookie}");
    assert!(store.take_trips() > 0);
    answer(&app, "/file", &[]).await;
    assert_eq!((cache.stats().stored, cache.usage().keys), (1, 1));
}

#[derive(Clone)]
struct Route(&'static str);

#[tokio::test]
async fn one_function_tells_all_layers_the_route() {
    let blocked = Arc::new(Mutex::new(Vec::new()));
    let failed = Arc::new(Mutex::new(Vec::new()));
    let (builder, text, guard) = builder(Environment::Test);
    let (in_blocked, in_failed) = (blocked.clone(), failed.clone());
    let stack = builder
        .route(|extensions| extensions.get::<Route>().map(|route| route.0))
        .sync_io(|it| {
            it.on_report(move |report| in_blocked.lock().unwrap().push(report.route.clone()))
        })
        .errors(|it| {
            it.on_report(move |report| {
                let route = report.route().map(str::to_owned);
                in_failed.lock().unwrap().push(route);
            })
        })
        .build()
        .unwrap();
    let blocks = || async {
        // So long that the watchdog sees it on a host without CPU as well.
        std::thread::sleep(Duration::from_secs(2));
        fails().await
    };
    let app = Router::new()
        .route("/", get(blocks))
        .layer((axum::Extension(Route("mine")), stack));
    answer(&app, "/", &[]).await;
    buttress::sync_io::flush_reports(Duration::from_secs(10));
    let mine = vec![Some("mine".to_owned())];
    assert_eq!(*failed.lock().unwrap(), mine);
    assert!(
        blocked
            .lock()
            .unwrap()
            .iter()
            .all(|route| *route == mine[0])
    );
    assert!(!blocked.lock().unwrap().is_empty());
    assert_eq!(text.lines(&guard)[0]["route"], "mine");
}

#[tokio::test]
async fn one_budget_counts_the_panics_of_the_app_and_those_of_the_layers() {
    let budget = PanicBudget::new(1, Duration::from_secs(60));
    let (builder, text, guard) = builder(Environment::Production);
    let stack = builder
        .panic_budget(budget.clone())
        // A key of the app's own, asked for in the cache: outside of the errors.
        .cache(|cache| {
            cache.key(|request| match request.uri.path() {
                "/key" => panic!("no key"),
                _ => None,
            })
        })
        .build()
        .unwrap();
    let boom = || async {
        if true {
            panic!("in the handler");
        }
    };
    let app = Router::new()
        .route("/", get(boom))
        .route("/key", get(boom))
        .layer(stack);
    for path in ["/", "/key"] {
        assert_eq!(answer(&app, path, &[]).await.status(), 500, "{path}");
    }
    assert!(budget.is_tripped());
    assert_eq!(
        (budget.total(), budget.recent(), budget.allowed()),
        (2, 2, 1)
    );
    let lines = text.lines(&guard);
    let statuses: Vec<_> = lines.iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, [500, 500]);
}

#[tokio::test]
async fn what_the_stack_has_done_can_be_asked() {
    let (builder, _text, _guard) = builder(Environment::Production);
    let stack = builder.build().unwrap();
    let page = || async { "a long page ".repeat(500) };
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let reads = move |session: Session| async move {
        counted.fetch_add(1, SeqCst);
        session.get(USER).await.unwrap().unwrap_or_default()
    };
    let app = Router::new()
        .route("/", get(page))
        .route("/me", get(reads))
        .layer(stack.clone());
    answer(&app, "/", &[("accept-encoding", "gzip")]).await;
    answer(&app, "/me", &[]).await;
    let compressed = stack.compressed();
    assert!(compressed.bytes_out < compressed.bytes_in);
    assert_eq!((stack.blocking().total(), calls.load(SeqCst)), (0, 1));
}
