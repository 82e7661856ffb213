//! axum-login on our store.
#![cfg(feature = "core-0-14")]

use axum::{Router, body::Body, routing::get};
use axum_login::{AuthManagerLayerBuilder, AuthUser, AuthnBackend, UserId};
use buttress_session::MemoryStore;
use buttress_session_compat::ForTower;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use std::convert::Infallible;
use tower::ServiceExt;

#[derive(Clone, Debug)]
struct User(u32);

impl AuthUser for User {
    type Id = u32;

    fn id(&self) -> u32 {
        self.0
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"hash"
    }
}

#[derive(Clone)]
struct Backend;

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = u32;
    type Error = Infallible;

    async fn authenticate(&self, id: u32) -> Result<Option<User>, Infallible> {
        Ok(Some(User(id)))
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<User>, Infallible> {
        Ok(Some(User(*id)))
    }
}

type AuthSession = axum_login::AuthSession<Backend>;

fn app(store: MemoryStore) -> Router {
    let login = async |mut auth: AuthSession| auth.login(&User(7)).await.unwrap();
    let me = async |auth: AuthSession| format!("{:?}", auth.user.map(|user| user.0));
    let logout = async |mut auth: AuthSession| {
        auth.logout().await.unwrap();
    };
    let sessions = axum_login::tower_sessions::SessionManagerLayer::new(ForTower::new(store));
    let auth = AuthManagerLayerBuilder::new(Backend, sessions.with_secure(false)).build();
    Router::new()
        .route("/login", get(login))
        .route("/me", get(me))
        .route("/logout", get(logout))
        .layer(auth)
}

#[tokio::test]
async fn who_logs_in_is_known_until_the_logout() {
    let store = MemoryStore::new();
    let app = app(store.clone());
    let mut cookie: Option<String> = None;
    let mut bodies = Vec::new();
    for path in ["/me", "/login", "/me", "/logout", "/me"] {
        let mut request = Request::get(path);
        if let Some(cookie) = &cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        if let Some(field) = response.headers().get(header::SET_COOKIE) {
            let pair = field.to_str().unwrap().split(';').next().unwrap();
            cookie = Some(pair.to_owned());
        }
        let body = response.into_body().collect().await.unwrap().to_bytes();
        bodies.push(String::from_utf8(body.to_vec()).unwrap());
    }
    assert_eq!(bodies, ["None", "", "Some(7)", "", "None"]);
    assert!(store.is_empty());
}
