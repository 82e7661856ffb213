//! An Express app and ours share their sessions, in both directions.
#![cfg(feature = "express")]

mod express;

use buttress_session::{
    Cookie, Key, SessionLayer,
    conformance::app::{Browser, Reply},
};
use buttress_session_redis::{ExpressIds, ExpressStore};
use buttress_testing::Redis;
use express::{Express, Settings};
use http::StatusCode;
use std::time::Duration;

const USER: Key<String> = Key::new("user");
const CART: Key<Vec<u32>> = Key::new("cart");
const SECRET: &str = "a secret that both apps know";
const MAX_AGE: u32 = 60_000;

struct Apps {
    express: Express,
    redis: Redis,
}

impl Apps {
    fn start(secrets: &str, rolling: bool) -> Self {
        let redis = Redis::start();
        let settings = Settings {
            secrets,
            max_age_ms: MAX_AGE,
            rolling,
        };
        let express = Express::start(&redis, &settings);
        Self { express, redis }
    }

    fn browser(&self, ids: ExpressIds) -> Browser {
        let store = ExpressStore::open(&self.redis.url()).unwrap();
        let cookie = Cookie::development("connect.sid").build().unwrap();
        let layer = SessionLayer::new(store.deadline(Duration::from_secs(20)))
            .deadline(Duration::from_secs(30))
            .idle(Duration::from_millis(MAX_AGE.into()))
            .id_format(ids)
            .cookie(cookie);
        Browser::new(layer)
    }

    async fn all(&self, browser: &mut Browser) -> String {
        self.express.get(browser, "/all").await.0
    }

    fn keys(&self) -> Vec<String> {
        let keys = self.redis.command(&["KEYS", "*"]).array();
        keys.into_iter().map(|key| key.text()).collect()
    }

    /// How long the only session lives.
    fn life(&self) -> i64 {
        self.redis.command(&["PTTL", &self.keys()[0]]).int()
    }
}

