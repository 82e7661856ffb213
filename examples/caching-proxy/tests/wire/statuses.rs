//! Status codes, usual and odd.

use crate::{
    case::{answer, ask, dated},
    proxy::Proxy,
};

const STATUSES: [u16; 24] = [
    200, 201, 203, 204, 299, 301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 418, 429, 499, 500,
    501, 502, 503, 504, 599,
];

fn body(status: u16) -> &'static str {
    if status == 204 { "" } else { "body" }
}

#[tokio::test]
async fn any_status_with_explicit_freshness_is_reused() {
    let proxy = Proxy::start().await;
    for status in STATUSES {
        let text = body(status);
        let steps = || {
            vec![
                ask(&[]).gets(answer(status, &["Cache-Control: max-age=3600"], text)),
                ask(&[]).cached().status(status).text(text),
            ]
        };
        proxy.case(&status.to_string(), steps).await;
    }
}

#[tokio::test]
async fn any_status_passes_and_is_not_reused_when_it_is_stale() {
    let proxy = Proxy::start().await;
    let (past, modified) = (dated("Expires", -5000), dated("Last-Modified", -100_000));
    for status in STATUSES.into_iter().filter(|status| *status != 204) {
        let stale = || answer(status, &[&past], "body");
        let steps = || vec![ask(&[]).gets(stale()).text("body"), ask(&[]).gets(stale())];
        proxy.case(&status.to_string(), steps).await;
        let dated = || answer(status, &[&past, &modified], "body");
        let steps = || {
            vec![
                ask(&[]).gets(dated()),
                ask(&[]).validated_by(dated()).text("body"),
            ]
        };
        // Only what is cacheable without saying so, or says so as this does.
        proxy
            .case(&format!("{status}, with a validator"), steps)
            .await;
    }
}

#[tokio::test]
async fn some_are_reused_without_saying_so() {
    let proxy = Proxy::start().await;
    let modified = dated("Last-Modified", -24 * 60 * 60);
    for status in [200, 203, 204, 404, 405, 410, 414, 501] {
        let steps = || {
            vec![
                ask(&[]).gets(answer(status, &[&modified], body(status))),
                ask(&[]).cached().status(status),
            ]
        };
        proxy.case(&status.to_string(), steps).await;
    }
    for status in [201, 202, 403, 502, 503, 504, 599] {
        let plain = || answer(status, &[&modified], "body");
        let steps = || vec![ask(&[]).gets(plain()), ask(&[]).gets(plain())];
        proxy.case(&status.to_string(), steps).await;
    }
    let public = || answer(599, &[&modified, "Cache-Control: public"], "body");
    let steps = || vec![ask(&[]).gets(public()), ask(&[]).cached().status(599)];
    proxy.case("599, public", steps).await;
}

#[tokio::test]
async fn must_understand_is_for_known_statuses() {
    let proxy = Proxy::start().await;
    let line = "Cache-Control: max-age=3600, no-store, must-understand";
    let steps = || {
        vec![
            ask(&[]).gets(answer(200, &[line], "body")),
            ask(&[]).cached(),
        ]
    };
    proxy.case("200", steps).await;
    let unknown = || answer(599, &[line], "body");
    let steps = || vec![ask(&[]).gets(unknown()), ask(&[]).gets(unknown())];
    proxy.case("599", steps).await;
}
