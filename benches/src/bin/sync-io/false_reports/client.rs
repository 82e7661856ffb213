//! A client that goes through all routes of the example but `/block`.

use buttress_benches::{Result, load::Connection};
use std::net::SocketAddr;

const CODINGS: [&str; 4] = ["zstd", "br", "gzip", "identity"];

/// Those that are asked for most of the time.
const ROUTES: [&str; 20] = [
    "GET /plain",
    "GET /json?n=10",
    "GET /",
    "GET /healthz",
    "GET /readyz",
    "GET /json?n=300",
    "GET /page",
    "GET /etag",
    "GET /assets/site.css",
    "GET /assets/site.js",
    "GET /assets/logo.svg",
    "GET /cached/1",
    "GET /cached/2",
    "GET /calls",
    "GET /inflight",
    "GET /me",
    "GET /splain",
    "GET /nowhere",
    "GET /err?kind=404",
    "GET /hold?ms=1",
];

/// One of these takes the place of each hundredth.
const RARE: [&str; 14] = [
    "POST /login",
    "GET /me",
    "POST /set?k=k3",
    "GET /dump",
    "GET /splain",
    "POST /echo",
    "DELETE /cached/1",
    "GET /json?n=3000",
    "GET /err?kind=500",
    "GET /boom",
    "GET /boom?kind=task",
    "GET /stream",
    "GET /chunks",
    "GET /boom?kind=body",
];

pub(super) struct Client {
    server: SocketAddr,
    connection: Option<Connection>,
    cookie: String,
}

impl Client {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self {
            server,
            connection: None,
            cookie: String::new(),
        }
    }

    /// Sends one request; whether it was answered, as all are but those that
    /// break off.
    pub(super) fn ask(&mut self, number: u64) -> Result<bool> {
        let route = route(number);
        let coding = CODINGS[(number / 7 % 4) as usize];
        let request = request(route, coding, &self.cookie);
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(self.server)?),
        };
        let answer = connection.write(&request).and_then(|()| connection.read());
        let (head, _) = match answer {
            Ok(answer) => answer,
            Err(_) if route.contains("kind=body") => {
                self.connection = None;
                return Ok(false);
            }
            Err(error) => return Err(format!("{route}: {error}").into()),
        };
        if let Some(cookie) = set_cookie(&head) {
            self.cookie = format!("cookie: {cookie}\r\n");
        }
        if head.to_ascii_lowercase().contains("\r\nconnection: close") {
            self.connection = None;
        }
        Ok(true)
    }
}

/// Asks for what has to be reported.
pub(super) fn block(server: SocketAddr) -> Result<()> {
    let mut connection = Connection::open(server)?;
    connection.write(&request("GET /block?kind=fs", "identity", ""))?;
    let (head, _) = connection.read()?;
    match head.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(head.into()),
    }
}

fn route(number: u64) -> &'static str {
    match number % 100 {
        99 => RARE[(number / 100) as usize % RARE.len()],
        _ => ROUTES[number as usize % ROUTES.len()],
    }
}

fn request(route: &str, coding: &str, cookie: &str) -> String {
    let body = match route {
        "POST /login" => r#"{"user": "ann"}"#,
        "POST /echo" => r#"{"hello": ["a", "world"]}"#,
        _ => "",
    };
    let body = match route.starts_with("POST") {
        true => format!(
            "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        false => "\r\n".to_owned(),
    };
    format!("{route} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: {coding}\r\n{cookie}{body}")
}

/// Name and value of a cookie that is set.
fn set_cookie(head: &str) -> Option<&str> {
    let mut lines = head.lines();
    let line = lines.find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"))?;
    line.split_once(':')?.1.split(';').next().map(str::trim)
}
