//! Whether `ErrorLayer` does its work.

use crate::{
    doors::Case,
    faults::{self, SECRET},
};
use axum::body::Body;
use buttress_error::{Error, ErrorLayer, PanicBudget};
use buttress_testing::{Server, h1, wire::Head};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Keeps the texts of what was reported, and trips at the second panic.
#[derive(Clone, Debug)]
pub struct ErrorCase {
    reports: Arc<Mutex<Vec<String>>>,
    budget: PanicBudget,
}

const QUERIES: [&str; 5] = ["panic", "error", "public", "status", ""];

impl Case for ErrorCase {
    type Layer = ErrorLayer;
    type Error = Error;

    fn new() -> Self {
        Self {
            reports: Arc::default(),
            budget: PanicBudget::new(1, Duration::from_secs(600)),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        let reports = Arc::clone(&self.reports);
        let report = move |text: &str| reports.lock().unwrap().push(text.to_owned());
        ErrorLayer::new()
            .on_report(move |failure| report(failure.message()))
            .panic_budget(self.budget.clone())
            .enabled(enabled)
    }

    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Error> {
        match request.uri().query() {
            Some("error") => Err(Error::msg(SECRET)),
            Some("public") => Err(Error::msg(SECRET)
                .with_status(StatusCode::CONFLICT)
                .public("taken")),
            Some("status") => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::NOT_FOUND;
                Ok(response)
            }
            _ => Ok(faults::panicking(&request)),
        }
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        check(&faults::over_h1(addr, path, &QUERIES).await);
        faults::body_is_cut_over_h1(addr, path).await;
        self.reported(4);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        check(&faults::over_h2(addr, path, &QUERIES).await);
        faults::body_is_cut_over_h2(addr, path).await;
        self.reported(4);
    }

    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]) {
        for path in routes {
            assert!(!self.budget.is_tripped());
            faults::over_h1(addr, path, &["panic"]).await;
        }
        assert!(self.budget.is_tripped());
        self.reported(2);
    }

    async fn is_off(&self, server: Server, path: &str) {
        let mut client = h1::Connection::open(server.addr()).await;
        let head = client.get(&format!("{path}?status"), &[]).await;
        assert_eq!(head.status, StatusCode::NOT_FOUND);
        assert_eq!(head.header("content-type"), None);
        assert_eq!(client.body().await.complete(), "");
        drop(client);
        faults::nobody_catches(server, path).await;
        self.reported(0);
    }
}

impl ErrorCase {
    /// So often since it was last asked.
    fn reported(&self, times: usize) {
        let reports = std::mem::take(&mut *self.reports.lock().unwrap());
        assert_eq!(reports, vec![SECRET; times]);
    }
}

/// In the order of [`QUERIES`].
fn check(answers: &[(Head, Bytes)]) {
    let [problems @ .., (_, fine)] = answers else {
        panic!("no answers");
    };
    assert_eq!(fine, "fine");
    let internal = r#""title":"Internal Server Error","status":500"#;
    let expected = [
        internal,
        internal,
        r#""title":"Conflict","status":409,"detail":"taken""#,
        r#""title":"Not Found","status":404"#,
    ];
    assert_eq!(problems.len(), expected.len());
    for ((head, body), expected) in problems.iter().zip(expected) {
        let media_type = head.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"));
        let expected = format!(r#"{{"type":"about:blank",{expected},"request_id":"42"}}"#);
        assert_eq!(body, expected.as_str());
        let end = format!(r#""status":{}"#, head.status.as_u16());
        assert!(expected.contains(&end), "{head:?}");
    }
}
