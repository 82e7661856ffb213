use super::Error;
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use std::{borrow::Cow, time::Duration};

macro_rules! shorthands {
    ($($(#[$doc:meta])* $name:ident => $status:ident;)*) => {
        /// The statuses that handlers answer most, with a public detail.
        impl Error {
            $($(#[$doc])*
            #[track_caller]
            pub fn $name(detail: impl Into<Cow<'static, str>>) -> Self {
                Self::new(StatusCode::$status).public(detail)
            })*
        }
    };
}

shorthands! {
    /// 400: the request makes no sense.
    bad_request => BAD_REQUEST;
    /// 403: the client may not do that.
    forbidden => FORBIDDEN;
    /// 404: there is no such thing.
    not_found => NOT_FOUND;
    /// 409: the state of the resource stands against it.
    conflict => CONFLICT;
    /// 422: the request is well-formed, and says what cannot be.
    unprocessable => UNPROCESSABLE_ENTITY;
}

/// Statuses that say more in a header field.
impl Error {
    /// 401, with the challenge of `WWW-Authenticate`, which has to be there
    /// (RFC 9110 §15.5.2).
    #[track_caller]
    pub fn unauthorized(challenge: HeaderValue) -> Self {
        Self::new(StatusCode::UNAUTHORIZED).header(http::header::WWW_AUTHENTICATE, challenge)
    }

    /// 429, with `Retry-After` in whole seconds, rounded up.
    #[track_caller]
    pub fn too_many_requests(retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS).header(RETRY_AFTER, seconds(retry_after))
    }

    /// 503, with `Retry-After` in whole seconds, rounded up.
    #[track_caller]
    pub fn unavailable(retry_after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE).header(RETRY_AFTER, seconds(retry_after))
    }
}

fn seconds(time: Duration) -> HeaderValue {
    let part = u64::from(time.subsec_nanos() > 0);
    time.as_secs().saturating_add(part).into()
}
