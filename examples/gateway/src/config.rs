//! What the configuration may say. What it may not is an error with its line.

use buttress_proxy::Upstream;
use buttress_trust_proxy::Trust;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    fmt, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "local")]
    pub(crate) listen: SocketAddr,
    #[serde(default)]
    pub(crate) trust: Parsed<TrustText>,
    #[serde(default)]
    pub(crate) log: Log,
    #[serde(default)]
    pub(crate) cache: Cache,
    #[serde(default)]
    pub(crate) compression: Compression,
    #[serde(default)]
    pub(crate) errors: Errors,
    #[serde(rename = "route")]
    pub(crate) routes: Vec<Route>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    #[serde(default)]
    pub(crate) format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    #[default]
    Json,
    Pretty,
    Combined,
    Off,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cache {
    pub(crate) enabled: bool,
    pub(crate) memory_mib: usize,
    #[serde(deserialize_with = "duration")]
    pub(crate) stale_if_error: Duration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Compression {
    pub(crate) enabled: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Errors {
    #[serde(deserialize_with = "duration")]
    pub(crate) retry_after: Duration,
    pub(crate) page: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    pub(crate) path: String,
    /// A folder of files; or else upstreams.
    pub(crate) files: Option<PathBuf>,
    #[serde(default)]
    pub(crate) upstreams: Vec<Parsed<Upstream>>,
    #[serde(default)]
    pub(crate) balance: Balance,
    pub(crate) sticky: Option<Sticky>,
    /// A path that answers with 2xx while an upstream is well.
    pub(crate) health: Option<String>,
    #[serde(default)]
    pub(crate) strip_prefix: bool,
    #[serde(default = "five_seconds", deserialize_with = "duration")]
    pub(crate) connect_timeout: Duration,
    #[serde(default = "minute", deserialize_with = "duration")]
    pub(crate) head_timeout: Duration,
    #[serde(default = "minute", deserialize_with = "duration")]
    pub(crate) idle_timeout: Duration,
    #[serde(default)]
    pub(crate) request_body_mib: Option<u64>,
    /// Speaks HTTP/2 with the upstreams.
    #[serde(default)]
    pub(crate) http2: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Balance {
    #[default]
    PeakEwma,
    LeastPending,
    RoundRobin,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sticky {
    pub(crate) cookie: String,
    pub(crate) secret: String,
    /// Also over plain HTTP.
    #[serde(default)]
    pub(crate) insecure: bool,
}

/// Why a configuration is not used.
#[derive(Debug)]
pub(crate) enum ConfigError {
    Read(PathBuf, io::Error),
    Parse(PathBuf, Box<toml::de::Error>),
    Route(String, &'static str),
}

impl Config {
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| ConfigError::Read(path.to_owned(), error))?;
        let config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Parse(path.to_owned(), Box::new(error)))?;
        for route in &config.routes {
            let problem = route.problem();
            problem.map_or(Ok(()), |why| {
                Err(ConfigError::Route(route.path.clone(), why))
            })?;
        }
        Ok(config)
    }
}

impl Route {
    fn problem(&self) -> Option<&'static str> {
        let has_files = self.files.is_some();
        match (has_files, self.upstreams.is_empty()) {
            _ if !self.path.starts_with('/') => Some("its path must begin with a slash"),
            (true, false) => Some("it has files and upstreams"),
            (false, true) => Some("it has neither files nor upstreams"),
            _ if self
                .sticky
                .as_ref()
                .is_some_and(|sticky| sticky.secret.len() < 16) =>
            {
                Some("the secret of its cookie has fewer than 16 bytes")
            }
            _ => None,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            enabled: true,
            memory_mib: 64,
            stale_if_error: Duration::from_secs(3600),
        }
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            retry_after: Duration::from_secs(5),
            page: None,
        }
    }
}

fn local() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map_err(D::Error::custom)
}

/// A value that is text in the configuration, and the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parsed<T> {
    pub(crate) value: T,
    pub(crate) text: String,
}

impl<'de, T> Deserialize<'de> for Parsed<T>
where
    T: FromStr<Err: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = text.parse().map_err(D::Error::custom)?;
        Ok(Self { value, text })
    }
}

/// [`Trust`], with none for a default.
#[derive(Clone, Debug)]
pub(crate) struct TrustText(pub(crate) Trust);

impl Default for TrustText {
    fn default() -> Self {
        Self(Trust::none())
    }
}

impl FromStr for TrustText {
    type Err = <Trust as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Parse(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Route(path, why) => write!(f, "the route {path}: {why}"),
        }
    }
}

impl std::error::Error for ConfigError {}
