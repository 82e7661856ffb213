//! Everything that can be set, read once at the start and checked as a whole.
//!
//! Later this becomes one `#[derive(Deserialize)]` struct and a call of
//! buttress-env.

use crate::cli::Args;
use crate::environment::Environment;
use std::ffi::OsString;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) environment: Environment,
    pub(crate) assets: PathBuf,
    pub(crate) drain_deadline: Duration,
}

impl Settings {
    /// `variable` looks up an environment variable. It is an argument so that
    /// tests need not change the environment of the whole process.
    pub(crate) fn load(
        args: Args,
        variable: impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<Self, BadVariable> {
        Ok(Self {
            listen: listen(args.listen, &variable)?,
            // A server where nobody set anything is most likely a real one,
            // so the careful choice is the default, and a word with a typing
            // error is refused rather than taken for development.
            environment: parse(
                &variable,
                "APP_ENV",
                "development, test, staging or production",
            )?
            .unwrap_or(Environment::Production),
            assets: args.assets,
            drain_deadline: args.drain_deadline,
        })
    }
}

/// The strongest first: the flag, `APP_LISTEN`, `PORT`, the default.
fn listen(
    flag: Option<SocketAddr>,
    variable: &impl Fn(&'static str) -> Option<OsString>,
) -> Result<SocketAddr, BadVariable> {
    if let Some(address) = flag {
        return Ok(address);
    }
    if let Some(address) = parse(variable, "APP_LISTEN", "an address such as 127.0.0.1:3000")? {
        return Ok(address);
    }
    let port = parse(variable, "PORT", "a port number")?.unwrap_or(3000);
    Ok((Ipv4Addr::LOCALHOST, port).into())
}

/// A variable that is set to nothing counts as one that is not set.
fn parse<T: FromStr>(
    variable: &impl Fn(&'static str) -> Option<OsString>,
    name: &'static str,
    expected: &'static str,
) -> Result<Option<T>, BadVariable> {
    let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or(BadVariable { name, expected })
}

/// An environment variable that does not hold what its name asks for.
///
/// The value itself is not shown: variables hold secrets, too, and this text
/// goes to a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadVariable {
    name: &'static str,
    expected: &'static str,
}

impl fmt::Display for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the variable {} is not {}", self.name, self.expected)
    }
}

impl std::error::Error for BadVariable {}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn load(args: &[&str], variables: &[(&str, &str)]) -> Result<Settings, BadVariable> {
        let args = Args::parse_from(["production"].iter().chain(args));
        Settings::load(args, |name| {
            let (_, value) = variables.iter().find(|(set, _)| *set == name)?;
            Some(value.into())
        })
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
        assert_eq!(
            address(&[], &[("APP_LISTEN", ""), ("PORT", "3")]),
            "127.0.0.1:3"
        );
        assert_eq!(address(&[], &[]), "127.0.0.1:3000");
    }

    #[test]
    fn unset_environment_is_production_and_a_misspelt_one_is_refused() {
        let environment = |variables: &[(&str, &str)]| load(&[], variables).map(|s| s.environment);
        assert_eq!(environment(&[]), Ok(Environment::Production));
        assert_eq!(
            environment(&[("APP_ENV", "development")]),
            Ok(Environment::Development)
        );
        let error = environment(&[("APP_ENV", "developmnet")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the variable APP_ENV is not development, test, staging or production"
        );
    }

    #[test]
    fn bad_addresses_name_their_variable_and_keep_their_value_to_themselves() {
        let error = load(&[], &[("APP_LISTEN", "hunter2")])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("APP_LISTEN") && !error.contains("hunter2"),
            "{error}"
        );
        let error = load(&[], &[("PORT", "70000")]).unwrap_err().to_string();
        assert!(error.contains("PORT"), "{error}");
    }
}
