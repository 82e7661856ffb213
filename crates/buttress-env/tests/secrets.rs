//! Whatever happens, a secret is not shown.

use buttress_env::{Env, Secret};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

#[derive(Debug, Deserialize, Serialize)]
struct Config {
    port: u16,
    key: Secret<String>,
    keys: Vec<Secret<String>>,
    by_name: BTreeMap<String, Secret<String>>,
    pin: Option<Secret<u64>>,
    checked: Option<Secret<Checked>>,
}

/// A type whose own error repeats its value.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(try_from = "String")]
struct Checked(String);

impl zeroize::Zeroize for Checked {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl TryFrom<String> for Checked {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let reversed: String = text.chars().rev().collect();
        Err(format!("{text:?} {reversed} {}", text.to_uppercase()))
    }
}

fn env(port: &str, secret: &str, checked: Option<&str>) -> Env {
    let mut variables = vec![
        ("APP_PORT", port.to_owned()),
        ("APP_KEY", secret.to_owned()),
        ("APP_KEYS", format!("{secret},{secret}")),
        ("APP_BY_NAME__A", secret.to_owned()),
        ("APP_BY_NAME__B", secret.to_owned()),
        ("APP_PIN", "7007007007".to_owned()),
    ];
    variables.extend(checked.map(|checked| ("APP_CHECKED", checked.to_owned())));
    Env::prefix("APP").variables(variables)
}

/// Between marks that no other text has, so that a finding is one.
fn secret() -> impl Strategy<Value = String> {
    "[^,\u{0}]{0,20}".prop_map(|text| format!("§{text}§"))
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

proptest! {
    #[test]
    fn a_good_configuration_shows_no_secret(secret in secret()) {
        let config = env("80", &secret, None).load::<Config>().unwrap();
        prop_assert_eq!(config.key.expose(), &secret);
        let panic = panic::catch_unwind(|| panic::resume_unwind(Box::new(format!("{config:?}")))).unwrap_err();
        for shown in [
            format!("{config:?}"),
            format!("{config:#?}"),
            serde_json::to_string(&*config).unwrap(),
            config.table().to_string(),
            config.table_with_defaults().to_string(),
            format!("{:?}", config.origins().collect::<Vec<_>>()),
            format!("{:?}", env("80", &secret, None).set("APP_KEY", secret.clone())),
            message(&*panic).to_owned(),
        ] {
            prop_assert!(!shown.contains('§'), "{}", shown);
            prop_assert!(!shown.contains("7007007007"), "{}", shown);
        }
    }

    #[test]
    fn a_bad_one_shows_no_value_at_all(secret in secret()) {
        let bad = env(&secret, &secret, Some(&secret)).set("APP_PIN", secret.clone());
        let error = bad.set("APP_UNKNOWN", secret.clone()).load::<Config>().unwrap_err();
        prop_assert_eq!(error.problems().len(), 4);
        for shown in [format!("{error}"), format!("{error:?}"), format!("{:?}", error.problems())] {
            prop_assert!(!shown.contains('§'), "{}", shown);
        }
    }
}

#[test]
fn a_secrets_own_check_is_not_quoted() {
    let error = env("80", "x", Some("hunter2"))
        .load::<Config>()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("APP_CHECKED: refused by its type"),
        "{text}"
    );
    assert!(
        !text.to_lowercase().contains("hunter2") && !text.contains("2retnuh"),
        "{text}"
    );
}

#[test]
fn other_formats_show_no_secret_either() {
    let error = serde_json::from_str::<Secret<u64>>("\"hunter2\"").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a secret was refused by its type"),
        "{error}"
    );
    let secret: Secret<String> = serde_json::from_str("\"hunter2\"").unwrap();
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn the_table_has_values_origins_and_redactions() {
    let config = env("80", "hunter2", None).load::<Config>().unwrap();
    let table = config.table().to_string();
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["APP_ENV", "production"]);
    assert_eq!(
        lines[1],
        ["APP_PORT", "80", "the", "process", "environment"]
    );
    assert_eq!(
        lines[2],
        ["APP_KEY", "[redacted]", "the", "process", "environment"]
    );
    assert_eq!(lines[3][1], "[redacted]");
    assert_eq!(lines[7], ["APP_CHECKED", "(default)", "the", "default"]);
}

