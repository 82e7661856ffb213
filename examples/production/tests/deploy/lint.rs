//! Each template passes the check of the program that reads it.

use crate::proxy::{free_addr, haproxy_config, nginx_config, not_there, template};
use std::fs;
use std::process::Output;
use tokio::process::Command;

async fn output(mut command: Command) -> Output {
    let output = command.output().await;
    output.unwrap_or_else(|error| not_there(&command, &error))
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[tokio::test]
async fn nginx_takes_its_template_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let config = nginx_config(&dir, free_addr(), [free_addr(); 2]);
    let mut command = Command::new("nginx");
    command
        .arg("-t")
        .arg("-p")
        .arg(dir.path())
        .arg("-c")
        .arg(config);
    let output = output(command).await;
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("[warn]"), "{text}");
}

#[tokio::test]
async fn haproxy_takes_its_template_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let config = haproxy_config(&dir, free_addr(), [free_addr(); 2]);
    let mut command = Command::new("haproxy");
    command.args(["-c", "-f"]).arg(config);
    let output = output(command).await;
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("WARNING"), "{text}");
}

#[tokio::test]
async fn systemd_takes_its_units_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").arg("--man=no");
    for name in ["app@.service", "app.service", "app.socket"] {
        let unit = fs::read_to_string(template("systemd").join(name)).unwrap();
        // A program that is there.
        let unit = unit.replace("/usr/local/bin/app", env!("CARGO_BIN_EXE_production"));
        let path = dir.path().join(name);
        fs::write(&path, unit).unwrap();
        let instance = dir.path().join(name.replace('@', "@3001"));
        command.arg(if name.contains('@') { instance } else { path });
    }
    let output = output(command).await;
    let text = text(&output);
    // Of units that the machine has of its own it may say something, too.
    let ours: Vec<_> = text.lines().filter(|line| line.contains("app")).collect();
    assert_eq!(ours, [""; 0], "{text}");
}

/// There is no Docker where the tests run. What breaks a drain is seen without.
#[test]
fn the_image_runs_the_app_itself_and_as_nobody() {
    let text = fs::read_to_string(template("docker/Dockerfile")).unwrap();
    let last = text.rsplit("\nFROM ").next().unwrap();
    assert!(last.contains("\nUSER 10001"));
    assert!(last.contains("\nSTOPSIGNAL SIGTERM"));
    assert!(
        last.contains("\nENTRYPOINT [\""),
        "a shell would keep the signal"
    );
}
