//! Whether a response is kept.

use crate::{
    CacheRules, Head,
    policy::{Freshness, Metadata, NotStorable, RequestTerms, Revalidation, Seconds, Vary},
    sent::Sent,
    shared::{Shared, group_tag},
};
use http::{Extensions, HeaderMap, Response, StatusCode, header::CONTENT_LENGTH, response::Parts};
use http_body::Body;
use std::hash::{BuildHasher, RandomState};

/// Why a response is not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unkept {
    /// For `Cache-Status` and logs.
    pub(crate) word: &'static str,
    /// The next request for this key will likely meet the same.
    pub(crate) lasts: bool,
}

/// A response as far as it says before its body comes.
pub(crate) struct Received<'a> {
    headers: &'a HeaderMap,
    rules: Option<&'a CacheRules>,
    /// The body has at least so many bytes, whatever is announced.
    least: u64,
}

impl<'a> Received<'a> {
    pub(crate) fn of<B: Body>(response: &'a Response<B>) -> Self {
        Self::new(response.headers(), response.extensions(), response.body())
    }

    fn new<B: Body>(headers: &'a HeaderMap, extensions: &'a Extensions, body: &B) -> Self {
        Self {
            headers,
            rules: extensions.get(),
            least: body.size_hint().lower(),
        }
    }

    fn length(&self) -> u64 {
        expected_length(self.headers).unwrap_or(0).max(self.least)
    }

    /// The lifetime that a handler gave it.
    pub(crate) fn ttl(&self) -> Option<Seconds> {
        self.rules.and_then(|rules| rules.ttl)
    }

    fn tags(&self) -> &[Box<str>] {
        self.rules.map_or(&[], |rules| &rules.tags)
    }
}

impl Shared {
    /// What speaks against a response beside the rules of HTTP.
    pub(crate) fn exceeds(&self, response: &Received<'_>) -> Option<Unkept> {
        let settings = &self.settings;
        let word = if response.rules.is_some_and(|rules| rules.no_store) {
            "no-store"
        } else if response.tags().len() > CacheRules::TAGS {
            "too-many-tags"
        } else if response.length() > settings.largest_body as u64 {
            "too-large"
        } else if bytes_of(response.headers) > settings.largest_head {
            "head-too-large"
        } else {
            return None;
        };
        Some(Unkept { word, lasts: true })
    }

    /// What becomes of a response that the rules of HTTP forbid to store.
    pub(crate) fn unkept(
        &self,
        terms: &RequestTerms,
        why: NotStorable,
        status: StatusCode,
    ) -> Unkept {
        let is_of_this_request = match why {
            NotStorable::Request | NotStorable::Authorization => true,
            // 206, 304 and their like answer what one client asked.
            NotStorable::Status => true,
            NotStorable::NoStore => terms.directives().no_store,
            _ => false,
        };
        let is_failure = self.settings.policy.is_failure(status);
        Unkept {
            word: why.as_str(),
            lasts: !is_of_this_request && !is_failure,
        }
    }
}

impl Sent {
    /// The head to keep of a response, or why it is not kept.
    pub(crate) fn judge<B: Body>(&self, parts: &Parts, body: &B) -> Result<Head, Unkept> {
        let settings = &self.shared.settings;
        let (status, headers) = (parts.status, &parts.headers);
        let response = Received::new(headers, &parts.extensions, body);
        if let Some(why) = self.shared.exceeds(&response) {
            return Err(why);
        }
        let ttl = response.ttl();
        let stored = settings
            .policy
            .store_for(&self.terms, status, headers, self.exchange(), ttl);
        let metadata = stored.map_err(|why| self.shared.unkept(&self.terms, why, status))?;
        let is_uri = settings.keyer.key.is_none();
        if is_uri && !self.shared.state.searches.learn(&self.key, &metadata) {
            return Err(Unkept {
                word: "no-vary-search",
                lasts: false,
            });
        }
        let vary = self.vary(metadata.vary());
        let variant = settings.vary_by.variant(&vary, &self.headers);
        let variant = variant.ok_or(Unkept {
            word: "vary-any",
            lasts: true,
        })?;
        let groups = self.group_tags(&metadata);
        let tags: Vec<_> = response.tags().iter().cloned().chain(groups).collect();
        let head = Head::new(metadata, vary, variant, self.requested);
        let mut head = head.with_tags(tags).with_ttl(ttl);
        let freshness = &mut head.metadata_mut().freshness;
        apply(response.rules, freshness);
        *freshness = freshness.shortened(self.jitter(freshness.lifetime));
        Ok(head)
    }

    /// The tags of the groups that it is in.
    pub(crate) fn group_tags(&self, metadata: &Metadata) -> Vec<Box<str>> {
        let of = self.shared.settings.keyer.origin_of(&self.key);
        let groups = metadata.groups();
        groups.iter().map(|group| group_tag(of, group)).collect()
    }

    /// The fields that tell its requests apart, those of the layer included.
    pub(crate) fn vary(&self, vary: Vary) -> Vary {
        let keyed = &self.shared.settings.keyed;
        match vary {
            Vary::Fields(mut fields) if !keyed.is_empty() => {
                fields.extend(keyed.iter().cloned());
                fields.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
                fields.dedup();
                Vary::Fields(fields)
            }
            vary => vary,
        }
    }

    /// A part of a lifetime, up to as much as was set.
    pub(crate) fn jitter(&self, lifetime: Seconds) -> Seconds {
        let percent = self.shared.settings.jitter_percent;
        let most = u64::from(lifetime.get()) * u64::from(percent) / 100;
        if most == 0 {
            return Seconds::ZERO;
        }
        // Each state of a hasher has a seed of its own: random enough for this.
        Seconds::new(RandomState::new().hash_one(most) % (most + 1))
    }
}

/// What a handler said, but for the lifetime, which the policy has taken in.
fn apply(rules: Option<&CacheRules>, freshness: &mut Freshness) {
    let Some(rules) = rules else {
        return;
    };
    // `must-revalidate` and `no-cache` forbid what is stale, whoever asks for it.
    if freshness.revalidation == Revalidation::Lenient {
        let windows = (rules.stale_while_revalidate, rules.stale_if_error);
        freshness.stale_while_revalidate = windows.0.unwrap_or(freshness.stale_while_revalidate);
        freshness.stale_if_error = windows.1.unwrap_or(freshness.stale_if_error);
    }
}

/// The length that a head announces.
pub(crate) fn expected_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn bytes_of(headers: &HeaderMap) -> usize {
    let fields = headers.iter();
    fields
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}
