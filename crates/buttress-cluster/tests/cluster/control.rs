//! (17): the control socket.

use crate::support::{Running, Setup};
use buttress_cluster::control::{MAX_QUESTION, Request};
use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    process::Command,
};

#[tokio::test]
async fn only_its_user_may_use_the_control_socket() {
    let cluster = Setup::new(1).start().await;
    let path = cluster.control();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // Even if the file were open to all, the supervisor asks who it is.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(cluster.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = "import os, socket, sys\n\
                  os.setgid(65534); os.setuid(65534)\n\
                  s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n\
                  try:\n\
                  \x20 s.sendall(b'{\"command\":\"list\"}\\n'); print(repr(s.recv(100)))\n\
                  except OSError: print(\"b''\")\n";
    let asked = Command::new("python3")
        .args(["-c", script])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&asked.stdout).trim(),
        "b''",
        "{asked:?}"
    );
    cluster.status();
}

#[tokio::test]
async fn garbage_and_half_sent_commands_are_survived() {
    let cluster = Setup::new(1).start().await;
    // Half a command, left open.
    let mut half = UnixStream::connect(cluster.control()).unwrap();
    half.write_all(b"{\"command\":").unwrap();
    let garbage: [&[u8]; 5] = [
        b"\n",
        b"hello\n",
        b"{\"command\":\"explode\"}\n",
        b"\xff\xfe\x00\n",
        b"{\"command\":\"scale\",\"workers\":{\"to\":-1}}\n",
    ];
    for line in garbage {
        let answer = say(&cluster, line);
        assert!(
            answer.contains("\"answer\":\"failed\""),
            "{line:?}: {answer}"
        );
    }
    assert_eq!(
        say(&cluster, &vec![b'x'; MAX_QUESTION + 1]),
        "",
        "too long: closed"
    );
    // One after the other over one connection.
    let two = b"{\"command\":\"list\"}\n{\"command\":\"logs\",\"after\":0}\n";
    let answers = say(&cluster, two);
    assert_eq!(answers.lines().count(), 2, "{answers}");
    cluster.ask(&Request::List);
    assert_eq!(cluster.get("/").await, "hello");
}

/// What comes back until the supervisor closes, or has answered all.
fn say(cluster: &Running, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(cluster.control()).unwrap();
    // One that is too long is not read to its end.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_socket_of_a_supervisor_that_is_gone_is_replaced() {
    let mut cluster = Setup::new(1).start().await;
    let path = cluster.control();
    cluster.signal(rustix::process::Signal::KILL);
    cluster.ended().await;
    assert!(path.exists());
    let setup = Setup::new(1);
    fs::rename(&path, setup.folder().join("control.sock")).unwrap();
    let successor = setup.start().await;
    assert_eq!(successor.status().workers.len(), 1);
}
