//! What is asked for.

use crate::stacks::Running;
use buttress_benches::{Result, load};

/// A request, and what ours may take of the CPU that the others need for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) is_gzip: bool,
    /// Whether it reads the session that a login began.
    has_session: bool,
    pub(crate) by_axum: Option<f64>,
    pub(crate) by_express: Option<f64>,
}

pub(crate) const LOGIN: &str = "/login";
pub(crate) const CACHED: &str = "/cached/7";
/// Of some 30 KiB.
pub(crate) const MIDDLING: &str = "/json?n=300";
/// Of some 300 KiB.
pub(crate) const LARGE: &str = "/json?n=3000";

pub(crate) const ROUTES: [Route; 10] = [
    plain("plain", "/plain").at_most(0.40, 0.05),
    plain("JSON 1 KiB", "/json?n=10"),
    plain("JSON 1 KiB, gzip", "/json?n=10")
        .gzip()
        .at_most(0.35, 0.12),
    plain("JSON 30 KiB, gzip", MIDDLING)
        .gzip()
        .at_most_axum(0.55),
    plain("JSON 300 KiB, gzip", LARGE)
        .gzip()
        .at_most(0.55, 0.60),
    plain("page 60 KiB, gzip", "/page").gzip(),
    plain("cached", CACHED).at_most(0.45, 0.06),
    plain("cached, gzip", CACHED).gzip().at_most(0.35, 0.06),
    Route {
        has_session: true,
        ..plain("session read", "/me").at_most(0.70, 0.10)
    },
    plain("login", LOGIN),
];

const fn plain(name: &'static str, path: &'static str) -> Route {
    Route {
        name,
        path,
        is_gzip: false,
        has_session: false,
        by_axum: None,
        by_express: None,
    }
}

impl Route {
    const fn gzip(self) -> Self {
        Self {
            is_gzip: true,
            ..self
        }
    }

    const fn at_most(self, by_axum: f64, by_express: f64) -> Self {
        Self {
            by_axum: Some(by_axum),
            by_express: Some(by_express),
            ..self
        }
    }

    const fn at_most_axum(self, by_axum: f64) -> Self {
        Self {
            by_axum: Some(by_axum),
            ..self
        }
    }

    /// The request, for a server where it may have to log in first.
    pub(crate) fn request(&self, server: &Running) -> Result<String> {
        let fields = match self.has_session {
            true => format!("cookie: {}\r\n", log_in(server)?),
            false => String::new(),
        };
        Ok(self.with(&fields))
    }

    /// The request with these fields more.
    pub(crate) fn with(&self, fields: &str) -> String {
        let coding = if self.is_gzip { "gzip" } else { "identity" };
        let method = if self.path == LOGIN { "POST" } else { "GET" };
        let (content, body) = match self.path {
            LOGIN => (
                "content-type: application/json\r\ncontent-length: 14\r\n",
                r#"{"user":"ann"}"#,
            ),
            _ => ("", ""),
        };
        format!(
            "{method} {} HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: */*\r\n\
             accept-encoding: {coding}\r\n{fields}{content}\r\n{body}",
            self.path
        )
    }
}

/// The pair of a session's cookie.
fn log_in(server: &Running) -> Result<String> {
    let (head, _) = load::once_head(server.addr, &plain("login", LOGIN).with(""))?;
    let cookie = load::field(&head, "set-cookie").ok_or("a login without a cookie")?;
    let pair = cookie.split(';').next().unwrap_or_default();
    Ok(pair.to_owned())
}
