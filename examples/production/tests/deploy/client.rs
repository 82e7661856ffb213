use crate::proxy::Proxy;
use buttress_testing::{h1::Connection, within};
use http::Method;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use tokio::task::JoinSet;

/// Clients that are logged in and ask, each on a connection that it keeps, until they
/// are told to stop.
pub(crate) struct Clients {
    tasks: JoinSet<Seen>,
    answers: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

/// What they saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) failures: Vec<String>,
}

impl Clients {
    pub(crate) async fn start(proxy: &Proxy, count: usize) -> Self {
        let (answers, stop) = (Arc::default(), Arc::default());
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let (user, cookies) = login(proxy, number).await;
            let (answers, stop) = (Arc::clone(&answers), Arc::clone(&stop));
            tasks.spawn(ask(proxy.addr, user, cookies, answers, stop));
        }
        Self {
            tasks,
            answers,
            stop,
        }
    }

    /// Waits for so many answers more.
    pub(crate) async fn get(&mut self, answers: u64) {
        let goal = self.answers.load(SeqCst) + answers;
        within("the clients to be answered", async {
            while self.answers.load(SeqCst) < goal {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Stops them, and gives what all of them saw.
    pub(crate) async fn seen(self) -> Seen {
        self.stop.store(true, SeqCst);
        let all = within("the clients to stop", self.tasks.join_all()).await;
        all.into_iter().fold(Seen::default(), |mut sum, seen| {
            sum.requests += seen.requests;
            sum.failures.extend(seen.failures);
            sum
        })
    }
}

/// Starts a session; gives its user and the cookies to send, that of the proxy among them.
pub(crate) async fn login(proxy: &Proxy, number: usize) -> (String, String) {
    let user = format!("user-{number}");
    let body = format!(r#"{{"user": "{user}"}}"#);
    let mut connection = proxy.connect().await;
    let json = [("Content-Type", "application/json")];
    let head = connection
        .request(Method::POST, "/login", &json, body.as_bytes())
        .await;
    assert_eq!(head.status, 200);
    let _ = connection.body().await.complete();
    let set = head.headers.get_all("set-cookie").iter();
    let cookies = set.map(|it| it.to_str().expect("text").split(';').next().unwrap_or(""));
    (user, cookies.collect::<Vec<_>>().join("; "))
}

async fn ask(
    addr: SocketAddr,
    user: String,
    cookies: String,
    answers: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Seen {
    let mut seen = Seen::default();
    let mut connection = Connection::open(addr).await;
    while !stop.load(SeqCst) {
        seen.requests += 1;
        let headers = [("Cookie", cookies.as_str())];
        let head = connection.request(Method::GET, "/me", &headers, b"").await;
        let body = connection.body().await.complete();
        let body = String::from_utf8_lossy(&body).into_owned();
        if head.status != 200 || !body.contains(&user) {
            seen.failures.push(format!("{} {body}", head.status));
        }
        if head.header("connection") == Some("close") {
            connection = Connection::open(addr).await;
        }
        answers.fetch_add(1, SeqCst);
    }
    seen
}
