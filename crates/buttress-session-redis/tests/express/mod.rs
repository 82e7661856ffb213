//! An Express app with the real packages from npm.

use buttress_session::conformance::app::Browser;
use buttress_testing::{Redis, h1::Connection, within};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

pub(crate) struct Express {
    process: Child,
    addr: SocketAddr,
}

/// What the app is told.
pub(crate) struct Settings<'a> {
    pub(crate) secrets: &'a str,
    pub(crate) max_age_ms: u32,
    pub(crate) rolling: bool,
}

impl Express {
    pub(crate) fn start(redis: &Redis, settings: &Settings<'_>) -> Self {
        let mut command = Command::new("node");
        command.current_dir(installed()).arg("server.js");
        command.env("REDIS_URL", redis.url());
        command.env("SECRETS", settings.secrets);
        command.env("MAX_AGE", settings.max_age_ms.to_string());
        command.env("ROLLING", settings.rolling.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let process = command.spawn();
        let mut process = process.expect("node is installed (`cargo xtask ci services`)");
        let output = process.stdout.take().expect("a pipe");
        let mut port = String::new();
        BufReader::new(output)
            .read_line(&mut port)
            .expect("its output is text");
        let port: u16 = port.trim().parse().expect("the app says its port");
        Self {
            process,
            addr: ([127, 0, 0, 1], port).into(),
        }
    }

    /// Sends a request with the browser's cookie, keeps the cookie that comes, and
    /// answers the body and the whole `Set-Cookie`.
    pub(crate) async fn get(&self, browser: &mut Browser, path: &str) -> (String, Option<String>) {
        let mut connection = Connection::open(self.addr).await;
        let cookie = browser.cookie.clone().unwrap_or_default();
        let head = connection.get(path, &[("Cookie", &cookie)]).await;
        assert_eq!(head.status, 200, "{path}");
        let body = within("the body", connection.body()).await.complete();
        let set_cookie = head.header("set-cookie").map(ToOwned::to_owned);
        if let Some(field) = &set_cookie {
            browser.cookie = field.split(';').next().map(ToOwned::to_owned);
        }
        (String::from_utf8(body.to_vec()).expect("JSON"), set_cookie)
    }
}

impl Drop for Express {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the app, with the packages that it names; installed once.
fn installed() -> PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/express");
        let package = fs::read_to_string(source.join("package.json")).expect("it is there");
        let mut hasher = DefaultHasher::new();
        package.hash(&mut hasher);
        // Other versions go into another folder.
        let name = format!("express-{:016x}", hasher.finish());
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !target.exists() {
            install(&package, &target);
        }
        fs::copy(source.join("server.js"), target.join("server.js")).expect("copied");
        target
    });
    installed.clone()
}

fn install(package: &str, target: &Path) {
    // Beside it first, since several processes may come at once.
    let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    fs::write(beside.path().join("package.json"), package).expect("written");
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
    let output = npm.current_dir(&beside).output();
    let output = output.expect("npm is installed (`cargo xtask ci services`)");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "npm install failed: {errors:.500}");
    // Another one may have been faster: then its folder is as good.
    if fs::rename(beside.path(), target).is_ok() {
        let _ = beside.keep();
    }
}
