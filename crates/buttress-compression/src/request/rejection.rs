use super::{accepted::Accepted, response_body::DecompressionResponseBody};
use http::{
    HeaderValue, Response, StatusCode, Version,
    header::{ACCEPT_ENCODING, CONTENT_TYPE},
};

/// An answer that the layer gives in place of the handler.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rejection {
    Unsupported(Accepted),
    TooLarge,
    Corrupt,
}

impl Rejection {
    pub(super) fn into_response<B>(
        self,
        version: Version,
    ) -> Response<DecompressionResponseBody<B>> {
        let mut response = Response::new(DecompressionResponseBody::text(self.text()));
        *response.status_mut() = self.status();
        *response.version_mut() = version;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        if let Self::Unsupported(accepted) = self {
            // RFC 9110 §12.5.3 and §15.5.16: this is how a client learns that
            // the coding, and not the media type, was the reason.
            headers.insert(ACCEPT_ENCODING, accepted.header_value());
        }
        response
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Corrupt => StatusCode::BAD_REQUEST,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Unsupported(_) => "this Content-Encoding is not accepted\n",
            Self::TooLarge => "the decoded request body is too large\n",
            Self::Corrupt => "the request body does not match its Content-Encoding\n",
        }
    }
}
