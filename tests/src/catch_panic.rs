//! Whether `CatchPanicLayer` does its work.

use crate::{
    doors::Case,
    faults::{self, SECRET},
};
use axum::body::Body;
use buttress_error::{CatchPanicLayer, PanicBudget};
use buttress_testing::Server;
use buttress_testing::wire::Head;
use bytes::Bytes;
use http::{Request, Response};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Keeps the texts of what was reported, and trips at the second panic.
#[derive(Clone, Debug)]
pub struct CatchPanicCase {
    reports: Arc<Mutex<Vec<String>>>,
    budget: PanicBudget,
}

impl Case for CatchPanicCase {
    type Layer = CatchPanicLayer;
    type Error = Infallible;

    fn new() -> Self {
        Self {
            reports: Arc::default(),
            budget: PanicBudget::new(1, Duration::from_secs(600)),
        }
    }

    fn layer(&self, enabled: bool) -> Self::Layer {
        let reports = Arc::clone(&self.reports);
        let report = move |text: &str| reports.lock().unwrap().push(text.to_owned());
        CatchPanicLayer::new()
            .on_report(move |panic| report(panic.message()))
            .panic_budget(self.budget.clone())
            .enabled(enabled)
    }

    fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible> {
        Ok(faults::panicking(&request))
    }

    async fn works_over_h1(&self, addr: SocketAddr, path: &str) {
        check(&faults::over_h1(addr, path, &["panic", "panic", ""]).await);
        faults::body_is_cut_over_h1(addr, path).await;
        self.reported(3);
    }

    async fn works_over_h2(&self, addr: SocketAddr, path: &str) {
        check(&faults::over_h2(addr, path, &["panic", "panic", ""]).await);
        faults::body_is_cut_over_h2(addr, path).await;
        self.reported(3);
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
        faults::nobody_catches(server, path).await;
        self.reported(0);
    }
}

impl CatchPanicCase {
    /// So often since it was last asked.
    fn reported(&self, times: usize) {
        let reports = std::mem::take(&mut *self.reports.lock().unwrap());
        assert_eq!(reports, vec![SECRET; times]);
    }
}

fn check(answers: &[(Head, Bytes)]) {
    let (fine, panics) = answers.split_last().expect("there are some");
    for (head, body) in panics {
        assert_eq!(head.status, 500);
        let media_type = head.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"));
        assert_eq!(
            body,
            r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#
        );
    }
    assert_eq!(fine.1, "fine");
}
