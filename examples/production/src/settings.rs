//! Everything that can be set, read once at the start and checked as a whole.

use crate::cache::Tiers;
use crate::cli::Args;
use crate::sessions::Place;
use buttress::sync_io::Mode;
use buttress::trust_proxy::{ParseTrustError, Trust};
use buttress_env::{Describe, Env, Environment, LoadError, Loaded, Origin, Secret};
use serde::Deserialize;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The comments are what `--help`, `--print-config` and `--print-env-example` say.
#[derive(Debug, Deserialize, Describe)]
pub(crate) struct Settings {
    /// Address to listen on. Port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Folder that /assets is served from.
    pub(crate) assets: PathBuf,
    /// Which of the app's own events are logged, such as info,production=debug.
    pub(crate) log: String,
    pub(crate) drain: DrainSettings,
    pub(crate) panics: PanicSettings,
    /// The store of sessions: memory (the default), sqlite:FILE or redis://HOST:PORT.
    session: Option<Place>,
    /// The store of cached responses: memory (the default), or redis://HOST:PORT
    /// behind it.
    cache: Option<Tiers>,
    /// The default of both: redis://HOST:PORT.
    redis: Option<RedisUrl>,
    /// What the ids of sessions are signed with: 32 bytes at least.
    pub(crate) session_secret: Option<Secret<String>>,
    /// Proxies to believe who the client is: false (the default), true, a number of
    /// hops, or a list such as loopback,10.0.0.0/8.
    pub(crate) trust_proxy: Option<TrustProxy>,
    /// How to look for what blocks the workers: off, watch (the default) or exact
    /// (the default in development).
    detect: Option<Detect>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Detect {
    Off,
    Watch,
    Exact,
}

/// Express's values of `trust proxy`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TrustProxy(pub(crate) Trust);

impl TryFrom<String> for TrustProxy {
    type Error = ParseTrustError;

    fn try_from(text: String) -> Result<Self, ParseTrustError> {
        text.parse().map(Self)
    }
}

/// What begins with `redis:`; the stores read the rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RedisUrl(String);

impl TryFrom<String> for RedisUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.starts_with("redis:") {
            true => Ok(Self(text)),
            false => Err("expected redis://HOST:PORT"),
        }
    }
}

impl Settings {
    pub(crate) fn sessions(&self) -> Place {
        let redis = || self.redis.clone().map(|url| Place::Redis(url.0));
        self.session.clone().or_else(redis).unwrap_or(Place::Memory)
    }

    pub(crate) fn cached(&self) -> Tiers {
        let redis = || self.redis.clone().map(|url| Tiers::Redis(url.0));
        self.cache.clone().or_else(redis).unwrap_or(Tiers::Memory)
    }

    /// The detector's mode. Where the system cannot do what `exact` asks for, the
    /// layer says so and watches.
    pub(crate) fn detect(&self, environment: Environment) -> Mode {
        match self.detect {
            Some(Detect::Off) => Mode::Off,
            Some(Detect::Watch) => Mode::Watch,
            Some(Detect::Exact) => Mode::Exact,
            None if environment.is_development() => Mode::Exact,
            None => Mode::Watch,
        }
    }
}

#[derive(Debug, Deserialize, Describe)]
pub(crate) struct DrainSettings {
    /// How long only /readyz says that the end has begun. Load balancers need that
    /// time to notice.
    pub(crate) pre_stop: Duration,
    /// How long idle connections stay open then.
    pub(crate) linger: Duration,
    /// How long requests in flight may take to end, after SIGTERM or Ctrl-C.
    pub(crate) deadline: Duration,
}

#[derive(Debug, Deserialize, Describe)]
pub(crate) struct PanicSettings {
    /// Panics beyond which the app drains and exits with code 70.
    pub(crate) budget: usize,
    /// The time within which they count.
    pub(crate) window: Duration,
}

