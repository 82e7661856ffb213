//! Doc comments in `.env.example`, help and tables.
#![cfg(feature = "derive")]

use buttress_env::{Describe, Env, Secret};
use serde::Deserialize;
use std::{collections::HashMap, time::Duration};

/// Not a field's comment.
#[derive(Deserialize, Describe)]
#[allow(dead_code)]
struct Config {
    /// Where to listen.
    ///
    /// Port 0 takes a free one.
    listen: std::net::SocketAddr,
    /// Not seen: it has no variable of its own.
    db: Db,
    /// Where to find others, e.g. `host:port`. A list.
    /// Of hosts.
    #[serde(default)]
    peers: Vec<Peer>,
    by_name: Option<HashMap<String, Peer>>,
    /// How to log.
    log: Option<Log>,
    /// What cookies are signed with.
    r#key: Secret<String>,
    plain: Plain,
}

#[derive(Deserialize, Describe)]
#[serde(rename_all(deserialize = "camelCase", serialize = "lowercase"))]
#[allow(dead_code)]
struct Db {
    /** How long a connection may
    take. */
    connect_timeout: Duration,
    /// The name.
    #[serde(rename = "database-name", default = "nothing", alias = "x")]
    name: String,
    #[serde(skip)]
    skipped: String,
}

fn nothing() -> String {
    String::new()
}

#[derive(Deserialize, Describe)]
#[serde(rename_all = "kebab-case", rename_all_fields = "SCREAMING-KEBAB-CASE")]
#[allow(dead_code)]
enum Log {
    /// For machines.
    JsonLines,
    /// For people.
    Text,
    /// To a file.
    ToFile {
        /// Which file.
        the_path: String,
    },
}

#[derive(Deserialize, Describe)]
#[allow(dead_code)]
struct Peer {
    /// Its name.
    host: Wrapped<String>,
}

#[derive(Deserialize, Describe)]
struct Wrapped<T>(#[allow(dead_code)] T);

/// One without the derive.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Plain {
    /// Nobody reads this.
    size: u8,
}

fn env() -> Env {
    Env::prefix("APP").describe::<Config>()
}

#[test]
fn the_example_has_the_doc_comments_above_each_variable() {
    assert_eq!(
        env().example::<Config>(),
        "\
# one of development, test, staging, production
# APP_ENV=production

# Where to listen.
#
# Port 0 takes a free one.
# socket address, needed
APP_LISTEN=

# How long a connection may
# take.
# a duration such as 30s or 1h 30m, needed
APP_DB__CONNECT_TIMEOUT=

# The name.
# text, optional
# APP_DB__DATABASE_NAME=

# Where to find others, e.g. `host:port`. A list.
# Of hosts.
# a list, comma separated, or APP_PEERS__0 and so on, optional
# APP_PEERS=

# key=value, comma separated, or APP_BY_NAME__KEY, optional
# APP_BY_NAME=

# How to log.
# - json-lines: For machines.
# - text: For people.
# - to-file: To a file.
# one of json-lines, text, to-file, optional
# APP_LOG=

# What cookies are signed with.
# text, needed, secret
APP_KEY=

# a whole number from 0 to 255, needed
APP_PLAIN__SIZE=
"
    );
}

#[test]
fn a_fallback_is_the_default_and_is_quoted_as_it_has_to_be() {
    let env = env()
        .fallback("APP_ENV", "staging")
        .fallback("APP_LISTEN", "0.0.0.0:80")
        .fallback("APP_DB__DATABASE_NAME", "a \"$b\"\n# c")
        .fallback("APP_KEY", "hunter2");
    let example = env.example::<Config>();
    for line in [
        "\n# APP_ENV=staging\n",
        "\n# socket address\n# APP_LISTEN=0.0.0.0:80\n",
        "\n# APP_DB__DATABASE_NAME=\"a \\\"\\$b\\\"\\n# c\"\n",
        "\n# text, optional, secret\n# APP_KEY=\n",
    ] {
        let example = format!("\n{example}");
        assert!(example.contains(line), "{line} in {example}");
    }
}

