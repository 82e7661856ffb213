//! Errors and panics become answers in the form that the client asks for.
//!
//! ```sh
//! curl -i 127.0.0.1:3000/users/x
//! curl -i -H 'accept: text/html' 127.0.0.1:3000/boom
//! ```

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use buttress::error::{Error, ErrorLayer, ResultExt, install_panic_hook};

async fn user(Path(id): Path<String>) -> Result<String, Error> {
    let id: u32 = id
        .parse()
        .context("parsing the id of a user")
        .with_status(StatusCode::BAD_REQUEST)
        .public("an id is a number")?;
    Ok(format!("user {id}"))
}

async fn boom() -> &'static str {
    panic!("what no client should read")
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    install_panic_hook();
    let errors = ErrorLayer::builder()
        .rewrite("text/plain")
        .on_report(|report| eprintln!("{:?}: {}", report.phase(), report.message()));
    let app = Router::new()
        .route("/users/{id}", get(user))
        .route("/boom", get(boom))
        .layer(errors);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}