/// The defaults. As fallbacks of the variables, and not of serde, so that
/// `--print-config` and `--help` show them.
const DEFAULTS: [(&str, &str); 8] = [
    ("APP_LISTEN", "127.0.0.1:3000"),
    // A path of the machine that compiled this. That is right for an example
    // that `cargo run` starts; a deployed app is told its own.
    ("APP_ASSETS", concat!(env!("CARGO_MANIFEST_DIR"), "/assets")),
    ("APP_LOG", "info"),
    ("APP_DRAIN__PRE_STOP", "0s"),
    ("APP_DRAIN__LINGER", "1s"),
    ("APP_DRAIN__DEADLINE", "10s"),
    ("APP_PANICS__BUDGET", "20"),
    ("APP_PANICS__WINDOW", "1m"),
];

/// The strongest first: flags, `APP_` variables and what else `env` reads, for
/// the address `PORT`, the defaults.
pub(crate) fn load(
    args: &Args,
    env: Env,
    port: Option<OsString>,
) -> Result<Loaded<Settings>, BadStart> {
    let mut env = with_defaults(env);
    let port = Port::of(port);
    if let Port::Number(port) = port {
        env = env.fallback("APP_LISTEN", format!("127.0.0.1:{port}"));
    }
    for (variable, value) in args.variables() {
        env = env.set(variable, value);
    }
    match env.load::<Settings>() {
        Ok(settings) if port.is_bad() && is_fallback(&settings, "APP_LISTEN") => Err(BadStart {
            error: None,
            port: true,
        }),
        Ok(settings) => Ok(settings),
        Err(error) => Err(BadStart {
            error: Some(error),
            port: port.is_bad(),
        }),
    }
}

fn with_defaults(env: Env) -> Env {
    let defaults = DEFAULTS.into_iter();
    defaults.fold(env.describe::<Settings>(), |env, (variable, value)| {
        env.fallback(variable, value)
    })
}

/// What `--help` says of the variables.
pub(crate) fn help() -> String {
    with_defaults(Env::prefix("APP")).help::<Settings>()
}

/// What a `.env` may hold.
pub(crate) fn env_example() -> String {
    with_defaults(Env::prefix("APP")).example::<Settings>()
}

fn is_fallback(settings: &Loaded<Settings>, variable: &str) -> bool {
    settings
        .origins()
        .any(|(name, origin)| name == variable && *origin == Origin::Fallback)
}

/// The variable that platforms tell an app its port by. It has no prefix, so
/// that it is not one of [`Settings`].
enum Port {
    Unset,
    Number(u16),
    Bad,
}

impl Port {
    /// Empty counts as unset.
    fn of(variable: Option<OsString>) -> Self {
        match variable.filter(|value| !value.is_empty()) {
            None => Self::Unset,
            Some(value) => value
                .to_str()
                .and_then(|text| text.parse().ok())
                .map_or(Self::Bad, Self::Number),
        }
    }

    fn is_bad(&self) -> bool {
        matches!(self, Self::Bad)
    }
}

/// All that is wrong with the settings, a line for each, without their values:
/// variables hold secrets, too, and this text goes to a log.
#[derive(Debug)]
pub(crate) struct BadStart {
    error: Option<LoadError>,
    port: bool,
}

impl BadStart {
    /// What sysexits(3) calls `EX_CONFIG`. A supervisor that knows it does not
    /// restart the process, since the next start would fail as this one did.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(78)
    }
}

