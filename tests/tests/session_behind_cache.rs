//! A shared cache outside of sessions: nobody gets what is another's, also where a
//! handler says that everybody may have it.

use axum::{Router, body::Body, response::IntoResponse, routing::get};
use buttress_cache::CacheLayer;
use buttress_session::{Key, MemoryStore, Session, SessionLayer};
use http::{Request, Response, header};
use http_body_util::BodyExt;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tower::ServiceExt;

const USER: Key<String> = Key::new("user");
/// What handlers say of all their answers.
const PUBLIC: [(&str, &str); 3] = [
    ("cache-control", "public, max-age=60, s-maxage=600"),
    ("cdn-cache-control", "max-age=600"),
    ("surrogate-control", "max-age=600"),
];

struct App {
    router: Router,
    calls: Arc<AtomicUsize>,
}

impl App {
    fn new() -> Self {
        let calls = Arc::<AtomicUsize>::default();
        let count = || {
            let calls = Arc::clone(&calls);
            move || calls.fetch_add(1, Ordering::SeqCst)
        };
        let (called, read) = (count(), count());
        let router = Router::new()
            .route("/page", get(async move || (PUBLIC, called().to_string())))
            .route(
                "/me",
                get(async move |session: Session| me(&session, read()).await),
            )
            .route("/login", get(log_in))
            .layer(SessionLayer::new(MemoryStore::new()))
            .layer(CacheLayer::new(buttress_cache::MemoryStore::new()));
        Self { router, calls }
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> (Response<()>, String) {
        let mut request = Request::get(format!("http://localhost{path}"));
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        (Response::from_parts(parts, ()), body)
    }

    async fn log_in(&self) -> String {
        let (head, _) = self.get("/login", None).await;
        let cookie = head.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

async fn me(session: &Session, call: usize) -> impl IntoResponse + use<> {
    let user = session.get(USER).await.unwrap().unwrap_or_default();
    (PUBLIC, format!("{user} {call}"))
}

/// Another user each time.
async fn log_in(session: Session) -> impl IntoResponse {
    static USERS: AtomicUsize = AtomicUsize::new(0);
    let user = format!("user{}", USERS.fetch_add(1, Ordering::SeqCst));
    session.rotate().unwrap();
    session.set(USER, &user).unwrap();
    (PUBLIC, user)
}

#[tokio::test]
async fn what_was_read_from_a_session_is_kept_for_nobody() {
    let app = App::new();
    let (ann, bob) = (app.log_in().await, app.log_in().await);
    assert_ne!(ann, bob);
    let (head, of_ann) = app.get("/me", Some(&ann)).await;
    assert_eq!(head.headers()[header::CACHE_CONTROL], "max-age=60, private");
    for (cookie, other) in [
        (Some(&*bob), &of_ann),
        (None, &of_ann),
        (Some(&*ann), &of_ann),
    ] {
        let (head, body) = app.get("/me", cookie).await;
        assert_ne!(&body, other, "it was made anew");
        assert!(!head.headers().contains_key("age"));
        assert!(!head.headers().contains_key("cdn-cache-control"));
    }
    assert_eq!(app.calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_response_with_a_cookie_is_given_to_nobody_else() {
    let app = App::new();
    assert_ne!(app.log_in().await, app.log_in().await);
}

#[tokio::test]
async fn a_page_that_leaves_its_session_alone_is_everybodys() {
    let app = App::new();
    let ann = app.log_in().await;
    for cookie in [Some(&*ann), None, Some("__Host-sid=junk")] {
        let (_, body) = app.get("/page", cookie).await;
        assert_eq!(body, "0");
    }
    assert_eq!(app.calls.load(Ordering::SeqCst), 1);
}
