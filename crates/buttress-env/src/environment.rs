use std::{fmt, str::FromStr};

/// Which of its homes the app runs in, and what follows from that.
///
/// Layers do not know this type: the app asks it and passes the answers on, as
/// in `.verbose(environment.verbose_errors())`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Someone's own machine.
    Development,
    /// An automated test.
    Test,
    /// As production, for those who build the app.
    Staging,
    /// Where it counts. What is not said to be anything else is this.
    #[default]
    Production,
}

impl Environment {
    /// All of them, from the most open to the strictest.
    pub const ALL: [Self; 4] = [
        Self::Development,
        Self::Test,
        Self::Staging,
        Self::Production,
    ];

    /// The word that stands for it in a variable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Whether this is [`Environment::Development`].
    #[must_use]
    pub const fn is_development(self) -> bool {
        matches!(self, Self::Development)
    }

    /// Whether this is [`Environment::Production`].
    #[must_use]
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production)
    }

    /// Whether clients may see what went wrong inside: in development and tests.
    #[must_use]
    pub const fn verbose_errors(self) -> bool {
        matches!(self, Self::Development | Self::Test)
    }

    /// Whether to look for calls that block a worker: in development and tests.
    #[must_use]
    pub const fn detect_blocking(self) -> bool {
        matches!(self, Self::Development | Self::Test)
    }

    /// Whether templates are compiled once: everywhere but in development, where
    /// an edit shall show.
    #[must_use]
    pub const fn template_cache(self) -> bool {
        !self.is_development()
    }

    /// Whether cookies are for HTTPS alone: in staging and production.
    #[must_use]
    pub const fn secure_cookies(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }

    /// Whether logs are for machines: in staging and production.
    #[must_use]
    pub const fn structured_logs(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }

    /// Whether `.env` files are read: in development alone.
    #[must_use]
    pub const fn reads_dotenv(self) -> bool {
        self.is_development()
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str() == word)
            .ok_or(UnknownEnvironment)
    }
}

/// A word that names no [`Environment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownEnvironment;

impl fmt::Display for UnknownEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected development, test, staging or production")
    }
}

impl std::error::Error for UnknownEnvironment {}
