//! A server that reads a session for each request, beside Express with
//! express-session and connect-redis on node: one thread each, one Redis for both.

use axum::{Json, Router, routing::get};
use buttress_benches::{Result, load, statistics::median, table::Table, verdict::Verdicts};
use buttress_session::{Cookie, Key, Session, SessionLayer};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Instant,
};

const ROUNDS: usize = 7;
const REQUESTS: u64 = 4_000;
const USER: Key<String> = Key::new("user");
const EXPRESS: &str = "../crates/buttress-session-redis/tests/express";

pub(crate) fn compared(verdicts: &mut Verdicts) -> Result<String> {
    let redis = Redis::start();
    let servers = [Server::ours(&redis)?, Server::express(&redis)?];
    let mut per_second = [Vec::new(), Vec::new()];
    let heads: Vec<_> = servers.iter().map(Server::log_in).collect::<Result<_>>()?;
    for round in 0..=ROUNDS {
        for (index, server) in servers.iter().enumerate() {
            let start = Instant::now();
            load::run_head(server.addr, &heads[index], REQUESTS)?;
            let spent = start.elapsed().as_secs_f64();
            // The first round warms up.
            if round > 0 {
                per_second[index].push(load::rounded(REQUESTS) as f64 / spent);
            }
        }
    }
    let [ours, express] = [median(&per_second[0]), median(&per_second[1])];
    verdicts.at_least("requests a second by Express's", 1.0, ours / express);
    let mut table = Table::new(["", "requests a second"]);
    table.row(["ours, on axum".to_owned(), format!("{ours:.0}")]);
    table.row([
        "express-session, connect-redis".to_owned(),
        format!("{express:.0}"),
    ]);
    Ok(format!(
        "### Throughput\n\nA request reads its session from Redis and prolongs its life; 16 connections over loopback, \
         one thread for each server, in turns, medians of {ROUNDS} rounds. The client and Redis share the machine.\n\n{table}"
    ))
}

/// A server of its own process, which ends with it.
struct Server {
    process: Child,
    addr: SocketAddr,
}

impl Server {
    fn ours(redis: &Redis) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", &redis.url()]);
        Self::start(command)
    }

    fn express(redis: &Redis) -> Result<Self> {
        let mut command = Command::new("node");
        command.current_dir(installed()?).arg("server.js");
        command
            .env("REDIS_URL", redis.url())
            .env("NODE_ENV", "production");
        command.env("SECRETS", "0123456789abcdef0123456789abcdef");
        command.env("MAX_AGE", "3600000").env("ROLLING", "false");
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("a server without a stdout")?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        let addr = SocketAddr::from(([127, 0, 0, 1], port.trim().parse()?));
        Ok(Self { process, addr })
    }

    /// The head of a request with a session.
    fn log_in(&self) -> Result<String> {
        let head = "GET /login/ann HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let (head, _) = load::once_head(self.addr, head)?;
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let (_, cookie) = field.ok_or("a login without a cookie")?;
        let pair = cookie.split(';').next().unwrap_or_default().trim();
        let head = format!("GET /all HTTP/1.1\r\nhost: localhost\r\ncookie: {pair}\r\n\r\n");
        let (_, body) = load::once_head(self.addr, &head)?;
        match body == br#"{"user":"ann"}"# {
            true => Ok(head),
            false => Err(format!("not the session: {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Express app of the bridge's tests, with the packages that it names.
fn installed() -> Result<PathBuf> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(EXPRESS);
    let target = env::current_exe()?.with_file_name("session-express");
    fs::create_dir_all(&target)?;
    for file in ["package.json", "server.js"] {
        fs::copy(source.join(file), target.join(file))?;
    }
    if !target.join("node_modules").exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        let output = npm.current_dir(&target).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
    }
    Ok(target)
}

/// Says its port, and ends with its input.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn serve(redis: &str) -> Result<()> {
    let cookie = Cookie::development("sid").build()?;
    let layer = SessionLayer::new(RedisStore::open(redis)?).cookie(cookie);
    let app = Router::new()
        .route("/login/ann", get(log_in))
        .route("/all", get(all))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    axum::serve(listener, app).await?;
    Ok(())
}

async fn log_in(session: Session) -> Result<&'static str, buttress_session::Error> {
    session.rotate()?;
    session.set(USER, &"ann".to_owned())?;
    Ok("true")
}

async fn all(
    session: Session,
) -> Result<Json<std::collections::BTreeMap<&'static str, String>>, buttress_session::Error> {
    let user = session.get(USER).await?;
    Ok(Json(user.map(|user| ("user", user)).into_iter().collect()))
}
