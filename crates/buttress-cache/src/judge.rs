//! Whether a response is kept.

use crate::{
    CacheRules, Head,
    policy::{Freshness, NotStorable, Revalidation, Seconds, Vary},
    sent::Sent,
    shared::group_tag,
};
use http::{HeaderMap, StatusCode, header::CONTENT_LENGTH, response::Parts};
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

impl Sent {
    /// The head to keep of a response, or why it is not kept.
    pub(crate) fn judge<B: Body>(&self, parts: &Parts, body: &B) -> Result<Head, Unkept> {
        let settings = &self.shared.settings;
        let rules = parts.extensions.get::<CacheRules>();
        let unkept = |word| Unkept { word, lasts: true };
        let tags = rules.map_or(&[][..], |rules| &rules.tags);
        if rules.is_some_and(|rules| rules.no_store) {
            return Err(unkept("no-store"));
        }
        if tags.len() > CacheRules::TAGS {
            return Err(unkept("too-many-tags"));
        }
        let length = expected_length(&parts.headers).unwrap_or(0);
        if length.max(body.size_hint().lower()) > settings.largest_body as u64 {
            return Err(unkept("too-large"));
        }
        if bytes_of(&parts.headers) > settings.largest_head {
            return Err(unkept("head-too-large"));
        }
        let (status, headers) = (parts.status, &parts.headers);
        let ttl = rules.and_then(|rules| rules.ttl);
        let stored = settings
            .policy
            .store_for(&self.terms, status, headers, self.exchange(), ttl);
        let metadata = stored.map_err(|why| self.unkept(why, status))?;
        let is_uri = settings.keyer.key.is_none();
        if is_uri && !self.shared.state.searches.learn(&self.key, &metadata) {
            return Err(Unkept {
                word: "no-vary-search",
                lasts: false,
            });
        }
        let vary = self.vary(metadata.vary());
        let variant = settings.vary_by.variant(&vary, &self.headers);
        let variant = variant.ok_or(unkept("vary-any"))?;
        let of = settings.keyer.origin_of(&self.key);
        let groups = metadata.groups();
        let groups = groups.iter().map(|group| group_tag(of, group));
        let tags: Vec<_> = tags.iter().cloned().chain(groups).collect();
        let head = Head::new(metadata, vary, variant, self.requested);
        let mut head = head.with_tags(tags).with_ttl(ttl);
        let freshness = &mut head.metadata_mut().freshness;
        apply(rules, freshness);
        *freshness = freshness.shortened(self.jitter(freshness.lifetime));
        Ok(head)
    }

    /// The fields that tell its requests apart, those of the layer included.
    fn vary(&self, vary: Vary) -> Vary {
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

    fn unkept(&self, why: NotStorable, status: StatusCode) -> Unkept {
        let is_of_this_request = match why {
            NotStorable::Request | NotStorable::Authorization => true,
            // 206, 304 and their like answer what one client asked.
            NotStorable::Status => true,
            NotStorable::NoStore => self.terms.directives().no_store,
            _ => false,
        };
        let is_failure = self.shared.settings.policy.is_failure(status);
        Unkept {
            word: why.as_str(),
            lasts: !is_of_this_request && !is_failure,
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
