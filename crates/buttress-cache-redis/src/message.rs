//! A purge as text, as it is told to other processes.

use buttress_cache::{Key, Purge, Scope, policy::Timestamp};

/// A purge that somebody has made.
///
/// Its text is `NUMBER SENDER COUNT FROM KIND WHAT`: its number among all that
/// happened to the cache, who made it, how many he had made then, since when it
/// makes stale (`-` if it takes out), and what it is about.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) number: u64,
    pub(crate) sender: String,
    pub(crate) purge: Purge,
}

impl Heard {
    /// Reads the text; `None` if it is none.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(text).ok()?.splitn(6, ' ');
        let number = parts.next()?.parse().ok()?;
        let sender = parts.next()?.to_owned();
        let _count: u64 = parts.next()?.parse().ok()?;
        let from = match parts.next()? {
            "-" => None,
            from => Some(Timestamp::from_secs(from.parse().ok()?)),
        };
        let scope = scope(parts.next()?, parts.next()?)?;
        let purge = match from {
            Some(from) => Purge::soft(scope, from),
            None => Purge::hard(scope),
        };
        Some(Self {
            number,
            sender,
            purge,
        })
    }
}

/// What a purge is about, as the scripts take it. A scope that is newer than this
/// crate is part of all.
pub(crate) fn words(scope: &Scope) -> (&'static str, &str) {
    match scope {
        Scope::Key(key) => ("k", key.as_str()),
        Scope::Prefix(prefix) => ("p", prefix),
        Scope::Tag(tag) => ("t", tag),
        _ => ("a", ""),
    }
}

pub(crate) fn since(purge: &Purge) -> String {
    let from = purge.stale_from;
    from.map_or("-".into(), |from| from.as_secs().to_string())
}

fn scope(kind: &str, what: &str) -> Option<Scope> {
    Some(match kind {
        "k" => Scope::Key(Key::new(what)),
        "p" => Scope::Prefix(what.into()),
        "t" => Scope::Tag(what.into()),
        "a" => Scope::All,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_is_read_from_its_text() {
        let heard = Heard::parse(b"17 ab 3 - t two words").unwrap();
        assert_eq!((heard.number, &*heard.sender), (17, "ab"));
        assert_eq!(heard.purge.scope, Scope::Tag("two words".into()));
        assert_eq!(heard.purge.stale_from, None);
        let heard = Heard::parse(b"17 ab 3 99 k http://a/ b").unwrap();
        assert_eq!(heard.purge.scope, Scope::Key(Key::new("http://a/ b")));
        assert_eq!(heard.purge.stale_from, Some(Timestamp::from_secs(99)));
        let heard = Heard::parse(b"17 ab 3 - a ").unwrap();
        assert_eq!(heard.purge.scope, Scope::All);
    }

    #[test]
    fn garbage_is_no_purge() {
        for text in [
            &b""[..],
            b"17",
            b"x ab 3 - a ",
            b"17 ab 3 - q text",
            b"17 ab 3 x a ",
            b"17 ab 3 - k",
            b"\xff\xff",
        ] {
            assert!(Heard::parse(text).is_none());
        }
    }
}
