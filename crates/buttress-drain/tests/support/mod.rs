//! A drained server on a free port, and clients that count what fails.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod storm;

use axum::{
    Router,
    body::{Body, Bytes},
    http::Extensions,
    routing::{get, post},
};
use buttress_drain::{Drain, Listener, Outcome, Serve, bind, serve};
use buttress_testing::{Gate, within};
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

/// A server whose end the test waits for; dropping it cuts its connections.
pub struct Running {
    pub addr: SocketAddr,
    pub drain: Drain,
    task: JoinHandle<std::io::Result<Outcome>>,
}

impl Running {
    pub async fn start(drain: Drain, app: Router) -> Self {
        Self::start_with(drain, app, |serve| serve).await
    }

    pub async fn start_with(
        drain: Drain,
        app: Router,
        configure: impl FnOnce(Serve<TcpListener, Router>) -> Serve<TcpListener, Router>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = configure(serve(listener, app).drain(drain.clone()));
        Self::spawn(addr, drain, server)
    }

    /// On a listener that lets nobody in at the end.
    pub async fn exclusive(drain: Drain, app: Router) -> Self {
        let listener = bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = serve(listener, app).drain(drain.clone());
        Self::spawn(addr, drain, server)
    }

    pub fn spawn<L: Listener>(addr: SocketAddr, drain: Drain, server: Serve<L, Router>) -> Self {
        Self {
            addr,
            drain,
            task: tokio::spawn(server.into_future()),
        }
    }

    /// Waits for the end.
    pub async fn outcome(mut self) -> Outcome {
        let ended = within("the end of the server", &mut self.task).await;
        let ended = ended.expect("the server does not panic");
        ended.expect("the server begins")
    }

    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits until nobody listens anymore.
    pub async fn closed(&self) {
        let refused = async {
            while tokio::net::TcpStream::connect(self.addr).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        within("the listener to close", refused).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A drain whose windows are too long to pass in a test by themselves.
pub fn patient() -> Drain {
    let long = Duration::from_secs(600);
    Drain::new().linger(long).first_request(long).deadline(long)
}

/// A drain that closes idle connections soon, and nothing else.
pub fn prompt() -> Drain {
    let long = Duration::from_secs(600);
    let linger = Duration::from_millis(50);
    Drain::new()
        .linger(linger)
        .first_request(long)
        .deadline(long)
}

/// `/` answers at once, `/gate` once the gate opens, `/gated-body` ends its
/// body then, `/endless` never, `/echo` when the upload is complete.
pub fn app(gate: &Gate) -> Router {
    let (at_head, in_body) = (gate.clone(), gate.clone());
    let waits = move || {
        let gate = at_head.clone();
        async move {
            gate.pass().await;
            "through"
        }
    };
    let body = move || {
        let gate = in_body.clone();
        async move {
            let body = buttress_testing::ScriptedBody::new().data("first");
            Body::new(body.hold(&gate).data("last"))
        }
    };
    let endless = || async {
        let tick = |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from("data: tick\n\n")), ()))
        };
        Body::from_stream(futures_util::stream::unfold((), tick))
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/gate", get(waits))
        .route("/gated-body", get(body))
        .route("/endless", get(endless))
        .route("/echo", post(|body: Bytes| async { body }))
        .route("/whoami", get(whoami))
}

async fn whoami(extensions: Extensions) -> String {
    extensions
        .get::<SocketAddr>()
        .map_or_else(|| "nobody".to_owned(), ToString::to_string)
}
