//! What a 304 or an answer to HEAD does to a stored response (RFC 9111 §3.2,
//! §4.3.3 to §4.3.5).

use super::{
    Exchange, Metadata, Policy, RequestTerms, conditional, fields, response::ResponseTerms,
};
use http::{HeaderMap, HeaderName, StatusCode, header};

/// What has become of a stored response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update {
    /// It holds: keep this one in its place, and serve it.
    Keep(Metadata),
    /// It holds for this request, but may be kept no longer: serve this one, and
    /// drop what is stored.
    Use(Metadata),
    /// It is about another response: after a 304 ask again without
    /// preconditions, after HEAD drop what is stored.
    Other,
}

impl Policy {
    /// Takes in a 304 to a request that [`Metadata::make_conditional`] made.
    ///
    /// `request` is the one that the client sent.
    #[must_use]
    pub fn update(
        &self,
        request: &RequestTerms,
        stored: &Metadata,
        not_modified: &HeaderMap,
        exchange: Exchange,
    ) -> Update {
        if !conditional::is_same_version(&stored.headers, not_modified) {
            return Update::Other;
        }
        self.merge(request, stored, not_modified, exchange)
    }

    /// Takes in the answer to a HEAD that was forwarded, if a response to GET is
    /// stored (RFC 9111 §4.3.5). `None` if it says nothing about that.
    #[must_use]
    pub fn update_from_head(
        &self,
        request: &RequestTerms,
        stored: &Metadata,
        status: StatusCode,
        headers: &HeaderMap,
        exchange: Exchange,
    ) -> Option<Update> {
        if status != StatusCode::OK || stored.status != StatusCode::OK {
            return None;
        }
        let is_same = conditional::is_same_version(&stored.headers, headers)
            && is_equal_where_present(&header::CONTENT_LENGTH, stored, headers);
        if !is_same {
            return Some(Update::Other);
        }
        let as_get = RequestTerms {
            head: false,
            ..*request
        };
        Some(self.merge(&as_get, stored, headers, exchange))
    }

    /// The fields of the newer response in place of those of the same name.
    fn merge(
        &self,
        request: &RequestTerms,
        stored: &Metadata,
        newer: &HeaderMap,
        exchange: Exchange,
    ) -> Update {
        // What is not for the cache takes nothing away from what is stored.
        let mut newer = newer.clone();
        fields::strip_hop(&mut newer);
        let mut headers = stored.headers.clone();
        // Neither describes the newer one.
        headers.remove(header::AGE);
        headers.remove(header::DATE);
        for name in newer.keys().filter(|name| is_updated(name)) {
            headers.remove(name);
            for value in newer.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        let response = ResponseTerms::read(self, &headers);
        let verdict = self.may_store(request, stored.status, &headers, &response);
        let metadata = self.keep(stored.status, headers, &response, exchange);
        match verdict {
            Ok(()) => Update::Keep(metadata),
            Err(_) => Update::Use(metadata),
        }
    }
}

/// RFC 9111 §3.2: all but the length, and what tells how the stored bytes are to
/// be read, which a server that compresses on the way may get wrong in a 304.
fn is_updated(name: &HeaderName) -> bool {
    ![
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_RANGE,
    ]
    .contains(name)
}

fn is_equal_where_present(name: &HeaderName, stored: &Metadata, newer: &HeaderMap) -> bool {
    match (stored.headers.get(name), newer.get(name)) {
        (Some(stored), Some(newer)) => stored == newer,
        _ => true,
    }
}
