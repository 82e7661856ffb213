//! `buttress` as people use it: a program that knows nothing of it, and the units.
#![cfg(target_os = "linux")]

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const BUTTRESS: &str = env!("CARGO_BIN_EXE_buttress");

/// Answers over the socket that it was given, with its process.
const SERVER: &str = "\
import os, signal, socket, sys
is_idle = is_over = False
def end(*_):
    global is_over
    is_over = True
    if is_idle: sys.exit(0)
signal.signal(signal.SIGTERM, end)
assert os.environ['LISTEN_PID'] == str(os.getpid()) and os.environ['LISTEN_FDS'] == '1'
s = socket.socket(fileno=3)
s.setblocking(True)
while not is_over:
    is_idle = True
    c, _ = s.accept()
    is_idle = False
    c.recv(1000)
    body = str(os.getpid()).encode()
    c.sendall(b'HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(body) + body)
    c.close()
";

/// A supervisor with a folder of its own; killed when dropped.
struct Running {
    folder: TempDir,
    supervisor: Child,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.py"), SERVER).unwrap();
        let stderr = fs::File::create(folder.path().join("stderr")).unwrap();
        let supervisor = Command::new(BUTTRESS)
            .args(["run", "--name", "shop"])
            .args(arguments)
            .current_dir(folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .stderr(stderr)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, supervisor }
    }

    fn buttress(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BUTTRESS);
        command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.path());
        command.output().unwrap()
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.buttress(arguments);
        let log = fs::read_to_string(self.folder.path().join("stderr")).unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}\n{log}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn status(&self) -> Option<serde_json::Value> {
        let output = self.buttress(&["list", "--json"]);
        serde_json::from_slice(&output.stdout).ok()
    }

    fn serving(&self) -> usize {
        let status = self.status().unwrap_or_default();
        let workers = status["workers"].as_array().cloned().unwrap_or_default();
        workers
            .iter()
            .filter(|worker| worker["state"] == "serving")
            .count()
    }

    fn address(&self) -> String {
        self.status().unwrap()["listening"][0]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain: {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// The process that answers.
fn get(addr: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{answer:?}"));
    body.to_owned()
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z"))
}

const LISTENING: [&str; 8] = [
    "-i",
    "2",
    "--listen",
    "127.0.0.1:0",
    "--ready",
    "50ms",
    "--",
    "python3",
];

#[test]
fn any_program_is_supervised_reloaded_scaled_and_stopped() {
    let mut running = Running::start(&[&LISTENING[..], &["server.py"]].concat());
    until("two serve", || running.serving() == 2);
    let addr = running.address();
    let first = get(&addr);

    // A crash: its place is filled again, and nobody is refused meanwhile.
    let pid = Pid::from_raw(first.parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    // Until it is scheduled to die, it may accept one more.
    until("it has ended", || !is_alive(&first));
    for _ in 0..20 {
        assert_ne!(get(&addr), first);
    }
    until("two serve again", || running.serving() == 2);
    let logs = running.says(&["logs"]);
    let ended = logs.lines().find(|line| line.contains("code 137"));
    let said = "before: the program was ended by signal 9";
    assert!(ended.is_some_and(|line| line.ends_with(said)), "{logs}");

    let second = get(&addr);
    assert!(running.says(&["reload"]).starts_with("reloaded"));
    until("the old ones have ended", || {
        !is_alive(&second)
            && running.status().unwrap()["workers"]
                .as_array()
                .unwrap()
                .len()
                == 2
    });
    assert_ne!(get(&addr), second);

    running.says(&["set", "log", "debug"]);
    assert_eq!(running.says(&["scale", "+1"]), "3 workers\n");
    until("three serve", || running.serving() == 3);
    running.says(&["scale", "1"]);
    until("one is left", || {
        running.status().unwrap()["workers"]
            .as_array()
            .unwrap()
            .len()
            == 1
    });
    let list = running.says(&["--name", "shop", "list"]);
    assert!(
        list.contains("serving") && list.contains("1 worker;"),
        "{list}"
    );
    let top = running.says(&["top", "--json", "--count", "1"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&top).unwrap()["workers"][0]["cpu_percent"]
            .is_number()
    );

    let last = get(&addr);
    running.says(&["stop"]);
    assert_eq!(running.supervisor.wait().unwrap().code(), Some(0));
    assert!(!is_alive(&last));
    assert!(
        !running.buttress(&["list"]).status.success(),
        "nobody is there"
    );
}

#[test]
fn a_program_that_ends_by_the_signal_it_was_asked_with_has_ended_well() {
    let mut running = Running::start(&["--ready", "50ms", "--", "sleep", "1000"]);
    until("it serves", || running.serving() == 1);
    running.says(&["stop"]);
    assert_eq!(running.supervisor.wait().unwrap().code(), Some(0));
}

#[test]
fn stop_returns_when_the_supervisor_is_gone_and_who_follows_its_log_ends_well() {
    let slow = "import signal, sys, time\n\
                def end(*_): time.sleep(1); sys.exit(0)\n\
                signal.signal(signal.SIGTERM, end)\n\
                open('started', 'w').close()\n\
                while True: time.sleep(10)";
    let running = Running::start(&["--ready", "50ms", "--", "python3", "-c", slow]);
    let started = running.folder.path().join("started");
    until("it serves", || running.serving() == 1 && started.exists());
    let mut following = Command::new(BUTTRESS)
        .args(["logs", "--follow"])
        .env("XDG_RUNTIME_DIR", running.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(running.says(&["stop", "--no-wait"]), "stopping\n");
    assert!(running.buttress(&["list"]).status.success(), "still there");
    // A second one cuts: it is what waits.
    running.says(&["stop"]);
    assert!(!running.buttress(&["list"]).status.success(), "it is gone");
    assert!(following.wait().unwrap().success());
}

#[test]
fn what_is_not_done_as_it_was_asked_is_said() {
    let running = Running::start(&[&LISTENING[..], &["server.py"]].concat());
    until("two serve", || running.serving() == 2);
    let fewest = "1 worker, which is the fewest; `stop` ends all\n";
    assert_eq!(running.says(&["scale", "-5"]), fewest);
    assert_eq!(running.says(&["scale", "0"]), fewest);
    assert_eq!(running.says(&["scale", "2"]), "2 workers\n");

    let addr = running.address();
    let other = ["run", "--name", "other", "--listen", &addr, "--", "true"];
    let other = running.buttress(&other);
    assert!(!other.status.success());
    let said = String::from_utf8(other.stderr).unwrap();
    let expected = format!("cluster: cannot listen on {addr}: Address already in use");
    assert!(said.starts_with(&expected), "{said}");
}

#[test]
fn no_program_is_left_when_the_supervisor_is_killed() {
    let mut running = Running::start(&[&LISTENING[..], &["server.py"]].concat());
    until("two serve", || running.serving() == 2);
    let one = get(&running.address());
    running.supervisor.kill().unwrap();
    running.supervisor.wait().unwrap();
    until("it has ended as well", || !is_alive(&one));
}

#[test]
fn a_program_that_notifies_is_ready_when_it_says_so() {
    let script = "import os, socket, time\n\
                  open('started', 'w').close()\n\
                  while not os.path.exists('go'): time.sleep(0.01)\n\
                  s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n\
                  s.sendto(b'STATUS=x\\nREADY=1\\n', os.environ['NOTIFY_SOCKET'])\n\
                  time.sleep(1000)\n";
    let running = Running::start(&["--ready", "notify", "--", "python3", "-c", script]);
    let started = running.folder.path().join("started");
    until("it was started", || started.exists());
    assert_eq!(running.serving(), 0);
    fs::write(running.folder.path().join("go"), "").unwrap();
    until("it serves", || running.serving() == 1);
}

/// Listens by itself, next to others, unless it is broken: then it ends after a moment, or
/// never listens.
const OWN: &str = "\
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
broken = open('broken').read()
if broken == 'ends': time.sleep(0.3); sys.exit(1)
if broken == 'hangs': time.sleep(600)
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(('127.0.0.1', int(sys.argv[1])))
s.listen(16)
while True:
    c, _ = s.accept()
    c.recv(1000)
    c.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n')
    c.close()
";

#[test]
fn a_port_of_the_old_version_does_not_make_a_broken_one_ready() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let tcp = format!("tcp:127.0.0.1:{port}");
    let http = format!("http://127.0.0.1:{port}/");
    for (ready, broken_ways) in [(&tcp, &["ends", "hangs"][..]), (&http, &["ends"])] {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own.py");
        fs::write(&own, OWN).unwrap();
        let program = format!(
            "cd {} && exec python3 own.py {port}",
            folder.path().display()
        );
        let broken = folder.path().join("broken");
        fs::write(&broken, "no").unwrap();
        let running = Running::start(&[
            "--ready",
            ready,
            "--ready-timeout",
            "10s",
            "--",
            "sh",
            "-c",
            &program,
        ]);
        until("it to serve", || running.serving() == 1);
        for how in broken_ways {
            fs::write(&broken, how).unwrap();
            let reload = running.buttress(&["reload"]);
            assert!(!reload.status.success(), "{ready} {how}: {reload:?}");
            assert_eq!(running.serving(), 1, "{ready} {how}");
        }
        fs::write(&broken, "no").unwrap();
        running.says(&["reload"]);
    }
}

#[test]
fn a_program_that_is_not_there_is_said_and_not_started_again() {
    for (place, said) in [
        (&[][..], "No such file"),
        (&["--listen", "127.0.0.1:0"], "not found"),
    ] {
        let mut running = Running::start(&[place, &["--", "./nothing-here"]].concat());
        assert_eq!(running.supervisor.wait().unwrap().code(), Some(78));
        let log = fs::read_to_string(running.folder.path().join("stderr")).unwrap();
        assert!(log.contains(said), "{log}");
    }
}

fn unit(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(BUTTRESS);
    command
        .args(["unit", "shop", "/bin/true --serve", "--output"])
        .arg(folder)
        .args(more);
    command.output().unwrap()
}

const MORE: [&str; 8] = [
    "--listen",
    "127.0.0.1:8080",
    "--credential",
    "session:/etc/hostname",
    "--env",
    "APP_LOG=info",
    "--memory",
    "2G",
];

#[test]
fn what_logs_are_and_are_not_is_said_by_its_help() {
    let output = Command::new(BUTTRESS).args(["logs", "--help"]).output();
    let help = String::from_utf8(output.unwrap().stdout).unwrap();
    for word in ["last panic", "inherit stdout", "journalctl -u NAME"] {
        let is_said = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(is_said.contains(word), "{word}: {help}");
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_baseline_unit() {
    let verify = |paths: &[&Path]| {
        Command::new("systemd-analyze")
            .arg("verify")
            .args(paths)
            .output()
    };
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: no systemd-analyze here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(unit(folder.path(), &MORE).status.success());
    // The baseline alone: this may be an older systemd.
    fs::remove_dir_all(folder.path().join("shop.service.d")).unwrap();
    let (service, socket) = (
        folder.path().join("shop.service"),
        folder.path().join("shop.socket"),
    );
    let verified = verify(&[&service, &socket]).unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<_> = said.lines().filter(|line| line.contains("shop")).collect();
    assert!(verified.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn a_unit_holds_what_was_asked_for_and_nothing_else_gets_in() {
    let folder = tempfile::tempdir().unwrap();
    assert!(unit(folder.path(), &MORE).status.success());
    let service = fs::read_to_string(folder.path().join("shop.service")).unwrap();
    for line in [
        "ExecStart=/bin/true --serve",
        "LoadCredential=session:/etc/hostname",
        "Environment=\"APP_LOG=info\"",
        "MemoryMax=2G",
        "RestartPreventExitStatus=78",
        "Requires=shop.socket",
    ] {
        assert!(service.lines().any(|it| it == line), "{line}: {service}");
    }
    let newer = fs::read_to_string(folder.path().join("shop.service.d/systemd-254.conf")).unwrap();
    for word in ["notify-reload", "RestartSteps=", "RestartMaxDelaySec="] {
        assert!(newer.contains(word) && !service.contains(word), "{word}");
    }
    for bad in ["APP=1\nExecStartPre=/bin/sh", "APP=\u{7}"] {
        assert!(
            !unit(folder.path(), &["--env", bad]).status.success(),
            "{bad:?}"
        );
    }
    for (variable, line) in [
        (r#"A=x" B=evil"#, r#"Environment="A=x\" B=evil""#),
        (r"A=100%d\", r#"Environment="A=100%%d\\""#),
    ] {
        assert!(unit(folder.path(), &["--env", variable]).status.success());
        let service = fs::read_to_string(folder.path().join("shop.service")).unwrap();
        assert!(service.lines().any(|it| it == line), "{line}: {service}");
    }
    for bad in [["--memory", "1G\\"], ["--listen", "80\\"], ["--env", "A"]] {
        assert!(!unit(folder.path(), &bad).status.success(), "{bad:?}");
    }
    let mut command = Command::new(BUTTRESS);
    assert!(
        !command
            .args(["unit", "../shop", "/bin/true"])
            .output()
            .unwrap()
            .status
            .success()
    );
}
