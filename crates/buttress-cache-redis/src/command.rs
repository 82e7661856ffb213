//! What is asked of Redis. None of it has a deadline of its own.

use crate::{
    envelope::Record,
    error::{Failure, sense},
    link::Link,
    message::{Heard, since, words},
    names::field,
    script::{self, BODY, HELLO, LOOKUP, PURGE, PUT},
    session::Session,
    settings::Settings,
};
use buttress_cache::{Entry, Key, Purge, Scope, policy::Timestamp};
use bytes::Bytes;
use redis::{Value, cmd};
use std::time::Duration;

/// What a process has missed since it last heard of a purge.
pub(crate) struct Missed {
    /// The number of the last purge.
    pub(crate) last: u64,
    /// The purges, the oldest first; `None` if that cannot be known.
    pub(crate) purges: Option<Vec<Purge>>,
}

/// A variant that Redis has.
pub(crate) struct Found {
    field: String,
    number: u64,
    pub(crate) record: Record,
    /// It is stale since then, whatever its head says.
    pub(crate) stale_from: Option<Timestamp>,
}

/// A body, and its number.
pub(crate) type Body = Option<(u64, Bytes)>;

pub(crate) async fn ping(session: &Session) -> Result<(), Failure> {
    let mut connection = session.connection();
    let reply = connection.send_packed_command(&cmd("PING")).await?;
    reply.extract_error()?;
    Ok(())
}

pub(crate) async fn hello(link: &Link, session: &Session, heard: u64) -> Result<Missed, Failure> {
    let mut call = HELLO.call(&[&link.names.marks, &link.names.recent]);
    match heard {
        0 => call.arg(""),
        heard => call.arg(heard),
    };
    let reply = script::run(&HELLO, session, &call).await?;
    sense(reply, |reply| {
        let mut parts = array(reply)?.into_iter();
        let last = number(&parts.next()?)?;
        let is_all = parts.next()? == Value::Int(1);
        let purges = parts.map(|part| match part {
            Value::BulkString(text) => Heard::parse(&text).map(|heard| heard.purge),
            _ => None,
        });
        // One that cannot be read may be about anything.
        let purges = purges.collect::<Option<_>>().filter(|_| is_all);
        Some(Missed { last, purges })
    })
}

/// All variants of a key, the newest first, and the body if there is just one.
pub(crate) async fn lookup(
    link: &Link,
    session: &Session,
    key: &Key,
) -> Result<(Vec<Found>, Body), Failure> {
    let names = &link.names;
    let mut call = LOOKUP.call(&[&names.marks, &names.heads(key), &names.bodies(key)]);
    call.arg(key.as_str()).arg(link.settings.largest_body);
    call.arg(Settings::LARGEST_RECORD);
    let reply = script::run(&LOOKUP, session, &call).await?;
    sense(reply, |reply| {
        let mut parts = array(reply)?;
        if parts.len() < 2 {
            return None;
        }
        let variants = parts.split_off(2);
        let mut found: Vec<_> = variants.chunks_exact(4).filter_map(variant).collect();
        found.sort_unstable_by_key(|found| std::cmp::Reverse(found.number));
        Some((found, body_of(parts)))
    })
}

/// The body of a variant.
pub(crate) async fn body(
    link: &Link,
    session: &Session,
    key: &Key,
    found: &Found,
) -> Result<Body, Failure> {
    let mut call = BODY.call(&[&link.names.bodies(key)]);
    call.arg(&found.field).arg(link.settings.largest_body);
    let reply = script::run(&BODY, session, &call).await?;
    sense(reply, |reply| Some(body_of(array(reply)?)))
}

/// What a store knew when it was given an entry: which purges it had heard of, and
/// how many it had made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knew {
    pub(crate) heard: u64,
    pub(crate) made: u64,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Taken,
    /// A purge came before it.
    Late,
    /// The body that should have been there is not.
    NoBody,
}

/// Puts an entry for as long as it is of use: with its body, or to that which was put
/// before.
pub(crate) async fn put(
    link: &Link,
    session: &Session,
    (key, entry): (&Key, &Entry),
    (head, is_body_there): (&[u8], bool),
    (knew, ttl): (Knew, Duration),
) -> Result<Put, Failure> {
    let names = &link.names;
    let own = [
        names.marks.clone(),
        names.recent.clone(),
        names.heads(key),
        names.bodies(key),
    ];
    let tags = entry.head().tags().map(|tag| names.tag(tag));
    let keys: Vec<String> = own.into_iter().chain(tags).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut call = PUT.call(&keys);
    call.arg(knew.heard).arg(&link.sender).arg(knew.made);
    call.arg(field(entry.head().variant())).arg(millis(ttl));
    call.arg(link.settings.variants).arg(key.as_str());
    call.arg(head).arg(entry.body_id());
    match is_body_there {
        true => call.arg(entry.body().len()).arg(""),
        false => call.arg("").arg(&entry.body()[..]),
    };
    for tag in entry.head().tags() {
        call.arg(tag);
    }
    let reply = script::run(&PUT, session, &call).await?;
    sense(reply, |reply| match reply {
        Value::Int(0) => Some(Put::Late),
        Value::Int(1) => Some(Put::Taken),
        Value::Int(2) => Some(Put::NoBody),
        _ => None,
    })
}

/// Makes a purge, this process' `count`th, and tells everybody.
pub(crate) async fn purge(
    link: &Link,
    session: &Session,
    count: u64,
    purge: &Purge,
) -> Result<(), Failure> {
    let names = &link.names;
    let about = match &purge.scope {
        Scope::Key(key) => vec![names.heads(key), names.bodies(key)],
        Scope::Tag(tag) => vec![names.tag(tag)],
        _ => Vec::new(),
    };
    let mut keys = vec![&*names.marks, &*names.recent, &*names.nothing];
    keys.extend(about.iter().map(String::as_str));
    let (kind, what) = words(&purge.scope);
    let mut call = PURGE.call(&keys);
    call.arg(&link.sender).arg(count).arg(since(purge));
    call.arg(kind).arg(what).arg(&names.channel);
    call.arg(Settings::RECENT).arg(Settings::PREFIXES);
    script::run(&PURGE, session, &call).await?;
    Ok(())
}

fn variant(parts: &[Value]) -> Option<Found> {
    let [field, count, from, head] = parts else {
        return None;
    };
    Some(Found {
        field: text(field)?.to_owned(),
        number: number(count)?,
        stale_from: match text(from)? {
            "" => None,
            from => Some(Timestamp::from_secs(from.parse().ok()?)),
        },
        record: match head {
            Value::BulkString(head) => Record::decode(head)?,
            _ => return None,
        },
    })
}

fn body_of(parts: Vec<Value>) -> Body {
    let [body, id] = <[Value; 2]>::try_from(parts).ok()?;
    let id = number(&id)?;
    match body {
        Value::BulkString(body) => Some((id, body.into())),
        _ => None,
    }
}

fn array(reply: Value) -> Option<Vec<Value>> {
    match reply {
        Value::Array(parts) => Some(parts),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    text(value)?.parse().ok()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
