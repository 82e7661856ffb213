//! `cargo xtask page`: the example's page as Chromium shows it, on a phone and on a
//! desktop, with light and with dark colours, and a look at what its script did.

mod front;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use xshell::cmd;

use crate::context::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The browser; Debian's is called chromium
    #[arg(long, default_value = "chromium")]
    browser: String,
}

/// Name, width, height, and whether colours are dark.
const PICTURES: [(&str, u32, u32, bool); 4] = [
    ("desktop", 1280, 2600, false),
    ("desktop-dark", 1280, 1400, true),
    ("phone", 390, 4000, false),
    ("phone-dark", 390, 1600, true),
];

/// So that there is something to see.
const VISITS: [&str; 12] = [
    "/plain",
    "/page",
    "/page",
    "/json?n=300",
    "/cached/7",
    "/cached/7",
    "/cached/7",
    "/cached/8",
    "/boom",
    "/block",
    "/block?kind=fs",
    "/err?kind=404",
];

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let sh = &cx.sh;
    // With the features that its tests have switched on, so that it is built only once.
    cmd!(sh, "cargo build --locked --package production --tests").run()?;
    let target = cx.target_dir()?;
    let pictures = target.join("page");
    fs::create_dir_all(&pictures)?;
    let app = App::start(&target.join("debug/production"))?;
    for path in VISITS.iter().cycle().take(120) {
        get(app.addr, path)?;
    }
    post(app.addr, "/login", r#"{"user":"ann"}"#)?;
    let browser = Browser {
        program: &args.browser,
        profile: pictures.join("profile"),
        front: front::start(app.addr)?,
    };
    check(&browser.dom()?)?;
    for (name, width, height, is_dark) in PICTURES {
        let file = pictures.join(format!("{name}.png"));
        browser.picture(&file, width, height, is_dark)?;
        println!("{}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// What the page is when its script has run for a while.
fn check(dom: &str) -> Result<()> {
    for part in [
        // The events come.
        "live, once a second",
        // They bring the figures.
        "data-requests=",
        // The lines that block, and that panicked.
        "src/routes/waits.rs:",
        "src/routes/faults.rs:",
        // What needs a script is switched on.
        "<button type=\"button\" id=\"measure\">",
    ] {
        if !dom.contains(part) {
            return Err(format!("the page in the browser lacks {part:?}:\n{dom}").into());
        }
    }
    println!("the page is live in the browser");
    Ok(())
}

/// The example on a free port; ends with this handle.
struct App {
    child: Child,
    addr: SocketAddr,
}

impl App {
    fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--panic-budget", "1000"])
            .env("APP_ENV", "development")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("stdout is a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let addr = line.trim().strip_prefix("listening on http://");
        let addr = addr
            .ok_or("the app does not say where it listens")?
            .parse()?;
        Ok(Self { child, addr })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(addr: SocketAddr, path: &str) -> Result<()> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nAccept-Encoding: zstd\r\n");
    exchange(addr, &format!("{head}Connection: close\r\n\r\n"))
}

fn post(addr: SocketAddr, path: &str, body: &str) -> Result<()> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close");
    let length = body.len();
    exchange(
        addr,
        &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
}

fn exchange(addr: SocketAddr, request: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.write_all(request.as_bytes())?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

struct Browser<'a> {
    program: &'a str,
    profile: PathBuf,
    front: SocketAddr,
}

impl Browser<'_> {
    /// The page as its script has changed it.
    fn dom(&self) -> Result<String> {
        let url = self.url(1280, 1000);
        let shown = self.command().args(["--dump-dom", &url]).output();
        let shown = shown.map_err(|error| format!("{}: {error}", self.program))?;
        let frame = String::from_utf8_lossy(&shown.stdout).into_owned();
        Ok(frame.replace("&lt;", "<").replace("&gt;", ">"))
    }

    fn picture(&self, file: &Path, width: u32, height: u32, is_dark: bool) -> Result<()> {
        let mut command = self.command();
        command.arg(format!("--screenshot={}", file.display()));
        command.arg(format!("--window-size={width},{height}"));
        if is_dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        let url = self.url(width, height);
        let shown = command.arg(url).stdout(Stdio::null()).status()?;
        match shown.success() && file.exists() {
            true => Ok(()),
            false => Err(format!("{} took no picture", self.program).into()),
        }
    }

    fn url(&self, width: u32, height: u32) -> String {
        format!("http://{}/frame/{width}/{height}", self.front)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-sync",
            ])
            .args(["--disable-component-update", "--disable-quic"])
            .arg(format!("--user-data-dir={}", self.profile.display()))
            .stderr(Stdio::null());
        command
    }
}
