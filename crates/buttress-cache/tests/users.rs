//! What is one user's never reaches another.

mod support;

use buttress_cache::policy::Policy;
use support::{Asked, End, Reply, Setup, get, reply};

fn of(user: &str) -> Asked {
    get("/").header("authorization", user).end()
}

fn user_of(asked: &Asked) -> String {
    let user = asked.headers().get("authorization");
    user.map_or("nobody", |user| user.to_str().unwrap())
        .to_owned()
}

#[tokio::test]
async fn a_response_to_authorization_is_for_nobody_else() {
    let app = Setup::new().around(|asked| support::fresh(user_of(&asked)));
    for user in ["anna", "ben"] {
        assert_eq!(app.send(of(user)).await.body, user);
    }
    assert_eq!(app.get("/").await.body, "nobody");
    assert_eq!(app.calls.count(), 3);
}

#[tokio::test]
async fn unless_it_says_that_it_is_for_all() {
    for directives in [
        "public, max-age=60",
        "s-maxage=60",
        "max-age=60, must-revalidate",
    ] {
        let fields = [("cache-control", directives)];
        let app = Setup::new().around(move |asked| reply(fields, user_of(&asked)));
        assert_eq!(app.send(of("anna")).await.body, "anna");
        assert_eq!(app.send(of("ben")).await.body, "anna", "{directives}");
    }
}

fn with_cookie(asked: Asked) -> Reply {
    let fields = [("cache-control", "max-age=60"), ("set-cookie", "id=1")];
    reply(fields, user_of(&asked))
}

#[tokio::test]
async fn a_response_that_sets_a_cookie_is_not_stored() {
    let app = Setup::new().around(with_cookie);
    app.send(get("/").end()).await;
    app.send(get("/").end()).await;
    assert_eq!(app.calls.count(), 2);
}

#[tokio::test]
async fn either_can_be_allowed() {
    let policy = Policy::new().allow_set_cookie().allow_authorization();
    let app = Setup::new()
        .with(|layer| layer.policy(policy))
        .around(with_cookie);
    app.send(of("anna")).await;
    let got = app.send(of("ben")).await;
    assert_eq!(
        (got.header("set-cookie"), &*got.body),
        (Some("id=1"), &b"anna"[..])
    );
}
