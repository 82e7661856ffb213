//! What a Redis is asked for each kind of request.

use axum::{Router, body::Body, routing::get};
use buttress_benches::{Result, table::Table, verdict::Verdicts};
use buttress_session::{Key, Session, SessionLayer};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use http::{HeaderValue, Request, header};
use tower_service::Service;

const N: Key<u32> = Key::new("n");
const ABSENT: Key<u32> = Key::new("absent");

/// Each kind of request with its most commands, and what the research counted of
/// tower-sessions and of express-session with connect-redis.
const KINDS: [(&str, &str, u32, &str, &str); 11] = [
    ("untouched", "untouched, with a cookie", 0, "0", "2"),
    ("read", "a reading", 1, "1, no touch", "2"),
    ("unknown", "a reading by an unknown id", 1, "1", "–"),
    ("both", "a reading and a writing", 2, "2", "2"),
    ("write", "a writing", 1, "2", "–"),
    ("same", "the same value written", 1, "1", "2"),
    ("remove", "an absent key removed", 1, "2", "–"),
    ("commit", "an explicit commit", 2, "3", "3"),
    ("new", "the first writing", 1, "1", "1"),
    ("login", "a login", 2, "3, not atomic", "3"),
    ("logout", "a logout", 1, "1", "2"),
];

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn counted(verdicts: &mut Verdicts) -> Result<String> {
    let redis = Redis::start();
    let store = RedisStore::open(&redis.url())?;
    let mut app = app(SessionLayer::new(store));
    // The first time, the server is given the scripts.
    let mut visitor = ask(&mut app, "new", None).await?;
    for (kind, ..) in KINDS {
        let cookie = ask(&mut app, kind, visitor.as_ref()).await?;
        visitor = cookie.or(visitor);
    }
    let mut table = Table::new([
        "",
        "tower-sessions",
        "express-session, connect-redis",
        "ours",
    ]);
    let mut watch = redis.watch();
    for (kind, name, most, peer, express) in KINDS {
        let cookie = match kind {
            "unknown" => Some("__Host-sid=0000000000000000000000000000".parse()?),
            "new" => None,
            _ => ask(&mut app, "new", None).await?,
        };
        watch.names();
        ask(&mut app, kind, cookie.as_ref()).await?;
        let count = watch.names().len();
        verdicts.at_most(format!("commands of: {name}"), most.into(), count as f64);
        table.row([name.into(), peer.into(), express.into(), count.to_string()]);
    }
    Ok(format!(
        "### Commands of a request\n\nAs Redis sees them come (MONITOR; a script is one). Those of the peers are \
         of the research before this crate, with tower-sessions 0.15, express-session 1.19 and connect-redis 9.\n\n{table}"
    ))
}

fn app(layer: SessionLayer) -> Router {
    Router::new()
        .route("/untouched", get(|| async {}))
        .route("/read", get(read))
        .route("/unknown", get(read))
        .route("/both", get(both))
        .route("/write", get(write))
        .route("/new", get(write))
        .route("/same", get(same))
        .route("/remove", get(remove))
        .route("/commit", get(commit))
        .route("/login", get(login))
        .route("/logout", get(logout))
        .layer(layer)
}

type Done = Result<(), buttress_session::Error>;

async fn read(session: Session) -> Done {
    session.get(N).await.map(|_| ())
}

async fn both(session: Session) -> Done {
    let n = session.get(N).await?.unwrap_or(0);
    session.set(N, &(n + 1))
}

async fn write(session: Session) -> Done {
    session.set(N, &1)
}

async fn same(session: Session) -> Done {
    let n = session.get(N).await?.unwrap_or(1);
    session.set(N, &n)
}

async fn remove(session: Session) -> Done {
    session.remove(ABSENT)
}

async fn commit(session: Session) -> Done {
    let n = session.get(N).await?.unwrap_or(0);
    session.set(N, &(n + 1))?;
    session.commit().await
}

async fn login(session: Session) -> Done {
    session.get(N).await?;
    session.rotate()?;
    session.set(N, &7)
}

async fn logout(session: Session) -> Done {
    session.destroy().await
}

/// Sends a request; the cookie that comes.
async fn ask(
    app: &mut Router,
    kind: &str,
    cookie: Option<&HeaderValue>,
) -> Result<Option<HeaderValue>> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("/{kind}").parse()?;
    if let Some(cookie) = cookie {
        request.headers_mut().insert(header::COOKIE, cookie.clone());
    }
    let response = app.call(request).await?;
    if !response.status().is_success() {
        return Err(format!("{kind} answers {}", response.status()).into());
    }
    let field = response.headers().get(header::SET_COOKIE);
    let pair = field.and_then(|it| it.to_str().ok()?.split(';').next());
    Ok(pair.map(HeaderValue::from_str).transpose()?)
}
