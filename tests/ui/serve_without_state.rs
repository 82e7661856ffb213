//! A router that still lacks its state, given to the server.

use axum::{Router, extract::State, routing::get};
use buttress_drain::serve;
use tokio::net::TcpListener;

async fn handler(State(name): State<String>) -> String {
    name
}

fn server(listener: TcpListener) {
    let app = Router::new().route("/", get(handler));
    let _ = serve(listener, app);
}

fn main() {}
