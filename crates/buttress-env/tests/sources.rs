//! Where values come from, which source wins, and what is wrong with sources.

use buttress_env::{Env, Environment, Origin, Secret};
use serde::Deserialize;
use std::{fs, path::Path};
use tempfile::TempDir;

#[derive(Clone, Debug, Deserialize)]
struct Config {
    key: Option<Secret<String>>,
    name: Option<String>,
}

fn env(variables: &[(&str, &str)]) -> Env {
    let owned = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    Env::prefix("APP").variables(owned.collect::<Vec<_>>())
}

fn name(env: &Env) -> Option<String> {
    env.load::<Config>().unwrap().name.clone()
}

fn error(env: &Env) -> String {
    env.load::<Config>().unwrap_err().to_string()
}

fn path(directory: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn in_development(directory: &Path) -> Env {
    env(&[("APP_ENV", "development")]).dotenv_directory(directory)
}

#[test]
fn the_strongest_source_wins() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    let credentials_path = credentials.path().to_str().unwrap();
    let of = |variables: &[(&str, &str)]| {
        let development = ("APP_ENV", "development");
        env(&[&[development], variables].concat())
            .dotenv_directory(folder.path())
            .fallback("APP_NAME", "fallback")
    };

    assert_eq!(name(&of(&[])).as_deref(), Some("fallback"));
    fs::write(folder.path().join(".env"), "APP_NAME=dotenv").unwrap();
    assert_eq!(name(&of(&[])).as_deref(), Some("dotenv"));
    fs::write(folder.path().join(".env.development"), "APP_NAME=special").unwrap();
    assert_eq!(name(&of(&[])).as_deref(), Some("special"));
    fs::write(credentials.path().join("app_name"), "credential\n").unwrap();
    let credential = ("CREDENTIALS_DIRECTORY", credentials_path);
    assert_eq!(name(&of(&[credential])).as_deref(), Some("credential"));
    let file = path(&folder, "name", "file");
    let file = ("APP_NAME_FILE", file.as_str());
    assert_eq!(name(&of(&[credential, file])).as_deref(), Some("file"));
    assert_eq!(
        name(&of(&[credential, ("APP_NAME", "process")])).as_deref(),
        Some("process")
    );
    let set = of(&[credential, file])
        .set("APP_NAME", "first")
        .set("APP_NAME", "override");
    assert_eq!(name(&set).as_deref(), Some("override"));
}

#[test]
fn each_value_keeps_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "\n\nAPP_NAME=x").unwrap();
    let key = path(&folder, "key", "k");
    let env =
        env(&[("APP_ENV", "development"), ("APP_KEY_FILE", &key)]).dotenv_directory(folder.path());
    let config = env.load::<Config>().unwrap();
    let origins: Vec<_> = config.origins().collect();
    let dotenv = Origin::DotEnv(folder.path().join(".env"), 3);
    let file = Origin::File("APP_KEY_FILE".into());
    assert_eq!(origins, [("APP_KEY", &file), ("APP_NAME", &dotenv)]);
}

#[test]
fn a_file_loses_one_newline_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for (content, value) in [
        ("a", "a"),
        ("a\n", "a"),
        ("a\r\n", "a"),
        ("a\n\n", "a\n"),
        (" a\r\nb\r\n", " a\r\nb"),
        ("\u{feff}a", "\u{feff}a"),
    ] {
        let file = path(&folder, "key", content);
        let config = env(&[("APP_KEY_FILE", &file)]).load::<Config>().unwrap();
        assert_eq!(config.key.as_ref().unwrap().expose(), value);
    }
}

#[test]
fn a_variable_and_its_file_together_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(&folder, "key", "a");
    let error = error(&env(&[("APP_KEY", "a"), ("APP_KEY_FILE", &file)]));
    assert_eq!(
        error,
        "APP_KEY: APP_KEY and APP_KEY_FILE are both set: keep one (from the process environment)"
    );
}

