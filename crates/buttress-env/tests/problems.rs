//! Everything that is wrong is said at once, by full name and without values.

use buttress_env::{Env, LoadError, Secret};
use serde::Deserialize;
use std::{collections::HashMap, net::SocketAddr, num::NonZeroU16, time::Duration};

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Config {
    port: u16,
    listen: SocketAddr,
    timeout: Duration,
    mode: Mode,
    db: Db,
    workers: Option<NonZeroU16>,
    #[serde(default)]
    retries: u8,
    token: Secret<String>,
    name: Name,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Safe,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Db {
    url: String,
    pool: Pool,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Pool {
    max_size: u32,
}

/// Its own check repeats the value, as many do.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
#[allow(dead_code)]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.contains(' ') {
            return Err(format!("bad name: {name}"));
        }
        Ok(Self(name))
    }
}

fn env<const N: usize>(variables: [(&str, &str); N]) -> Env {
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Env::prefix("APP").variables(variables)
}

fn failed<T: serde::de::DeserializeOwned + std::fmt::Debug>(env: &Env) -> LoadError {
    env.load::<T>().expect_err("it shall not load")
}

const GOOD: [(&str, &str); 8] = [
    ("APP_PORT", "8080"),
    ("APP_LISTEN", "127.0.0.1:80"),
    ("APP_TIMEOUT", "30s"),
    ("APP_MODE", "fast"),
    ("APP_DB__URL", "postgres://"),
    ("APP_DB__POOL__MAX_SIZE", "5"),
    ("APP_TOKEN", "hunter2"),
    ("APP_NAME", "jack"),
];

#[test]
fn what_is_good_loads() {
    let config = env(GOOD).load::<Config>().unwrap();
    assert_eq!(config.port, 8080);
    assert_eq!(config.timeout, Duration::from_secs(30));
    assert_eq!(config.db.pool.max_size, 5);
    assert_eq!(config.workers, None);
    assert_eq!(config.token.expose(), "hunter2");
}

#[test]
fn nine_problems_are_nine_lines_with_full_names_and_no_values() {
    let error = failed::<Config>(&env([
        ("APP_PORT", "eighty-qqq"),
        ("APP_LISTEN", "nowhere-qqq"),
        ("APP_TIMEOUT", "30qqq"),
        ("APP_MODE", "qqq"),
        ("APP_WORKERS", "0"),
        ("APP_RETRIES", "300"),
        ("APP_NAME", "a qqq b"),
        ("APP_DB__URL", "x"),
        ("APP_PROT", "qqq"),
        ("PATH", "/bin"),
    ]));
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let names = [
        "APP_PORT: expected a whole number from 0 to 65535 (from the process environment)",
        "APP_LISTEN: invalid socket address syntax (from the process environment)",
        "APP_TIMEOUT: expected a duration such as 30s or 1h 30m (from the process environment)",
        "APP_MODE: expected one of fast, safe (from the process environment)",
        "APP_WORKERS: expected a nonzero u16 (from the process environment)",
        "APP_RETRIES: expected a whole number from 0 to 255 (from the process environment)",
        "APP_NAME: refused by its type (what it says repeats part of the value) (from the process environment)",
        "APP_DB__POOL__MAX_SIZE: missing, expected a whole number from 0 to 4294967295",
        "APP_TOKEN: missing, expected text",
        "APP_PROT: no field has this name; did you mean APP_PORT? (from the process environment)",
    ];
    for name in names {
        assert!(lines.contains(&name), "{name} is not in\n{text}");
    }
    assert_eq!(lines.len(), names.len(), "{text}");
    assert!(!text.contains("qqq"), "{text}");
    assert!(!format!("{error:?}").contains("qqq"));
    assert!(!error.is_incomplete());
}

#[test]
fn a_whole_struct_that_is_missing_is_said_by_its_fields() {
    let text = failed::<Config>(&env([])).to_string();
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(
        text.contains("APP_DB__URL: missing, expected text"),
        "{text}"
    );
    assert!(
        text.contains("APP_LISTEN: missing, expected socket address"),
        "{text}"
    );
}

