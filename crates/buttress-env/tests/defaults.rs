//! Defaults in the table, as the type serialises them.

use buttress_env::{ByteSize, Env, Secret};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
struct Config {
    listen: SocketAddr,
    workers: Option<u8>,
    #[serde(rename = "max-body")]
    limit: ByteSize,
    patience: Duration,
    hosts: Vec<String>,
    ratios: (f32, i8),
    labels: BTreeMap<String, u8>,
    none: BTreeMap<String, u8>,
    peers: Vec<Peer>,
    store: Store,
    level: Level,
    inner: Inner,
    key: Secret<String>,
    token: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Peer {
    host: char,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Inner {
    on: bool,
    password: Secret<String>,
}

#[derive(Debug, Deserialize, Serialize)]
enum Store {
    Redis { url: String },
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 80).into(),
            workers: None,
            limit: ByteSize::new(1024),
            patience: Duration::from_millis(1500),
            hosts: ["a", "b"].map(String::from).into(),
            ratios: (0.5, -1),
            labels: [("zone".to_owned(), 1)].into(),
            none: BTreeMap::new(),
            peers: ['a', 'b'].map(|host| Peer { host }).into(),
            store: Store::Redis {
                url: "r://a".into(),
            },
            level: Level::Info,
            inner: Inner {
                on: true,
                password: Secret::new("hunter2".into()),
            },
            key: Secret::new("hunter2".into()),
            token: "hunter2".into(),
        }
    }
}

#[test]
fn each_default_has_its_value_and_each_secret_none() {
    let env = Env::prefix("APP")
        .secrets(["APP_TOKEN"])
        .variables([("APP_WORKERS", "3")]);
    let config = env.load::<Config>().unwrap();
    let table = config.table_with_defaults().to_string();
    let cells = |line: &str| {
        let (variable, rest) = line.split_once(' ').unwrap();
        let value = rest.trim_start().split("  ").next().unwrap();
        (variable.to_owned(), value.to_owned())
    };
    let cells: Vec<_> = table.lines().map(cells).collect();
    let cells: Vec<_> = cells
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let expected = [
        ("APP_ENV", "production"),
        ("APP_LISTEN", "127.0.0.1:80"),
        ("APP_WORKERS", "3"),
        ("APP_MAX_BODY", "1024"),
        ("APP_PATIENCE", "1s 500ms"),
        ("APP_HOSTS", "a,b"),
        ("APP_RATIOS", "0.5,-1"),
        ("APP_LABELS__ZONE", "1"),
        ("APP_NONE", "the default"),
        ("APP_PEERS__0__HOST", "a"),
        ("APP_PEERS__1__HOST", "b"),
        ("APP_STORE__REDIS__URL", "r://a"),
        ("APP_LEVEL", "info"),
        ("APP_INNER__ON", "true"),
        ("APP_INNER__PASSWORD", "[redacted]"),
        ("APP_KEY", "[redacted]"),
        ("APP_TOKEN", "(default)"),
    ];
    assert_eq!(cells, expected, "{table}");
    assert!(!table.contains("hunter2"), "{table}");
    // Without being asked for they are not serialised.
    let table = config.table().to_string();
    assert_eq!(table.matches("(default)").count(), 13, "{table}");
}