#[test]
fn files_that_will_not_do_are_named_by_variable_and_not_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let large = path(&folder, "large-qqq", vec![b'x'; 10 * 1024 * 1024]);
    let binary = path(&folder, "binary-qqq", [0xff, 0xfe]);
    let directory = folder.path().join("directory-qqq");
    fs::create_dir(&directory).unwrap();
    for (file, why) in [
        ("/nowhere/qqq", "does not exist"),
        (directory.to_str().unwrap(), "is a directory"),
        (&large, "is larger than 1048576 bytes"),
        (&binary, "is no UTF-8"),
        ("/dev/null", "is no regular file"),
        ("", "does not exist"),
    ] {
        let error = error(&env(&[("APP_KEY_FILE", file)]));
        let expected = format!(
            "APP_KEY: the file that APP_KEY_FILE names {why} (from the process environment)"
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn a_field_that_ends_in_file_is_itself() {
    #[derive(Debug, Deserialize)]
    struct Tls {
        cert: Option<String>,
        cert_file: Option<String>,
    }
    let config = env(&[("APP_CERT_FILE", "/x.pem")]).load::<Tls>().unwrap();
    assert_eq!(
        (config.cert.as_deref(), config.cert_file.as_deref()),
        (None, Some("/x.pem"))
    );
}

#[test]
fn credentials_are_read_by_either_case_and_must_be_known() {
    let folder = tempfile::tempdir().unwrap();
    path(&folder, "APP_KEY", "k\n");
    path(&folder, "app_name", "n");
    path(&folder, "other", [0xff]);
    let env = env(&[("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())]);
    let config = env.load::<Config>().unwrap();
    assert_eq!(config.key.as_ref().unwrap().expose(), "k");
    assert_eq!(config.name.as_deref(), Some("n"));

    path(&folder, "app_keys", "k");
    path(&folder, "app_name", [0xff]);
    let text = error(&env);
    assert!(
        text.contains("APP_NAME: the credential is no UTF-8 (from the credential app_name)"),
        "{text}"
    );
    assert!(
        text.contains("APP_KEYS: no field has this name; did you mean APP_KEY?"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn dotenv_is_read_in_development_alone_and_in_this_folder_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("inner");
    fs::create_dir(&folder).unwrap();
    fs::write(parent.path().join(".env"), "APP_NAME=x\n").unwrap();
    let name_in =
        |word: &str, folder: &Path| name(&env(&[("APP_ENV", word)]).dotenv_directory(folder));

    assert_eq!(name_in("development", parent.path()).as_deref(), Some("x"));
    assert_eq!(name_in("development", &folder), None);
    for word in ["test", "staging", "production", ""] {
        assert_eq!(name_in(word, parent.path()), None);
    }
    assert_eq!(name(&in_development(parent.path()).dotenv(false)), None);
}

#[test]
fn dotenv_errors_name_the_line_and_hold_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(".env"),
        "APP_NAME=x\nqqq qqq\nAPP_KEY='qqq",
    )
    .unwrap();
    let text = error(&in_development(folder.path()));
    assert!(
        text.contains(".env line 2: expected NAME=value\n"),
        "{text}"
    );
    assert!(
        text.ends_with(".env line 3: the quote is not closed"),
        "{text}"
    );
    assert!(!text.contains("qqq"));
}

#[test]
fn the_last_of_a_files_lines_counts_and_other_prefixes_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let content = "APP_NAME=a\nOTHER=1\nexport APP_NAME=\"b $HOME # \\\"c\\\"\" # d\n";
    fs::write(folder.path().join(".env"), content).unwrap();
    assert_eq!(
        name(&in_development(folder.path())).as_deref(),
        Some("b $HOME # \"c\"")
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_utf8_matters_under_the_prefix_alone() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    let os = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let foreign = vec![(os(b"OTHER"), os(b"\xff")), (os(b"\xff"), os(b"x"))];
    let load = |mut ours: Vec<(OsString, OsString)>| {
        ours.extend(foreign.clone());
        Env::prefix("APP").variables(ours).load::<Config>()
    };

    assert!(load(vec![]).is_ok());
    let text = load(vec![(os(b"APP_NAME"), os(b"qqq\xff"))])
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "APP_NAME: expected UTF-8, and it is none (from the process environment)"
    );
    let text = load(vec![(os(b"APP_\xff"), os(b"qqq"))])
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("APP_\u{fffd}: no field has this name"),
        "{text}"
    );
}

#[test]
fn the_environment_is_production_unless_it_is_said() {
    let of = |variables: &[(&str, &str)]| env(variables).load::<Config>().unwrap().environment();
    assert_eq!(of(&[]), Environment::Production);
    assert_eq!(of(&[("APP_ENV", "")]), Environment::Production);
    assert_eq!(of(&[("NODE_ENV", "development")]), Environment::Production);
    assert_eq!(of(&[("APP_ENV", "staging")]), Environment::Staging);
    for environment in Environment::ALL {
        assert_eq!(of(&[("APP_ENV", environment.as_str())]), environment);
    }
}

#[test]
fn aliases_of_the_environment_are_asked_in_order_where_its_own_is_silent() {
    let of = |variables: &[(&str, &str)]| {
        let env = env(variables).alias("NODE_ENV").alias("RAILS_ENV");
        env.load::<Config>().map(|config| config.environment())
    };
    assert_eq!(of(&[("NODE_ENV", "test")]).unwrap(), Environment::Test);
    let both = [("RAILS_ENV", "test"), ("NODE_ENV", "staging")];
    assert_eq!(of(&both).unwrap(), Environment::Staging);
    let own = [("NODE_ENV", "test"), ("APP_ENV", "production")];
    assert_eq!(of(&own).unwrap(), Environment::Production);
    let text = of(&[("NODE_ENV", "qqq")]).unwrap_err().to_string();
    assert!(
        text.starts_with("NODE_ENV: expected development, test"),
        "{text}"
    );
}

#[test]
fn the_environment_can_be_set_in_code() {
    let env = env(&[("APP_ENV", "production")]).set("APP_ENV", "test");
    assert_eq!(
        env.load::<Config>().unwrap().environment(),
        Environment::Test
    );
}

#[test]
fn code_can_set_an_alias_and_give_the_environment_for_when_none_is_set() {
    let environment = |env: Env| env.load::<Config>().unwrap().environment();
    let alias = |env: Env| env.alias("NODE_ENV");
    let set = alias(env(&[("NODE_ENV", "staging")])).set("NODE_ENV", "test");
    assert_eq!(environment(set), Environment::Test);
    let fallback = |variables| alias(env(variables)).fallback("APP_ENV", "test");
    assert_eq!(environment(fallback(&[])), Environment::Test);
    assert_eq!(environment(fallback(&[("APP_ENV", "")])), Environment::Test);
    let said = fallback(&[("NODE_ENV", "staging")]);
    assert_eq!(environment(said), Environment::Staging);
}
