//! The page `/`: what each layer does, and links that try it.

use super::Router;
use crate::choose_coding::CODINGS;
use crate::state::App;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing;
use buttress::error::Error;
use buttress_env::Environment;
use minijinja::context;
use serde::Serialize;
use std::sync::Arc;

pub(crate) fn router() -> Router {
    Router::new().route("/", routing::get(home))
}

/// It shows how things stand, so nobody may keep it.
async fn home(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Error> {
    let environment = app.settings.environment();
    let context = context! {
        practices => PRACTICES,
        environment => environment.as_str(),
        codings => codings(environment),
        measured => MEASURED,
        sample_error => app.sample_error,
        live => app.live.now(),
    };
    let page = app.templates.home(context).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page))
}

/// The codings to choose from where `choose_coding` is on.
fn codings(environment: Environment) -> &'static [&'static str] {
    if environment.is_development() {
        &CODINGS
    } else {
        &[]
    }
}

/// The routes that the page can fetch in every coding, side by side.
const MEASURED: [&str; 5] = ["/page", "/json?n=300", "/json", "/stream", "/chunks"];

/// A practice of Express's guide for production, and what stands for it here.
#[derive(Serialize)]
struct Practice {
    practice: &'static str,
    layers: &'static [&'static str],
    /// Whether this app has the layer on.
    on: bool,
    shows: &'static str,
    tries: &'static [Try],
}

/// A route to try. The method is GET where there is no body.
#[derive(Serialize)]
struct Try {
    path: &'static str,
    post: Option<&'static str>,
}

const fn get(path: &'static str) -> Try {
    Try { path, post: None }
}

const fn post(path: &'static str, body: &'static str) -> Try {
    Try {
        path,
        post: Some(body),
    }
}

const PRACTICES: [Practice; 11] = [
    Practice {
        practice: "Use compression",
        layers: &["buttress-compression"],
        on: true,
        shows: "Small bodies stay as they are, large ones shrink, streams arrive as they are made.",
        tries: &[
            get("/page"),
            get("/json?n=300"),
            get("/plain"),
            get("/etag"),
            get("/stream"),
            get("/chunks"),
            get("/assets/bundle.css"),
            get("/assets/sea.png"),
            post("/echo", r#"{"hello":"world"}"#),
        ],
    },
    Practice {
        practice: "Handle exceptions properly",
        layers: &["buttress-error"],
        on: true,
        shows: "A panic or an error, wherever it happens, is reported once and answered in the form that was asked for. A link opened in a tab of its own shows it as a page.",
        tries: &[
            get("/err?kind=404"),
            get("/err?kind=500"),
            get("/boom"),
            get("/boom?kind=body"),
            get("/boom?kind=task"),
            get("/no/such/route"),
            post("/echo", "not JSON"),
        ],
    },
    Practice {
        practice: "Don't use synchronous functions",
        layers: &["buttress-sync-io"],
        on: true,
        shows: "The first two keep a worker thread from everybody else, and the log names their lines (the second, which is short, with --detect exact); the third does not.",
        tries: &[
            get("/block"),
            get("/block?kind=fs"),
            get("/hold?ms=500"),
            get("/inflight"),
        ],
    },
    Practice {
        practice: "Do logging correctly",
        layers: &["buttress-log"],
        on: true,
        shows: "One true line for each request on stdout, without waiting for whoever reads it; the first of these leaves a secret out.",
        tries: &[get("/plain?token=secret")],
    },
    Practice {
        practice: "Set NODE_ENV to production",
        layers: &["buttress-env"],
        on: true,
        shows: "Here APP_ENV, which is production unless it says otherwise. Settings are read once, at the start; templates too, but in development for each page.",
        tries: &[get("/page")],
    },
    Practice {
        practice: "Ensure that the app restarts",
        layers: &["buttress-drain"],
        on: true,
        shows: "SIGTERM lets requests end, up to a deadline, and loses none. More than 20 panics in a minute do the same, with exit code 70: restart me. systemd does, and with --workers buttress-cluster.",
        tries: &[get("/healthz"), get("/readyz"), get("/hold?ms=5000")],
    },
    Practice {
        practice: "Run the app in a cluster",
        layers: &["buttress-cluster"],
        on: false,
        shows: "With --workers 2 processes share the port: a crash or a broken deploy costs the others nothing, and `buttress reload` replaces them without a failed request.",
        tries: &[],
    },
    Practice {
        practice: "Keep session state in a store",
        layers: &["buttress-session"],
        on: true,
        shows: "In memory, in a SQLite file or in Redis, by --sessions. A request that touches no session costs no trip to the store.",
        tries: &[
            post("/login", r#"{"user":"ann"}"#),
            get("/me"),
            post("/set?k=k3", ""),
            get("/dump"),
            post("/logout", ""),
            get("/splain"),
        ],
    },
    Practice {
        practice: "Cache request results",
        layers: &["buttress-cache"],
        on: true,
        shows: "A slow origin that is cached for a minute (Age tells, and in development Cache-Status), and how often it ran.",
        tries: &[get("/cached/7"), get("/calls")],
    },
    Practice {
        practice: "Use a load balancer",
        layers: &["buttress-balance"],
        on: false,
        shows: "Needs two of this app: examples/gateway, and templates in examples/deploy.",
        tries: &[],
    },
    Practice {
        practice: "Use a reverse proxy",
        layers: &["buttress-proxy", "buttress-trust-proxy"],
        on: false,
        shows: "Stands in front of this app: examples/gateway.",
        tries: &[],
    },
];
