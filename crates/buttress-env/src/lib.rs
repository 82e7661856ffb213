//! Production mode and typed configuration, read once.
//!
//! A struct that derives [`Deserialize`](serde::Deserialize) says what the app
//! can be told; [`Env`] fills it from the process environment, from files that
//! variables name, from systemd's credentials and, in development, from `.env`.
//! Each value is read as its field's type asks, and everything that is wrong is
//! said at once, by the variables' full names and without their values. After
//! that nothing touches the environment again: handlers and layers have a
//! pointer to the whole.
//!
//! # Example
//!
//! ```
//! use buttress_env::{ByteSize, Env, Environment, Secret};
//! use serde::Deserialize;
//! use std::{net::SocketAddr, time::Duration};
//!
//! #[derive(Deserialize)]
//! struct Config {
//!     listen: SocketAddr,            // APP_LISTEN
//!     db: Db,
//!     body_limit: Option<ByteSize>,  // APP_BODY_LIMIT, such as 2MiB
//! }
//!
//! #[derive(Deserialize)]
//! struct Db {
//!     password: Secret<String>,      // APP_DB__PASSWORD, or APP_DB__PASSWORD_FILE
//!     timeout: Duration,             // APP_DB__TIMEOUT, such as 5s
//! }
//!
//! # let variables = [
//! #     ("APP_LISTEN", "127.0.0.1:3000"), ("APP_DB__PASSWORD", "hunter2"), ("APP_DB__TIMEOUT", "5s"),
//! # ];
//! # let env = || Env::prefix("APP").variables(variables);
//! # /*
//! let config = Env::prefix("APP").load::<Config>()?;
//! # */
//! # let config = env().load::<Config>().unwrap();
//! assert_eq!(config.db.timeout, Duration::from_secs(5));
//! assert_eq!(config.environment(), Environment::Production);
//! println!("{}", config.table()); // APP_DB__PASSWORD  [redacted]  the process environment
//!
//! let error = Env::prefix("APP")
//!     .variables([("APP_LISTEN", "localhost"), ("APP_DB__PASWORD", "hunter2"), ("APP_DB__TIMEOUT", "5")])
//!     .load::<Config>()
//!     .err()
//!     .unwrap();
//! assert_eq!(error.to_string(), "\
//! APP_LISTEN: invalid socket address syntax (from the process environment)
//! APP_DB__TIMEOUT: expected a duration such as 30s or 1h 30m (from the process environment)
//! APP_DB__PASSWORD: missing, expected text
//! APP_DB__PASWORD: no field has this name; did you mean APP_DB__PASSWORD? (from the process environment)");
//! ```
//!
//! # Customizing
//!
//! ```
//! # use buttress_env::Env;
//! # use serde::Deserialize;
//! #[derive(Deserialize)]
//! struct Config { workers: u8 }
//!
//! // A test says what it wants; the process's own environment stays out of it.
//! let env = Env::prefix("APP").variables([("NODE_ENV", "test")]).alias("NODE_ENV");
//! let config = env.set("APP_WORKERS", "2").load::<Config>().unwrap();
//! assert!(config.environment().verbose_errors());
//! ```
//!
//! # Showing it
//!
//! With [`Describe`] doc comments are for operators too. The struct is then the one
//! place that says what there is to set.
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! use buttress_env::{Describe, Env};
//! use serde::Deserialize;
//! use std::{net::SocketAddr, process::ExitCode};
//!
//! #[derive(Deserialize, Describe)]
//! struct Config {
//!     /// Where to listen. Port 0 takes a free one.
//!     listen: SocketAddr,
//! }
//!
//! fn start(flag: Option<&str>) -> ExitCode {
//!     let env = Env::prefix("APP").fallback("APP_LISTEN", "127.0.0.1:3000").describe::<Config>();
//!     match flag {
//!         // APP_LISTEN  Where to listen [default: 127.0.0.1:3000]
//!         Some("--help") => println!("{}", env.help::<Config>()),
//!         // The whole comment, what is expected, and `# APP_LISTEN=127.0.0.1:3000`.
//!         Some("--print-env-example") => print!("{}", env.example::<Config>()),
//!         flag => match env.load::<Config>() {
//!             // APP_LISTEN  127.0.0.1:3000  a fallback in code  # Where to listen
//!             Ok(config) if flag == Some("--print-config") => println!("{}", config.table()),
//!             Ok(_config) => { /* serve */ }
//!             Err(error) => {
//!                 // Each problem has its line.
//!                 eprintln!("{error}");
//!                 return error.exit_code();
//!             }
//!         },
//!     }
//!     ExitCode::SUCCESS
//! }
//! # let _ = start;
//! # let env = Env::prefix("APP").fallback("APP_LISTEN", "127.0.0.1:3000").describe::<Config>();
//! # assert!(env.help::<Config>().ends_with("Where to listen [default: 127.0.0.1:3000]"));
//! # let table = env.variables([("A", "a")]).load::<Config>().unwrap().table().to_string();
//! # assert!(table.ends_with("127.0.0.1:3000  a fallback in code  # Where to listen"), "{table}");
//! # }
//! ```
//!
//! A fallback shows in all three. A `serde(default)` is the type's own business and
//! shows as `(default)`, unless the type can be serialised and
//! [`Loaded::table_with_defaults`] is asked.
//!
//! # Reloading
//!
//! A process's own environment does not change from outside; what does are the files
//! that variables name, credentials and, in development, `.env`.
//!
//! ```
//! # #[cfg(all(unix, feature = "reload"))] {
//! # async fn open(_: &str) {}
//! use buttress_env::Env;
//! use serde::Deserialize;
//! use std::time::Duration;
//!
//! #[derive(Deserialize)]
//! struct Config { listen: String, patience: Duration }
//!
//! async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//!     let env = Env::prefix("APP").needs_restart(["APP_LISTEN"]);
//!     let config = env.load::<Config>()?;
//!     open(&config.listen).await;
//!
//!     let config = config.watch();
//!     // From now on `kill -HUP` reloads. A bad one keeps what there is; what came of
//!     // it is traced, also that APP_LISTEN is another and waits for a restart.
//!     tokio::spawn(config.reload_on_hangup()?);
//!
//!     // Once for each request: what it sees is of one piece.
//!     let now = config.current();
//!     tokio::time::sleep(now.patience).await;
//!     Ok(())
//! }
//! # let _ = serve;
//! # }
//! ```
//!
//! `Watched::reload` does so from code, and gives back which variables changed.
//!
//! # Names and values
//!
//! `max_size` in `db` is `APP_DB__MAX_SIZE`; serde's renames count, and `maxSize`
//! or `max-size` give the same name. Lists are comma separated, or one variable
//! for each element (`APP_HOSTS__0`); maps are `key=value,key=value` or one
//! variable for each key (`APP_LABELS__KEY` is `key`); an enum's variant is its
//! name, or for one with data part of the variable's (`APP_STORE__REDIS__URL`).
//! Text stays as it stands: `0123456` and `true` are what they are for a
//! `String`. A `Duration` has a unit (`500ms`, `30s`). Empty is unset for an
//! `Option`, that of a secret too, and an error for a [`Secret`].
//!
//! # Sources
//!
//! The strongest first; the first that has a variable gives its value.
//!
//! | source | |
//! |---|---|
//! | [`Env::set`] | overrides, for tests |
//! | process environment | `VAR` |
//! | `VAR_FILE` | the file's text without one newline at its end; an error beside a `VAR` of the same source |
//! | `$CREDENTIALS_DIRECTORY` | systemd: files named as variables, in upper or lower case |
//! | `.env.development`, `.env` | in [`Environment::Development`] alone, in this folder alone |
//! | [`Env::fallback`] | |
//! | `#[serde(default)]` | |
//!
//! `.env` has comments, `export`, and bare, single- and double-quoted values, the
//! latter two over several lines; nothing is substituted, and of a name that
//! comes twice the last counts. No source changes the process's environment.
//!
//! [`Environment`] is `APP_ENV`, or an [alias](Env::alias), of the process or set
//! in code: unset or empty is production, an unknown word is an error. It says
//! whether `.env` is read, so it cannot stand there; where one is there and not read,
//! [`Loaded::note`] and [`LoadError::note`] say so, and what prints them.
//!
//! # Layer order
//!
//! Handlers have a [`Loaded`] best from the app's state. `EnvLayer` goes outside
//! of whatever looks for it in a request's extensions, around the routes that do.
//!
//! # Errors and limits
//!
//! [`LoadError`] holds all problems, and [an exit code](LoadError::exit_code). A
//! type's own message is shown unless it shares four letters in a row with the
//! value, or all of a shorter one, or writes it anew: trimmed, escaped, its digits
//! grouped, as a number, a duration or a size. What a check turns round or encodes is
//! not seen. Of a secret, and of a struct that holds one, no message is shown: let the
//! struct that is checked hold no secret, or check it after loading.
//!
//! To see all problems, a missing or bad value is stood in for, and the type is
//! asked again: checks (`try_from`, `deserialize_with`) may be called many times,
//! with values that nobody set, and should do nothing but check. One that refuses
//! every stand-in may hide missing values behind it; the error then says so.
//!
//! `serde(flatten)` and `serde(tag)` without `content` read values before their
//! types are known; they are told apart and refused with a hint. `untagged` enums
//! get text, and tables do not show it, since a secret may be made of it. A type
//! that makes a [`Secret`] of a `String` itself hides nothing: take it from a
//! `Secret` (`try_from = "Secret<String>"`), or name its variable to
//! [`Env::secrets`].
//!
//! A file holds at most 1 MiB, a name at most 64 levels. Variables under the prefix that no field asks for
//! are errors, unless [let pass](Env::allow_unknown). All files
//! must be regular ones, or links to such: pipes and devices are refused unread.
//!
//! # Features
//!
//! `derive`: `#[derive(Describe)]`. `tower`: `EnvLayer`. `axum`: extractors. `reload`: `Loaded::watch`, and
//! `Watched::reload_on_hangup`. None is on by default, and without them there is
//! neither http nor tower nor tokio.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod de;
#[doc(hidden)]
pub mod describe;
mod env;
mod environment;
mod error;
#[cfg(feature = "axum")]
mod extract;
#[cfg(all(unix, feature = "reload"))]
mod hangup;
#[cfg(feature = "tower")]
mod layer;
mod loaded;
mod manual;
mod name;
mod secret;
#[cfg(feature = "tower")]
mod service;
mod size;
mod source;
mod start;
mod table;
mod unknown;
mod values;
#[cfg(feature = "reload")]
mod watch;

#[cfg(feature = "derive")]
#[cfg_attr(docsrs, doc(cfg(feature = "derive")))]
pub use buttress_env_derive::Describe;
pub use describe::Describe;
pub use env::Env;
pub use environment::{Environment, UnknownEnvironment};
pub use error::{LoadError, Problem};
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use extract::MissingConfig;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use layer::EnvLayer;
pub use loaded::{Change, Loaded};
pub use secret::Secret;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use service::WithConfig;
pub use size::ByteSize;
pub use source::Origin;
pub use table::Table;
#[cfg(feature = "reload")]
#[cfg_attr(docsrs, doc(cfg(feature = "reload")))]
pub use watch::{Reloaded, Watched};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
