//! What nobody should set and somebody does: it ends, in an error that says why.
#![cfg(unix)]

use buttress_env::{Env, Secret};
use serde::Deserialize;
use std::{collections::HashMap, fs, os::unix::fs::symlink, path::Path, process::Command};

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Tree {
    name: Option<String>,
    child: Option<Box<Tree>>,
    by_key: Option<HashMap<String, Tree>>,
}

fn tree(name: String) -> Result<(), String> {
    let env = Env::prefix("APP").variables([(name, "x")]);
    let loaded = env.load::<Tree>();
    loaded.map(drop).map_err(|error| error.to_string())
}

#[test]
fn a_name_of_more_levels_than_the_stack_could_bear_is_refused() {
    let child = |levels: usize| format!("APP_CHILD{}__NAME", "__CHILD".repeat(levels - 2));
    assert_eq!(tree(child(60)), Ok(()));
    let expected = "a name has at most 64 levels (from the process environment)";
    for name in [
        child(70),
        child(10_000),
        format!("APP_BY_KEY{}__NAME", "__A__BY_KEY".repeat(5_000)),
        format!("APP_{}", "_".repeat(100_000)),
    ] {
        let error = tree(name.clone()).unwrap_err();
        assert_eq!(error.strip_prefix(&name), Some(&*format!(": {expected}")));
    }
}

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[derive(Debug, Deserialize)]
struct Config {
    key: Option<Secret<String>>,
}

fn env(variables: &[(&str, &Path)], folder: &Path) -> Env {
    let variables = variables
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.into()));
    let development = ("APP_ENV".to_owned(), "development".into());
    let all: Vec<(String, std::ffi::OsString)> = variables.chain([development]).collect();
    Env::prefix("APP").variables(all).dotenv_directory(folder)
}

#[test]
fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fifo(&path);
    let error = env(&[], folder.path()).load::<Config>().unwrap_err();
    let expected = format!("{}: is no regular file", path.display());
    assert_eq!(error.to_string(), expected);

    let nothing = tempfile::tempdir().unwrap();
    let by_file = env(&[("APP_KEY_FILE", &path)], nothing.path());
    let error = by_file.load::<Config>().unwrap_err().to_string();
    assert!(error.starts_with("APP_KEY: the file that APP_KEY_FILE names is no regular file"));

    let credentials = tempfile::tempdir().unwrap();
    fifo(&credentials.path().join("app_key"));
    let directory = credentials.path();
    let by_credential = env(&[("CREDENTIALS_DIRECTORY", directory)], nothing.path());
    let error = by_credential.load::<Config>().unwrap_err().to_string();
    assert!(
        error.starts_with("APP_KEY: the credential is no regular file"),
        "{error}"
    );
}

#[test]
fn a_loop_of_links_and_a_link_to_nothing_are_errors_without_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = tempfile::tempdir().unwrap();
    for (target, why) in [("qqq", "cannot be read: "), ("gone", "does not exist")] {
        let link = folder.path().join("qqq");
        symlink(target, &link).unwrap();
        let env = env(&[("APP_KEY_FILE", &link)], nothing.path());
        let error = env.load::<Config>().unwrap_err().to_string();
        let start = format!("APP_KEY: the file that APP_KEY_FILE names {why}");
        assert!(
            error.starts_with(&start) && !error.contains("qqq"),
            "{error}"
        );
        fs::remove_file(link).unwrap();
    }
}

/// Kubernetes keeps a secret as `key -> ..data/key`, `..data -> ..TIME`, and puts a
/// new one in place by renaming a link over `..data`.
#[cfg(feature = "reload")]
#[test]
fn a_secret_behind_links_is_read_and_its_successor_at_a_reload() {
    let volume = tempfile::tempdir().unwrap();
    let at = |name: &str| volume.path().join(name);
    let publish = |time: &str, value: &str| {
        fs::create_dir(at(time)).unwrap();
        fs::write(at(time).join("key"), value).unwrap();
        symlink(time, at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..1", "one\n");
    symlink("..data/key", at("key")).unwrap();

    let nothing = tempfile::tempdir().unwrap();
    let env = env(&[("APP_KEY_FILE", &at("key"))], nothing.path());
    let watched = env.load::<Config>().unwrap().watch();
    let key = || watched.current().key.clone().unwrap().expose().clone();
    assert_eq!(key(), "one");
    publish("..2", "two\n");
    let changes = watched.reload().unwrap();
    assert_eq!(changes.changes()[0].variable, "APP_KEY");
    assert_eq!(key(), "two");
}

#[test]
fn an_underscore_at_the_prefixs_end_is_the_one_that_it_has_anyway() {
    let env = Env::prefix("APP_").variables([("APP_KEY", "k"), ("APP_ENV", "test")]);
    let config = env.load::<Config>().unwrap();
    assert!(config.key.is_some() && config.environment().verbose_errors());
}

#[test]
fn a_map_has_no_key_without_a_letter() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Config {
        map: HashMap<String, String>,
    }
    for text in ["=a", "a=b, =c", "a"] {
        let env = Env::prefix("APP").variables([("APP_MAP", text)]);
        let error = env.load::<Config>().unwrap_err().to_string();
        assert!(error.starts_with("APP_MAP: expected key=value, comma separated"));
    }
}