#[test]
fn the_example_has_every_variable_and_what_it_expects() {
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Config {
        port: u16,
        #[serde(default)]
        name: String,
        tls: Option<Tls>,
        key: Secret<String>,
    }
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Tls {
        cert: String,
    }
    let example = Env::prefix("APP").example::<Config>();
    assert_eq!(
        example,
        "# one of development, test, staging, production\n# APP_ENV=production\n\
         \n# a whole number from 0 to 65535, needed\nAPP_PORT=\n\
         \n# text, optional\n# APP_NAME=\n\
         \n# text, optional\n# APP_TLS__CERT=\n\
         \n# text, needed, secret\nAPP_KEY=\n"
    );
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Parts")]
struct Whole;

#[derive(Deserialize)]
struct Parts {
    token: Option<Secret<String>>,
    port: u32,
}

/// As many do, it repeats what it was given.
impl TryFrom<Parts> for Whole {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let token = parts.token.unwrap_or_default();
        Err(format!("{} and {} disagree", token.expose(), parts.port))
    }
}

#[test]
fn a_check_of_the_whole_shows_none_of_its_values() {
    let secret = ("APP_TOKEN", "correct horse");
    for variables in [
        &[("APP_PORT", "54321"), secret][..],
        &[("APP_PORT", "54321")],
    ] {
        let env = Env::prefix("APP").variables(variables.iter().copied());
        let error = env.load::<Whole>().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.problems()[0].is_invalid());
        assert!(
            !shown.contains("horse") && !shown.contains("54321"),
            "{shown}"
        );
    }
    // On a stand-in it fails of itself, so the bad port alone is sure.
    let bad = Env::prefix("APP").variables([("APP_PORT", "x"), secret]);
    let error = bad.load::<Whole>().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].variable(), "APP_PORT");
    assert!(error.is_incomplete());
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum Login {
    Key(Secret<String>),
    Basic {
        user: String,
        password: Secret<String>,
    },
}

#[test]
fn a_secret_inside_of_an_untagged_enum_is_not_in_the_table() {
    #[derive(Deserialize)]
    struct Config {
        #[allow(dead_code)]
        login: Login,
    }
    for variables in [
        &[("APP_LOGIN", "correct horse")][..],
        &[
            ("APP_LOGIN__USER", "ann"),
            ("APP_LOGIN__PASSWORD", "correct horse"),
        ],
    ] {
        let env = Env::prefix("APP").variables(variables.iter().copied());
        let table = env.load::<Config>().unwrap().table().to_string();
        assert!(
            table.contains("[redacted]") && !table.contains("horse"),
            "{table}"
        );
    }
}

/// What makes a secret of a `String` by itself.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
struct Token(Secret<String>);

impl TryFrom<String> for Token {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("token ") {
            Some(token) => Ok(Self(Secret::new(token.to_owned()))),
            None => Err(format!("no token: {}", text.len())),
        }
    }
}

#[test]
fn what_is_told_to_be_secret_is_treated_as_one() {
    #[derive(Deserialize)]
    struct Config {
        token: Option<Token>,
        #[allow(dead_code)]
        inner: Option<Inner>,
    }
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        tokens: Vec<Token>,
    }
    let env = |token: &'static str| {
        Env::prefix("APP")
            .secrets(["APP_TOKEN", "APP_INNER"])
            .variables([("APP_TOKEN", token), ("APP_INNER__TOKENS", "token horse")])
    };
    let config = env("token horse").load::<Config>().unwrap();
    assert_eq!(config.token.as_ref().unwrap().0.expose(), "horse");
    let table = config.table().to_string();
    assert_eq!(table.matches("[redacted]").count(), 2, "{table}");
    assert!(!table.contains("horse"), "{table}");

    let error = env("horse").load::<Config>().err().unwrap().to_string();
    assert!(error.starts_with("APP_TOKEN: refused by its type (what it says is not shown"));
    let error = env("").load::<Config>();
    assert!(error.is_ok_and(|config| config.token.is_none()));
    let example = env("").example::<Config>();
    assert!(
        example.contains("# text, optional, secret\n# APP_TOKEN="),
        "{example}"
    );
}

/// Counts how often it was wiped.
#[derive(Clone, Default)]
struct Witness(Arc<AtomicUsize>);

impl zeroize::Zeroize for Witness {
    fn zeroize(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_secret_and_each_copy_of_it_are_wiped_when_dropped() {
    let witness = Witness::default();
    let secret = Secret::new(witness.clone());
    let copy = secret.clone();
    drop(secret);
    assert_eq!(witness.0.load(Ordering::SeqCst), 1);
    drop(copy);
    assert_eq!(witness.0.load(Ordering::SeqCst), 2);
}
