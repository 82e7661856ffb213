//! What browsers would not take fails when the cookie is built.

use buttress_session::{Cookie, CookieBuilder, MemoryStore, SameSite, Session, SessionLayer};
use http::{Request, Response, header::SET_COOKIE};
use std::{convert::Infallible, time::Duration};
use tower::{Layer, ServiceExt, service_fn};

const A: buttress_session::Key<u32> = buttress_session::Key::new("a");

fn fails(builder: CookieBuilder, why: &str) {
    let error = builder.build().unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn combinations_that_browsers_refuse_are_errors() {
    fails(Cookie::host("sid").domain("example.org"), "no domain");
    fails(Cookie::host("sid").path("/app"), "is `/`");
    fails(Cookie::host(""), "no name");
    fails(Cookie::secure(""), "no name");
    fails(Cookie::development("__Host-sid"), "has to be `Secure`");
    fails(Cookie::development("__secure-sid"), "has to be `Secure`");
    fails(Cookie::named("__HOST-sid").domain("a"), "no domain");
    fails(
        Cookie::development("sid").same_site(SameSite::None),
        "`SameSite=None`",
    );
    fails(
        Cookie::development("sid").partitioned(true),
        "`Partitioned`",
    );
    for name in ["", "a b", "a=b", "a;b", "ä", "a\r\n", &"x".repeat(65)] {
        fails(Cookie::named(name), "name");
    }
    for path in ["", "app", "/a;b", "/a\nb", "/ä"] {
        fails(Cookie::named("sid").path(path), "path");
    }
    for domain in ["", "a b", "a;b", "ä.example"] {
        fails(Cookie::named("sid").domain(domain), "domain");
    }
}

async fn set_cookie(layer: SessionLayer) -> String {
    let service = layer.layer(service_fn(|request: Request<()>| async move {
        let session = Session::from_request(&request).unwrap();
        session.set(A, &1).unwrap();
        Ok::<_, Infallible>(Response::new(()))
    }));
    let response = service.oneshot(Request::new(())).await.unwrap();
    response.headers()[SET_COOKIE].to_str().unwrap().to_owned()
}

async fn attributes(cookie: CookieBuilder) -> String {
    let layer = SessionLayer::new(MemoryStore::new()).cookie(cookie.build().unwrap());
    let field = set_cookie(layer).await;
    let (name, rest) = field.split_once('=').unwrap();
    let (value, attributes) = rest.split_once("; ").unwrap();
    assert_eq!(value.len(), 28);
    format!("{name}; {attributes}")
}

#[tokio::test]
async fn the_attributes_are_those_that_were_asked_for() {
    let strict = "; Path=/; Secure; HttpOnly; SameSite=Lax";
    assert_eq!(
        attributes(Cookie::host("sid")).await,
        format!("__Host-sid{strict}")
    );
    assert_eq!(
        attributes(Cookie::secure("sid")).await,
        format!("__Secure-sid{strict}")
    );
    let field = set_cookie(SessionLayer::new(MemoryStore::new())).await;
    assert!(field.starts_with("__Host-sid=") && field.ends_with(strict));
    let development = attributes(Cookie::development("sid")).await;
    assert_eq!(development, "sid; Path=/; HttpOnly; SameSite=Lax");
    let all = Cookie::named("s")
        .domain("example.org")
        .path("/app")
        .http_only(false)
        .same_site(SameSite::None)
        .partitioned(true);
    let expected = "s; Path=/app; Domain=example.org; Secure; SameSite=None; Partitioned";
    assert_eq!(attributes(all).await, expected);
}

#[tokio::test]
async fn a_persistent_cookie_lives_as_long_as_the_session_may_idle() {
    let cookie = Cookie::host("sid").persistent(true).build().unwrap();
    let layer = SessionLayer::new(MemoryStore::new()).cookie(cookie);
    let field = set_cookie(layer.idle(Duration::from_secs(600))).await;
    assert!(field.ends_with("; Max-Age=600"), "{field}");
}