#[test]
fn an_example_that_is_filled_in_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let awkward = "a 'b' \"c\" \\n $D # \t\r\n e";
    let env = env().fallback("APP_DB__DATABASE_NAME", awkward);
    let example = env.example::<Config>();
    let filled = example
        .replace("# APP_DB", "APP_DB")
        .replace("APP_LISTEN=", "APP_LISTEN=127.0.0.1:1")
        .replace("TIMEOUT=", "TIMEOUT=1s")
        .replace("APP_KEY=", "APP_KEY=k")
        .replace("SIZE=", "SIZE=1");
    std::fs::write(folder.path().join(".env"), filled).unwrap();
    let read = Env::prefix("APP")
        .variables([("APP_ENV", "development")])
        .dotenv_directory(folder.path());
    let config = read.load::<Config>().unwrap();
    assert_eq!(config.db.name, awkward);
}

#[test]
fn help_has_the_first_sentence_and_what_counts_when_nothing_is_said() {
    let env = env().fallback("APP_LISTEN", "0.0.0.0:80");
    assert_eq!(
        env.help::<Config>(),
        "\
APP_ENV                  one of development, test, staging, production [default: production]
APP_LISTEN               Where to listen [default: 0.0.0.0:80]
APP_DB__CONNECT_TIMEOUT  How long a connection may take [needed]
APP_DB__DATABASE_NAME    The name [optional]
APP_PEERS                Where to find others, e.g. `host:port` [optional]
APP_BY_NAME              key=value, comma separated, or APP_BY_NAME__KEY [optional]
APP_LOG                  How to log [optional]
APP_KEY                  What cookies are signed with [secret, needed]
APP_PLAIN__SIZE          a whole number from 0 to 255 [needed]"
    );
}

#[test]
fn the_table_says_what_each_variable_is_in_lists_maps_and_variants_too() {
    let env = env().variables([
        ("APP_LISTEN", "127.0.0.1:1"),
        ("APP_DB__CONNECT_TIMEOUT", "1s"),
        ("APP_PEERS__0__HOST", "a"),
        ("APP_BY_NAME__B__HOST", "b"),
        ("APP_LOG__TO_FILE__THE_PATH", "/c"),
        ("APP_KEY", "hunter2"),
        ("APP_PLAIN__SIZE", "1"),
    ]);
    let table = env.load::<Config>().unwrap().table().to_string();
    let about = |variable: &str| {
        let line = table.lines().find(|line| line.starts_with(variable));
        let (_, about) = line.unwrap().split_once("# ").unwrap_or_default();
        about.to_owned()
    };
    assert_eq!(about("APP_LISTEN"), "Where to listen");
    assert_eq!(about("APP_DB__CONNECT"), "How long a connection may take");
    assert_eq!(about("APP_PEERS__0__HOST"), "Its name");
    assert_eq!(about("APP_BY_NAME__B__HOST"), "Its name");
    assert_eq!(about("APP_LOG__TO_FILE__THE_PATH"), "Which file");
    assert_eq!(about("APP_KEY"), "What cookies are signed with");
    assert_eq!(about("APP_PLAIN__SIZE"), "");
    assert!(!table.contains("hunter2"), "{table}");
}

#[derive(Deserialize, Describe)]
#[allow(dead_code)]
struct Tree {
    /// Its leaf.
    leaf: Option<String>,
    child: Option<Box<Tree>>,
    read: Option<Read>,
}

/// Read as a `Peer`, so that its fields are those.
#[derive(Deserialize, Describe)]
#[serde(from = "Peer")]
#[allow(dead_code)]
struct Read {
    /// Not a name of a variable.
    whole: String,
}

impl From<Peer> for Read {
    fn from(peer: Peer) -> Self {
        Self { whole: peer.host.0 }
    }
}

#[test]
fn a_type_that_holds_itself_and_one_that_is_read_as_another_are_described() {
    let env = Env::prefix("APP").describe::<Tree>().variables([
        ("APP_CHILD__CHILD__LEAF", "green"),
        ("APP_CHILD__READ__HOST", "h"),
    ]);
    let table = env.load::<Tree>().unwrap().table().to_string();
    let line = |end: &str| table.lines().any(|line| line.ends_with(end));
    assert!(line("# Its leaf") && line("# Its name"), "{table}");
    assert!(
        env.example::<Tree>()
            .contains("# Its name.\n# text, optional\n")
    );
}

mod facade {
    pub(crate) use ::buttress_env as env;
}

#[test]
fn the_derive_finds_the_crate_where_it_is_said_to_be() {
    #[derive(Deserialize, Describe)]
    #[describe(crate = "crate::facade::env")]
    #[allow(dead_code)]
    struct Config {
        /// Through another crate.
        a: u8,
    }
    let help = Env::prefix("APP").describe::<Config>().help::<Config>();
    assert!(help.ends_with("Through another crate [needed]"), "{help}");
}