#[test]
fn a_check_over_several_values_is_heard_without_them() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Raw")]
    struct Range;
    #[derive(Deserialize)]
    struct Raw {
        low: u32,
        high: u32,
    }
    impl TryFrom<Raw> for Range {
        type Error = String;
        fn try_from(raw: Raw) -> Result<Self, String> {
            if raw.low > raw.high {
                return Err("the low end is above the other".into());
            }
            Ok(Self)
        }
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        range: Range,
        port: u16,
    }

    let variables = [
        ("APP_RANGE__LOW", "9"),
        ("APP_RANGE__HIGH", "3"),
        ("APP_PORT", "x"),
    ];
    let text = failed::<Outer>(&env(variables)).to_string();
    assert_eq!(
        text,
        "APP_RANGE: the low end is above the other\n\
         APP_PORT: expected a whole number from 0 to 65535 (from the process environment)"
    );
    // Where a part is bad, the check over the whole is not asked.
    let variables = [
        ("APP_RANGE__LOW", "x"),
        ("APP_RANGE__HIGH", "0"),
        ("APP_PORT", "1"),
    ];
    let text = failed::<Outer>(&env(variables)).to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("APP_RANGE__LOW: expected"), "{text}");
}

#[test]
fn a_type_that_takes_no_stand_in_hides_no_value_that_is_there() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Picky;
    impl TryFrom<String> for Picky {
        type Error = &'static str;
        fn try_from(_: String) -> Result<Self, &'static str> {
            Err("no")
        }
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        inner: Inner,
        port: u16,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        picky: Picky,
        size: u16,
    }

    let error = failed::<Outer>(&env([
        ("APP_INNER__PICKY", "x"),
        ("APP_INNER__SIZE", "x"),
        ("APP_PORT", "x"),
        ("APP_PROT", "x"),
    ]));
    let names: Vec<_> = error.problems().iter().map(|one| one.variable()).collect();
    assert_eq!(names.len(), 4, "{error}");
    assert!(error.is_incomplete());
    assert!(
        error
            .to_string()
            .ends_with("\nmore may show once these are mended")
    );
}

#[test]
fn unknown_variables_are_errors_that_can_be_let_pass() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Config {
        port: Option<u16>,
        tls: Option<Tls>,
        labels: Option<HashMap<String, String>>,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Tls {
        cert: String,
    }

    let env = env([
        ("APP_PROT", "1"),
        ("APP_PROT_FILE", "1"),
        ("APP_TLS_CERT", "1"),
        ("APP_WHATEVER", "1"),
        ("APPLE", "1"),
        ("app_port", "1"),
    ]);
    let text = failed::<Config>(&env).to_string();
    let lines: Vec<_> = text.lines().collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| line.split(" (").next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "APP_PROT: no field has this name; did you mean APP_PORT?",
            "APP_PROT_FILE: no field has this name; did you mean APP_PORT_FILE?",
            "APP_TLS_CERT: no field has this name; did you mean APP_TLS__CERT?",
            "APP_WHATEVER: no field has this name",
        ]
    );
    let config = env.allow_unknown(true).load::<Config>().unwrap();
    assert_eq!(config.port, None);
}

#[test]
fn flattened_structs_and_tagged_enums_are_explained() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Flat {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        port: u16,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        store: Store,
    }
    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind")]
    #[allow(dead_code)]
    enum Store {
        Redis { port: u16 },
    }

    let text = failed::<Flat>(&env([("APP_PORT", "1")])).to_string();
    assert!(
        text.starts_with("APP: `serde(flatten)` loses the types"),
        "{text}"
    );
    let text = failed::<Outer>(&env([("APP_STORE__KIND", "redis")])).to_string();
    assert!(
        text.starts_with("APP_STORE: `serde(tag)` without `content`"),
        "{text}"
    );
}

#[test]
fn an_unknown_environment_is_an_error_beside_all_others() {
    for (word, meant) in [
        ("prod", "production"),
        ("Production", "production"),
        ("devel", "development"),
    ] {
        let text = failed::<Config>(&env([("APP_ENV", word)])).to_string();
        assert_eq!(text.lines().count(), 9, "{text}");
        let line = format!(
            "APP_ENV: expected development, test, staging or production; did you mean {meant}? \
             (from the process environment)"
        );
        assert_eq!(text.lines().next(), Some(line.as_str()));
    }
    let text = failed::<Config>(&env([("APP_ENV", "qqq")])).to_string();
    assert!(!text.contains("qqq") && !text.contains("mean"), "{text}");
}

#[test]
fn a_bad_configuration_exits_with_78() {
    let error = failed::<Config>(&env([]));
    assert_eq!(error.exit_code(), std::process::ExitCode::from(78));
}

#[test]
fn a_message_that_would_repeat_the_value_gives_way_to_what_is_expected() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Config {
        listen: std::net::SocketAddr,
    }
    // Each letter of it stands in "invalid socket address syntax".
    for value in ["x", "address"] {
        let env = Env::prefix("APP").variables([("APP_LISTEN", value)]);
        let error = env.load::<Config>().unwrap_err().to_string();
        let expected = "APP_LISTEN: expected socket address (from the process environment)";
        assert_eq!(error, expected);
    }
}