impl fmt::Display for BadStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // First, since what follows the problems of the others is a note on them.
        if self.port {
            f.write_str("PORT: expected a port number (from the process environment)")?;
        }
        if let Some(error) = &self.error {
            let separator = if self.port { "\n" } else { "" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadStart {}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn load(args: &[&str], variables: &[(&str, &str)]) -> Result<Loaded<Settings>, BadStart> {
        let args = Args::parse_from(["production"].iter().chain(args));
        let port = variables.iter().find(|(name, _)| *name == "PORT");
        let env = Env::prefix("APP").variables(variables.iter().copied());
        super::load(&args, env, port.map(|(_, value)| value.into()))
    }

    #[test]
    fn address_precedence_is_flag_then_app_listen_then_port_then_default() {
        let flag = ["--listen", "127.0.0.1:1"];
        let both = [("APP_LISTEN", "127.0.0.1:2"), ("PORT", "3")];
        let address = |args: &[&str], variables: &[(&str, &str)]| {
            load(args, variables).unwrap().listen.to_string()
        };
        assert_eq!(address(&flag, &both), "127.0.0.1:1");
        assert_eq!(address(&[], &both), "127.0.0.1:2");
        assert_eq!(address(&[], &both[1..]), "127.0.0.1:3");
        assert_eq!(address(&[], &[("PORT", "")]), "127.0.0.1:3000");
        assert_eq!(address(&[], &[]), "127.0.0.1:3000");
    }

    #[test]
    fn a_bad_port_matters_only_where_it_would_be_used() {
        let port = ("PORT", "hunter2");
        assert!(load(&["--listen", "127.0.0.1:1"], &[port]).is_ok());
        assert!(load(&[], &[port, ("APP_LISTEN", "127.0.0.1:2")]).is_ok());
        let error = load(&[], &[port]).unwrap_err().to_string();
        assert!(error.starts_with("PORT: ") && !error.contains("hunter2"));
    }

    #[test]
    fn a_bad_port_has_a_line_beside_those_of_the_others() {
        let bad = [("PORT", "hunter2"), ("APP_DETECT", "x"), ("APP_NOPE", "x")];
        let error = load(&[], &bad).unwrap_err().to_string();
        let names = error.lines().map(|line| line.split(':').next().unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["PORT", "APP_DETECT", "APP_NOPE"]
        );
    }

    #[test]
    fn flags_are_stronger_than_variables_and_checked_as_they_are() {
        let variables = [("APP_DRAIN__DEADLINE", "1m")];
        let deadline = |args: &[&str]| load(args, &variables).unwrap().drain.deadline;
        assert_eq!(deadline(&[]), Duration::from_secs(60));
        let flag = ["--drain-deadline", "100ms"];
        assert_eq!(deadline(&flag), Duration::from_millis(100));
        let error = load(&["--drain-deadline", "5"], &variables).unwrap_err();
        assert!(error.to_string().starts_with("APP_DRAIN__DEADLINE: "));
    }

    #[test]
    fn the_detector_is_exact_in_development_unless_it_is_told_otherwise() {
        let mode = |args: &[&str], environment| {
            let settings = load(args, &[("APP_ENV", environment)]).unwrap();
            settings.detect(settings.environment())
        };
        assert_eq!(mode(&[], "development"), Mode::Exact);
        assert_eq!(mode(&[], "production"), Mode::Watch);
        assert_eq!(mode(&["--detect", "off"], "development"), Mode::Off);
        assert_eq!(mode(&["--detect", "exact"], "production"), Mode::Exact);
    }

    #[test]
    fn one_redis_is_for_both_stores_unless_they_say_otherwise() {
        let redis = ["--redis", "redis://localhost"];
        let settings = load(&redis, &[("APP_CACHE", "memory")]).unwrap();
        assert!(matches!(settings.sessions(), Place::Redis(url) if url == redis[1]));
        assert!(matches!(settings.cached(), Tiers::Memory));
        let settings = load(&redis, &[("APP_SESSION", "sqlite:file")]).unwrap();
        assert!(matches!(settings.sessions(), Place::Sqlite(_)));
        assert!(matches!(settings.cached(), Tiers::Redis(_)));
        let settings = load(&[], &[]).unwrap();
        assert!(matches!(settings.sessions(), Place::Memory));
        assert!(load(&["--redis", "localhost"], &[]).is_err());
    }

    #[test]
    fn unset_environment_is_production_and_a_misspelt_one_is_refused() {
        let environment =
            |variables: &[(&str, &str)]| load(&[], variables).map(|s| s.environment());
        assert_eq!(environment(&[]).unwrap(), Environment::Production);
        let development = environment(&[("APP_ENV", "development")]);
        assert_eq!(development.unwrap(), Environment::Development);
        let error = environment(&[("APP_ENV", "developmnet")]).unwrap_err();
        assert!(error.to_string().starts_with("APP_ENV: "));
    }
}
