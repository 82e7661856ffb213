//! Sessions in memory; with an adapter, in Redis, SQLite or Postgres.
//!
//! ```sh
//! curl -c jar -b jar -X POST 127.0.0.1:3000/add;  curl -c jar -b jar 127.0.0.1:3000/
//! curl -c jar -b jar -X POST 127.0.0.1:3000/logout
//! ```

use axum::{
    Router,
    routing::{get, post},
};
use buttress::session::{Cookie, Error, Key, MemoryStore, Session, SessionLayer};

const COUNT: Key<u32> = Key::new("count");

async fn show(session: Session) -> Result<String, Error> {
    let count = session.get(COUNT).await?.unwrap_or_default();
    Ok(format!("{count} in the cart\n"))
}

/// Of a thousand at once none is lost.
async fn add(session: Session) -> Result<String, Error> {
    session
        .update(COUNT, |count| count.unwrap_or_default() + 1)
        .await?;
    show(session).await
}

async fn logout(session: Session) -> Result<&'static str, Error> {
    session.destroy().await?;
    Ok("bye\n")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Without HTTPS a browser would not send a `Secure` cookie back.
    let cookie = Cookie::development("sid").build()?;
    let app = Router::new()
        .route("/", get(show))
        .route("/add", post(add))
        .route("/logout", post(logout))
        .layer(SessionLayer::new(MemoryStore::default()).cookie(cookie));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
