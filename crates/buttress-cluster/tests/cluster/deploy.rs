//! (6): the executable is replaced by rename.

use crate::support::{Setup, until};
use rustix::process::Signal;
use std::{fs, io::Write, path::Path};

/// Puts a new version in the place of the old one, as deploys do.
fn deploy(program: &Path, version: &str) {
    let next = program.with_extension("next");
    fs::copy(program, &next).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(&next).unwrap();
    write!(file, "version-{version}").unwrap();
    drop(file);
    fs::rename(next, program).unwrap();
}

#[tokio::test]
async fn a_reload_after_a_deploy_by_rename_runs_the_new_version() {
    let cluster = Setup::new(1).deployed().start().await;
    assert_eq!(cluster.get("/version").await, "1");
    for version in ["2", "3"] {
        deploy(&cluster.program, version);
        cluster.reload().await.unwrap();
        // The old worker may accept one more before it hears that it is old.
        until("the new version answers", async || {
            cluster.get("/version").await == version
        })
        .await;
    }
}

#[tokio::test]
async fn until_a_reload_has_succeeded_crashes_are_answered_with_the_old_version() {
    let cluster = Setup::new(1)
        .deployed()
        .with("ready_timeout", 5000)
        .start()
        .await;
    deploy(&cluster.program, "2");
    cluster.mood("exits");
    cluster.reload().await.unwrap_err();
    cluster.mood("");
    let old = cluster.pids();
    crate::support::cluster::send(old[0], Signal::KILL);
    until("it is started again", async || {
        let pids = cluster.pids();
        !pids.is_empty() && pids != old
    })
    .await;
    assert_eq!(cluster.get("/version").await, "1");
    // The file may even be gone.
    fs::remove_file(&cluster.program).unwrap();
    cluster.reload().await.unwrap_err();
    assert_eq!(cluster.get("/version").await, "1");
}
