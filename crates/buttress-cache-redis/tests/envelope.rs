//! The envelope: what was written is read, and nothing else is.

use buttress_cache::{
    Entry, Head,
    policy::{Freshness, Metadata, Revalidation, Seconds, Timestamp, VariantKey, Vary},
};
use buttress_cache_redis::envelope::Record;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::{collection::vec, option, prelude::*};

fn fields() -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![
        Just(http::header::VARY),
        Just(http::header::ETAG),
        "[a-z][a-z0-9-]{0,12}".prop_map(|name| HeaderName::try_from(name).unwrap()),
    ];
    let value = vec(prop_oneof![32_u8..127, 128_u8..=255, Just(b'\t')], 0..40);
    let value = (value, any::<bool>()).prop_map(|(bytes, is_sensitive)| {
        let mut value = HeaderValue::from_bytes(&bytes).unwrap();
        value.set_sensitive(is_sensitive);
        value
    });
    vec((name, value), 0..12).prop_map(|lines| {
        let mut fields = HeaderMap::new();
        for (name, value) in lines {
            fields.append(name, value);
        }
        fields
    })
}

fn freshness() -> impl Strategy<Value = Freshness> {
    let seconds = || (0..=Seconds::MAX.get()).prop_map(|n| Seconds::new(n.into()));
    let revalidation = prop_oneof![
        Just(Revalidation::Lenient),
        Just(Revalidation::WhenStale),
        Just(Revalidation::Always),
    ];
    let spans = (seconds(), seconds(), seconds(), seconds());
    (any::<u64>(), spans, revalidation, any::<bool>()).prop_map(
        |(received, (initial_age, lifetime, swr, sie), revalidation, immutable)| Freshness {
            received: Timestamp::from_secs(received),
            initial_age,
            lifetime,
            stale_while_revalidate: swr,
            stale_if_error: sie,
            revalidation,
            immutable,
        },
    )
}

fn entries() -> impl Strategy<Value = Entry> {
    let metadata =
        (100_u16..1000, fields(), freshness()).prop_map(|(status, headers, freshness)| Metadata {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            freshness,
        });
    let variant = vec(any::<u8>(), 0..40).prop_map(|bytes| VariantKey::from(Box::from(bytes)));
    let vary = vec("[a-z]{1,9}", 0..4).prop_map(|names| {
        let names = names
            .into_iter()
            .map(|name| HeaderName::try_from(name).unwrap());
        Vary::Fields(names.collect())
    });
    let head = (
        metadata,
        vary,
        variant,
        vec(".{0,9}", 0..4),
        option::of(0_u64..1 << 31),
        any::<u64>(),
    );
    let rest = (vec(any::<u8>(), 0..100), option::of(fields()));
    (head, rest).prop_map(
        |((metadata, vary, variant, tags, ttl, asked), (body, trailers))| {
            let head = Head::new(metadata, vary, variant, Timestamp::from_secs(asked));
            let tags = tags.into_iter().map(Box::from);
            let head = head.with_tags(tags).with_ttl(ttl.map(Seconds::new));
            Entry::new(head, body.into(), trailers)
        },
    )
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    let (head, that) = (one.head(), other.head());
    let sensitive = |fields: &HeaderMap| -> Vec<bool> {
        fields.values().map(HeaderValue::is_sensitive).collect()
    };
    let (metadata, of_that) = (head.metadata(), that.metadata());
    metadata.status == of_that.status
        && metadata.headers == of_that.headers
        && sensitive(&metadata.headers) == sensitive(&of_that.headers)
        && metadata.freshness == of_that.freshness
        && head.vary() == that.vary()
        && head.variant() == that.variant()
        && head.tags().eq(that.tags())
        && head.ttl() == that.ttl()
        && head.asked() == that.asked()
        && one.trailers() == other.trailers()
        && one.body() == other.body()
}

proptest! {
    // Each case of some is hundreds of readings.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_is_read(entry in entries(), id in any::<u64>()) {
        let entry = entry.with_body_id(id);
        let bytes = Record::of(&entry).encode().unwrap();
        let read = Record::decode(&bytes).unwrap();
        prop_assert_eq!(read.encode().unwrap(), bytes);
        let read = read.with_body(id, entry.body().clone()).unwrap();
        prop_assert!(is_same(&read, &entry));
        prop_assert_eq!(read.body_id(), id);
    }

    #[test]
    fn what_is_cut_or_longer_is_nothing(entry in entries(), more in 0_u8..=255) {
        let mut bytes = Record::of(&entry).encode().unwrap();
        for length in 0..bytes.len() {
            prop_assert!(Record::decode(&bytes[..length]).is_none());
        }
        bytes.push(more);
        prop_assert!(Record::decode(&bytes).is_none());
    }

    /// Whatever was changed, what is read can be written, and is the same again.
    #[test]
    fn changed_bytes_are_read_as_what_they_say_or_not_at_all(
        entry in entries(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = Record::of(&entry).encode().unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(read) = Record::decode(&bytes) {
            let again = read.encode().unwrap();
            prop_assert_eq!(Record::decode(&again).unwrap().encode().unwrap(), again);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Record::decode(&bytes);
        let _ = Record::decode(&[b"bC\x01", &bytes[..]].concat());
    }

    #[test]
    fn a_body_of_another_response_is_not_taken(entry in entries(), id in any::<u64>()) {
        let entry = entry.with_body_id(id);
        let record = Record::of(&entry);
        prop_assert!(record.clone().with_body(id ^ 1, entry.body().clone()).is_none());
        let longer = [entry.body(), &b"x"[..]].concat();
        prop_assert!(record.with_body(id, longer.into()).is_none());
    }
}

/// An announced count or length takes no memory.
#[test]
fn a_count_that_lies_is_nothing() {
    let head = Head::new(
        Metadata {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            freshness: Freshness::default(),
        },
        Vary::Fields(Vec::new()),
        VariantKey::default(),
        Timestamp::default(),
    );
    let bytes = Record::of(&Entry::new(head, "".into(), None))
        .encode()
        .unwrap();
    for at in 0..bytes.len() {
        for length in 1..=4.min(bytes.len() - at) {
            let mut changed = bytes.clone();
            changed[at..at + length].fill(255);
            let _ = Record::decode(&changed);
        }
    }
}

#[test]
fn what_is_longer_than_a_head_may_be_is_nothing() {
    assert!(Record::decode(&vec![b'b'; 1 << 20]).is_none());
}