async fn user(browser: &mut Browser) -> Option<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let reply = browser.send(|session| async move {
        sender.send(session.get(USER).await.unwrap()).unwrap();
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    receiver.recv().unwrap()
}

async fn log_in(browser: &mut Browser, user: &'static str) -> Reply {
    browser
        .send(move |session| async move {
            session.rotate().unwrap();
            session.set(USER, &user.to_owned()).unwrap();
            StatusCode::OK
        })
        .await
}

#[tokio::test]
async fn who_logged_in_at_express_is_logged_in_here_and_logs_out_there() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    apps.express.get(&mut browser, "/login/ada").await;
    assert!(
        browser
            .cookie
            .as_deref()
            .unwrap()
            .starts_with("connect.sid=s%3A")
    );
    assert_eq!(user(&mut browser).await.as_deref(), Some("ada"));

    browser
        .send(|session| async move {
            let cart = session.update(CART, |cart| {
                let mut cart = cart.unwrap_or_default();
                cart.push(7);
                cart
            });
            assert_eq!(cart.await.unwrap(), [7]);
            StatusCode::OK
        })
        .await;
    assert_eq!(apps.all(&mut browser).await, r#"{"cart":[7],"user":"ada"}"#);

    let logout = browser.send(|session| async move {
        session.destroy().await.unwrap();
        StatusCode::OK
    });
    let cookie = browser_cookie(&logout.await);
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(apps.keys(), [""; 0]);
}

fn browser_cookie(reply: &Reply) -> String {
    reply.cookie.clone().expect("a cookie")
}

#[tokio::test]
async fn who_logged_in_here_is_logged_in_at_express_and_logs_out_here() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    assert!(log_in(&mut browser, "ada").await.cookie.is_some());
    assert_eq!(apps.all(&mut browser).await, r#"{"user":"ada"}"#);
    // Express writes, and we see it.
    apps.express.get(&mut browser, "/set/cart/[1,2]").await;
    let reply = browser.send(|session| async move {
        assert_eq!(session.get(CART).await.unwrap(), Some(vec![1, 2]));
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    apps.express.get(&mut browser, "/logout").await;
    assert_eq!(user(&mut browser).await, None);
    assert_eq!(apps.keys(), [""; 0]);
}

#[tokio::test]
async fn a_login_here_ends_the_session_that_was_there_under_the_old_id() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    apps.express.get(&mut browser, "/set/cart/[3]").await;
    let mut stale = browser.clone();
    log_in(&mut browser, "ada").await;
    assert_ne!(browser.cookie, stale.cookie);
    assert_eq!(apps.all(&mut browser).await, r#"{"cart":[3],"user":"ada"}"#);
    assert_eq!(apps.all(&mut stale).await, "{}");
    assert_eq!(apps.keys().len(), 1);
}

#[tokio::test]
async fn an_update_here_sees_what_express_wrote_in_between() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    apps.express.get(&mut browser, "/set/cart/[1]").await;
    let cookie = browser.cookie.clone();
    let (express, mut theirs) = (&apps.express, browser.clone());
    let reply = browser.send(|session| async move {
        assert_eq!(session.get(CART).await.unwrap(), Some(vec![1]));
        express.get(&mut theirs, "/set/cart/[1,2]").await;
        let cart = session.update(CART, |cart| [cart.unwrap(), vec![3]].concat());
        cart.await.unwrap();
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    assert_eq!(browser.cookie, cookie);
    assert_eq!(apps.all(&mut browser).await, r#"{"cart":[1,2,3]}"#);
}

#[tokio::test]
async fn values_of_express_that_are_not_touched_stay_as_they_are() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    let values = [
        "[]",
        "{}",
        "1.5e300",
        "\"%22\"",
        "null",
        "{\"a\":{\"b\":[]}}",
    ];
    for (index, value) in values.iter().enumerate() {
        let value = value
            .replace('%', "%25")
            .replace('{', "%7B")
            .replace('}', "%7D");
        let value = value.replace('"', "%22");
        let path = format!("/set/v{index}/{value}");
        apps.express.get(&mut browser, &path).await;
    }
    let before = apps.all(&mut browser).await;
    log_in(&mut browser, "ada").await;
    let after = apps.all(&mut browser).await;
    assert_eq!(after.replace(r#""user":"ada","#, ""), before);
    assert!(before.contains(r#""v4":null"#), "{before}");
}

#[tokio::test]
async fn use_here_prolongs_a_life_and_so_does_use_there() {
    let apps = Apps::start(SECRET, true);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    apps.express.get(&mut browser, "/login/ada").await;
    let shorten = || {
        let left = apps.redis.command(&["PEXPIRE", &apps.keys()[0], "20000"]);
        assert_eq!(left.int(), 1);
    };
    shorten();
    assert_eq!(user(&mut browser).await.as_deref(), Some("ada"));
    assert!(apps.life() > 50_000);
    shorten();
    let (_, cookie) = apps.express.get(&mut browser, "/all").await;
    assert!(apps.life() > 50_000);
    // Rolling: the cookie is sent anew with each answer, and is the same id.
    assert!(cookie.unwrap().contains("Expires="));
    assert_eq!(user(&mut browser).await.as_deref(), Some("ada"));
    // A session of ours rolls at Express as one of its own.
    log_in(&mut browser, "bob").await;
    shorten();
    let (all, cookie) = apps.express.get(&mut browser, "/all").await;
    assert_eq!(all, r#"{"user":"bob"}"#);
    assert!(cookie.unwrap().contains("Expires="));
    assert!(apps.life() > 50_000);
}

#[tokio::test]
async fn secrets_are_rolled_over_in_both_apps() {
    let apps = Apps::start("new,old", false);
    let mut browser = apps.browser(ExpressIds::new("old"));
    log_in(&mut browser, "ada").await;
    assert_eq!(apps.all(&mut browser).await, r#"{"user":"ada"}"#);
    // We sign it anew, and Express takes it.
    let mut both = apps.browser(ExpressIds::new("new").accept("old"));
    both.cookie.clone_from(&browser.cookie);
    assert_eq!(user(&mut both).await.as_deref(), Some("ada"));
    assert_ne!(both.cookie, browser.cookie);
    assert_eq!(apps.all(&mut both).await, r#"{"user":"ada"}"#);
    let mut new = apps.browser(ExpressIds::new("new"));
    new.cookie.clone_from(&both.cookie);
    assert_eq!(user(&mut new).await.as_deref(), Some("ada"));
    new.cookie = browser.cookie;
    assert_eq!(user(&mut new).await, None);
}

#[tokio::test]
async fn a_session_that_ended_at_express_is_not_revived_here() {
    let apps = Apps::start(SECRET, false);
    let mut browser = apps.browser(ExpressIds::new(SECRET));
    apps.express.get(&mut browser, "/login/ada").await;
    let (express, mut theirs) = (&apps.express, browser.clone());
    let reply = browser.request(|session| async move {
        assert_eq!(session.get(USER).await.unwrap().as_deref(), Some("ada"));
        express.get(&mut theirs, "/logout").await;
        session.set(CART, &vec![1]).unwrap();
        StatusCode::OK
    });
    assert_eq!(reply.await.cookie, None);
    assert_eq!(apps.keys(), [""; 0]);
}
