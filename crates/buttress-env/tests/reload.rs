//! Reloads are all or nothing, and a request sees one snapshot.
#![cfg(feature = "reload")]

use buttress_env::{Env, Secret, Watched};
use serde::Deserialize;
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use tempfile::TempDir;

#[derive(Debug, Deserialize)]
struct Config {
    a: u64,
    b: u64,
    key: Secret<String>,
    #[allow(dead_code)]
    listen: Option<String>,
}

fn write(folder: &TempDir, content: &str) {
    // By a rename, so that no reload sees half a file.
    let new = folder.path().join("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, folder.path().join(".env")).unwrap();
}

fn watched(folder: &TempDir) -> Watched<Config> {
    let env = Env::prefix("APP")
        .variables([("APP_ENV", "development")])
        .dotenv_directory(folder.path())
        .needs_restart(["APP_LISTEN"]);
    env.load::<Config>().unwrap().watch()
}

#[test]
fn a_bad_reload_keeps_the_old_and_a_good_one_swaps_once() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "APP_A=1\nAPP_B=1\nAPP_KEY=one");
    let watched = watched(&folder);
    let before = watched.current();

    write(&folder, "APP_A=2\nAPP_B=x\nAPP_KEY=two");
    let error = watched.reload().unwrap_err();
    assert_eq!(error.problems()[0].variable(), "APP_B");
    let kept = watched.current();
    assert!(std::ptr::eq(&*kept, &*before));

    write(&folder, "APP_A=2\nAPP_B=2\nAPP_KEY=two");
    watched.reload().unwrap();
    let after = watched.current();
    assert_eq!(
        (after.a, after.b, after.key.expose().as_str()),
        (2, 2, "two")
    );
    assert!(std::ptr::eq(&*after, &*watched.current()));
    // Who holds the old one still has it whole.
    assert_eq!(
        (before.a, before.b, before.key.expose().as_str()),
        (1, 1, "one")
    );
}

#[test]
fn changes_are_named_and_those_that_need_a_restart_until_it_happens() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "APP_A=1\nAPP_B=1\nAPP_KEY=one");
    let watched = watched(&folder);
    write(&folder, "APP_A=1\nAPP_B=2\nAPP_KEY=hunter2\nAPP_LISTEN=0");
    let reloaded = watched.reload().unwrap();
    let changed: Vec<_> = reloaded
        .changes()
        .iter()
        .map(|change| change.variable)
        .collect();
    assert_eq!(changed, ["APP_B", "APP_KEY", "APP_LISTEN"]);
    assert_eq!(reloaded.needs_restart(), ["APP_LISTEN"]);
    assert!(!format!("{reloaded:?}").contains("hunter2"));

    let again = watched.reload().unwrap();
    assert_eq!(again.changes(), []);
    assert_eq!(again.needs_restart(), ["APP_LISTEN"]);
    write(&folder, "APP_A=1\nAPP_B=2\nAPP_KEY=hunter2");
    let back = watched.reload().unwrap();
    assert_eq!(back.changes().len(), 1);
    assert!(back.needs_restart().is_empty());
}

#[test]
fn no_snapshot_is_torn_in_a_storm_of_reloads() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "APP_A=0\nAPP_B=0\nAPP_KEY=0");
    let watched = watched(&folder);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Acquire) {
                    let now = watched.current();
                    assert_eq!(now.a, now.b);
                    assert_eq!(now.key.expose(), &now.a.to_string());
                    assert!(now.a >= last, "an older one came back");
                    last = now.a;
                }
            });
        }
        for i in 1..=300 {
            write(&folder, &format!("APP_A={i}\nAPP_B={i}\nAPP_KEY={i}"));
            watched.reload().unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert_eq!(watched.current().a, 300);
}

#[test]
fn of_reloads_at_once_an_older_one_never_replaces_a_newer_one() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "APP_A=0\nAPP_B=0\nAPP_KEY=0");
    let watched = watched(&folder);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Acquire) {
                    watched.reload().unwrap();
                    let now = watched.current().a;
                    assert!(now >= last, "{now} came after {last}");
                    last = now;
                }
            });
        }
        for i in 1..=1_000 {
            write(&folder, &format!("APP_A={i}\nAPP_B={i}\nAPP_KEY={i}"));
        }
        done.store(true, Ordering::Release);
    });
}

#[test]
fn outside_of_a_runtime_signals_are_refused_without_panic() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "APP_A=0\nAPP_B=0\nAPP_KEY=0");
    let error = watched(&folder).reload_on_hangup().err().unwrap();
    assert_eq!(error.to_string(), "there is no tokio runtime");
}
