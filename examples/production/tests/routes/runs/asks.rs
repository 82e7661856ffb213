//! What clients ask for, and which answers are good.

use bytes::Bytes;
use http::response::Parts;
use http::{Method, Request, header};
use http_body_util::Full;

/// A request, and what may be answered to it.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) path: String,
    method: Method,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    good: u16,
    /// What the fault may make of it.
    may: Option<u16>,
}

pub(crate) enum Verdict {
    Well,
    Expected,
    Unexpected(String),
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            method: Method::GET,
            headers: Vec::new(),
            body: Bytes::new(),
            good: 200,
            may: None,
        }
    }

    pub(crate) fn post(path: impl Into<String>, body: &'static str) -> Self {
        Self {
            method: Method::POST,
            body: Bytes::from_static(body.as_bytes()),
            ..Self::get(path)
        }
        .header("content-type", "application/json")
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The status that is right, where it is not 200.
    pub(crate) fn answers(mut self, status: u16) -> Self {
        self.good = status;
        self
    }

    /// A status that the fault may bring.
    pub(crate) fn may(mut self, status: u16) -> Self {
        self.may = Some(status);
        self
    }

    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(header::HOST, "localhost");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = Full::new(self.body.clone());
        request.body(body).expect("a request that can be sent")
    }

    pub(crate) fn judge(&self, head: &Parts, length: usize) -> Verdict {
        let status = head.status.as_u16();
        let is_proper = length > 0 || status < 400;
        // Who comes too early is told when to come again.
        let says_when = status != 503 || head.headers.contains_key(header::RETRY_AFTER);
        match status {
            status if status == self.good && is_proper => Verdict::Well,
            status if Some(status) == self.may && is_proper && says_when => Verdict::Expected,
            _ => Verdict::Unexpected(format!("{} was answered with {status}", self.path)),
        }
    }
}

/// All that an app is asked for, by somebody who is logged in.
pub(crate) fn mixed(cookie: &str) -> Vec<Ask> {
    let mut asks = without_sessions(cookie);
    asks.extend(with_sessions(cookie));
    asks.push(Ask::post("/echo", r#"{"hello":"world"}"#));
    asks.push(Ask::post("/login", r#"{"user":"bob"}"#));
    asks.push(Ask::get("/err?kind=404").answers(404));
    asks.push(Ask::post("/echo", "no JSON").answers(400));
    asks
}

/// What takes no session, asked for with the cookie of one.
pub(crate) fn without_sessions(cookie: &str) -> Vec<Ask> {
    let plain = ["/plain", "/json", "/splain", "/etag", "/assets/logo.svg"].map(Ask::get);
    let mut asks: Vec<_> = plain.map(|ask| ask.header("cookie", cookie)).into();
    for (path, coding) in [
        ("/json?n=300", "gzip"),
        ("/page", "br;q=0.5, zstd"),
        ("/cached/1", "gzip, deflate, br, zstd"),
        ("/cached/2", "gzip, deflate, br"),
    ] {
        let ask = Ask::get(path).header("accept-encoding", coding);
        asks.push(ask.header("cookie", cookie));
    }
    asks
}

pub(crate) fn with_sessions(cookie: &str) -> Vec<Ask> {
    let asks = [
        Ask::get("/me"),
        Ask::post("/set?k=k3", ""),
        Ask::get("/dump"),
    ];
    asks.map(|ask| ask.header("cookie", cookie)).into()
}
