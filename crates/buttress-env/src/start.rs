//! What has to be known before anything is read: the environment's name, and
//! where systemd has put credentials.

use crate::{
    environment::{Environment, UnknownEnvironment},
    error::{Kind, Problem},
    name,
    source::{Origin, Snapshot},
};
use std::{borrow::Cow, path::PathBuf};
use zeroize::Zeroizing;

const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

pub(crate) struct Start {
    pub(crate) environment: Result<Environment, Problem>,
    pub(crate) credentials: Option<PathBuf>,
}

pub(crate) fn read(
    snapshot: &Snapshot,
    overrides: &[(String, Zeroizing<String>)],
    fallbacks: &[(String, Zeroizing<String>)],
    own: &str,
    aliases: &[String],
) -> Start {
    let names: Vec<&str> = std::iter::once(own)
        .chain(aliases.iter().map(String::as_str))
        .chain([CREDENTIALS])
        .collect();
    let picked = snapshot.pick(&names);

    let asked = &names[..=aliases.len()];
    // Empty counts as unset, as everywhere.
    let of_process = |name: &str| picked.get(name).filter(|word| !word.is_empty());
    let strong = asked.iter().filter_map(|name| {
        let overridden = in_code(overrides, name, Origin::Override);
        let said = || Some((*name, of_process(name)?.to_string_lossy(), Origin::Process));
        overridden.or_else(said)
    });
    let weak = asked.iter();
    let weak = weak.filter_map(|name| in_code(fallbacks, name, Origin::Fallback));
    let environment = match strong.chain(weak).next() {
        Some((name, word, origin)) => parse(name, &word, origin),
        None => Ok(Environment::default()),
    };
    let credentials = picked.get(CREDENTIALS).filter(|path| !path.is_empty());
    Start {
        environment,
        credentials: credentials.map(PathBuf::from),
    }
}

fn in_code<'a>(
    pairs: &'a [(String, Zeroizing<String>)],
    name: &'a str,
    origin: Origin,
) -> Option<(&'a str, Cow<'a, str>, Origin)> {
    let (_, word) = pairs.iter().find(|(given, _)| given == name)?;
    Some((name, word.as_str().into(), origin))
}

fn parse(variable: &str, word: &str, origin: Origin) -> Result<Environment, Problem> {
    if word.is_empty() {
        return Ok(Environment::default());
    }
    word.parse().map_err(|error: UnknownEnvironment| {
        let lower = word.to_ascii_lowercase();
        let words = Environment::ALL.map(Environment::as_str);
        let starts = |name: &&str| lower.len() > 1 && name.starts_with(&lower);
        let meant = words.into_iter().find(starts);
        let message = match meant.or_else(|| name::did_you_mean(&lower, words)) {
            Some(meant) => format!("{error}; did you mean {meant}?"),
            None => format!("{error}"),
        };
        Problem::new(Kind::Invalid, variable, Some(origin), message)
    })
}
