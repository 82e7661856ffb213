//! A stored response as bytes, its body apart.
//!
//! The head is `bC`, the version, and the fields of [`Record`] in their order:
//! numbers in network order, texts after their length, lists after their count.
//! Times are absolute. Whatever the bytes are, reading them gives a head or
//! nothing: another version, a cut, or garbage is nothing.

mod fields;
mod reader;
mod writer;

use self::{reader::Reader, writer::Writer};
use buttress_cache::{
    Entry, Head,
    policy::{Freshness, Metadata, Revalidation, Seconds, Timestamp, VariantKey, Vary},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};

const MAGIC: &[u8; 2] = b"bC";
/// One more with each change that an older reader would misread.
const VERSION: u8 = 1;
/// The longest head that is written or read.
pub(crate) const LARGEST_HEAD: usize = 256 << 10;

/// All that is stored of a response but the body, and which body it is.
#[derive(Clone, Debug)]
pub struct Record {
    /// The head.
    pub head: Head,
    /// The trailers, where there were some.
    pub trailers: Option<HeaderMap>,
    /// The body that belongs to it.
    pub body: BodyId,
}

/// Tells one body from another, so that no head gets a body of another response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyId {
    /// [A number by chance](Entry::body_id), another one for each body.
    pub id: u64,
    /// How long it is.
    pub length: u64,
}

impl Record {
    /// What is kept of an entry beside its body.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self {
            head: entry.head().clone(),
            trailers: entry.trailers().cloned(),
            body: BodyId {
                id: entry.body_id(),
                length: entry.body().len() as u64,
            },
        }
    }

    /// The entry, if this is its body.
    #[must_use]
    pub fn with_body(self, id: u64, body: Bytes) -> Option<Entry> {
        let length = body.len() as u64;
        let is_it = self.body == BodyId { id, length };
        is_it.then(|| Entry::new(self.head, body, self.trailers).with_body_id(id))
    }

    /// As bytes; `None` if it has more of something than fits.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let Vary::Fields(vary) = self.head.vary() else {
            return None;
        };
        let mut to = Writer::new();
        to.bytes(MAGIC);
        to.byte(VERSION);
        to.long(self.body.id);
        to.long(self.body.length);
        let metadata = self.head.metadata();
        to.short(metadata.status.as_u16());
        write_freshness(&mut to, &metadata.freshness);
        to.long(self.head.asked().as_secs());
        to.optional(self.head.ttl(), |to, ttl| {
            to.word(ttl.get());
            Some(())
        })?;
        to.list(vary.iter(), |to, name| to.text(name.as_str().as_bytes()))?;
        to.text(self.head.variant().as_bytes())?;
        to.list(self.head.tags(), |to, tag| to.text(tag.as_bytes()))?;
        fields::write(&mut to, &metadata.headers)?;
        to.optional(self.trailers.as_ref(), fields::write)?;
        to.end(LARGEST_HEAD)
    }

    /// What the bytes say, if they say something.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LARGEST_HEAD {
            return None;
        }
        let mut from = Reader::new(bytes);
        if from.take(MAGIC.len())? != MAGIC || from.byte()? != VERSION {
            return None;
        }
        let body = BodyId {
            id: from.long()?,
            length: from.long()?,
        };
        let head = read_head(&mut from)?;
        let trailers = from.optional(fields::read)?;
        from.is_at_end().then_some(Self {
            head,
            trailers,
            body,
        })
    }
}

fn read_head(from: &mut Reader<'_>) -> Option<Head> {
    let status = StatusCode::from_u16(from.short()?).ok()?;
    let freshness = read_freshness(from)?;
    let asked = Timestamp::from_secs(from.long()?);
    let ttl = from.optional(Reader::seconds)?;
    let vary = from.list(|from| HeaderName::from_bytes(from.text()?).ok())?;
    let variant = VariantKey::from(Box::<[u8]>::from(from.text()?));
    let tags: Vec<Box<str>> = from.list(|from| Some(from.utf8()?.into()))?;
    let metadata = Metadata {
        status,
        headers: fields::read(from)?,
        freshness,
    };
    let head = Head::new(metadata, Vary::Fields(vary), variant, asked);
    Some(head.with_tags(tags).with_ttl(ttl))
}

fn write_freshness(to: &mut Writer, freshness: &Freshness) {
    to.long(freshness.received.as_secs());
    for span in [
        freshness.initial_age,
        freshness.lifetime,
        freshness.stale_while_revalidate,
        freshness.stale_if_error,
    ] {
        to.word(span.get());
    }
    to.byte(match freshness.revalidation {
        Revalidation::Lenient => 0,
        Revalidation::WhenStale => 1,
        Revalidation::Always => 2,
    });
    to.byte(freshness.immutable.into());
}

fn read_freshness(from: &mut Reader<'_>) -> Option<Freshness> {
    Some(Freshness {
        received: Timestamp::from_secs(from.long()?),
        initial_age: from.seconds()?,
        lifetime: from.seconds()?,
        stale_while_revalidate: from.seconds()?,
        stale_if_error: from.seconds()?,
        revalidation: match from.byte()? {
            0 => Revalidation::Lenient,
            1 => Revalidation::WhenStale,
            2 => Revalidation::Always,
            _ => return None,
        },
        immutable: from.flag()?,
    })
}

impl Reader<'_> {
    fn seconds(&mut self) -> Option<Seconds> {
        let seconds = self.word()?;
        // Larger ones are not written.
        (seconds <= Seconds::MAX.get()).then(|| Seconds::new(seconds.into()))
    }
}
