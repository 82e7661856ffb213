//! A JSON body that knows its length.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use buttress::error::Error;
use serde::de::DeserializeOwned;

/// A JSON body as a `T`, and how many bytes it had once decompressed.
pub(crate) struct JsonBody<T> {
    pub(crate) value: T,
    pub(crate) len: usize,
}

impl<S, T> FromRequest<S> for JsonBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !may_be_json(request.headers()) {
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .public("expected a body of type application/json"));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|refusal| Error::new(refusal.status()).public(refusal.body_text()))?;
        let Json(value) = Json::from_bytes(&bytes)
            .map_err(|refusal| Error::new(refusal.status()).public(refusal.body_text()))?;
        Ok(Self {
            value,
            len: bytes.len(),
        })
    }
}

/// A body that does not say what it is gets a try (RFC 9110 §8.3), one that
/// says it is something else does not: HTML forms can send `text/plain` to any
/// site, and must not pass for a call of this API.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let value = value.to_str().unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_media_type_in_any_case_and_with_parameters() {
        let may_be = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            may_be_json(&headers)
        };
        assert!(may_be("application/json"));
        assert!(may_be("Application/JSON; charset=utf-8"));
        assert!(may_be("application/problem+json"));
        assert!(!may_be("text/plain"));
        assert!(!may_be("application/jsonp"));
        assert!(may_be_json(&HeaderMap::new()));
    }
}
