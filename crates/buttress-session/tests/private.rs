//! What one visitor's session went into, or a cookie with it, is for nobody
//! else's cache.

use buttress_session::{Key, MemoryStore, Session, SessionLayer};
use http::{
    HeaderMap, HeaderName, Request, Response,
    header::{CACHE_CONTROL, COOKIE, SET_COOKIE, VARY},
};
use std::convert::Infallible;
use tower::{Layer, ServiceExt, service_fn};

const A: Key<u32> = Key::new("a");

/// The head of an answer that a handler would give to everybody.
async fn head(layer: &SessionLayer, cookie: Option<&str>, what: &'static str) -> HeaderMap {
    let service = layer.layer(service_fn(move |request: Request<()>| async move {
        let session = Session::from_request(&request).unwrap();
        match what {
            "read" => drop(session.get(A).await.unwrap()),
            "write" => session.set(A, &1).unwrap(),
            "end" => session.destroy().await.unwrap(),
            _ => {}
        }
        let response = Response::builder()
            .header(CACHE_CONTROL, "public, max-age=60, s-maxage=600")
            .header("cdn-cache-control", "max-age=600")
            .header("surrogate-control", "max-age=600")
            .header("x-cache-control", "max-age=600")
            .header(VARY, "accept");
        Ok::<_, Infallible>(response.body(()).unwrap())
    }));
    let mut request = Request::new(());
    if let Some(cookie) = cookie {
        request
            .headers_mut()
            .insert(COOKIE, cookie.parse().unwrap());
    }
    service.oneshot(request).await.unwrap().headers().clone()
}

fn is_private(head: &HeaderMap) -> bool {
    let varies: Vec<_> = head.get_all(VARY).iter().collect();
    if head[CACHE_CONTROL] == "public, max-age=60, s-maxage=600" {
        assert_eq!(varies, ["accept"]);
        assert!(head.contains_key("cdn-cache-control"));
        return false;
    }
    assert_eq!(head[CACHE_CONTROL], "max-age=60, private");
    assert_eq!(varies, ["accept", "cookie"]);
    for gone in ["cdn-cache-control", "surrogate-control"] {
        assert!(!head.contains_key(gone));
    }
    assert!(head.contains_key("x-cache-control"));
    true
}

async fn visitor(layer: &SessionLayer) -> String {
    let head = head(layer, None, "write").await;
    let field = head[SET_COOKIE].to_str().unwrap();
    field.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_response_is_private_where_a_session_was_read_or_a_cookie_sent() {
    let layer = SessionLayer::new(MemoryStore::new());
    let cookie = visitor(&layer).await;
    let cookie = Some(&*cookie);
    assert!(is_private(&head(&layer, None, "write").await));
    assert!(is_private(&head(&layer, None, "read").await));
    assert!(is_private(&head(&layer, cookie, "read").await));
    assert!(!is_private(&head(&layer, cookie, "").await));
    assert!(!is_private(&head(&layer, None, "").await));
    // The answer does not hang on what was in the session, and no cookie goes.
    assert!(!is_private(&head(&layer, cookie, "write").await));
    assert!(is_private(&head(&layer, cookie, "end").await));
}

#[tokio::test]
async fn which_fields_speak_to_one_cache_alone_can_be_set() {
    let names = [HeaderName::from_static("x-cache-control")];
    let layer = SessionLayer::new(MemoryStore::new()).targeted_fields(names);
    let head = head(&layer, None, "read").await;
    assert!(head.contains_key("cdn-cache-control"));
    assert!(!head.contains_key("x-cache-control"));
}

#[tokio::test]
async fn a_cookie_is_marked_as_a_secret() {
    let layer = SessionLayer::new(MemoryStore::new());
    assert!(head(&layer, None, "write").await[SET_COOKIE].is_sensitive());
}
