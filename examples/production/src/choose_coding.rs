//! For development: `?accept-encoding=gzip` in the address stands in for the
//! header, which neither a link nor a script in a page can set. So a browser
//! can be shown each coding, not only the one it likes best.

use axum::extract::Request;
use axum::http::{HeaderValue, header};

/// The name of the parameter.
const PARAMETER: &str = "accept-encoding";

/// What the page `/` offers to choose from, beside what the browser asks for.
pub(crate) const CODINGS: [&str; 5] = ["zstd", "br", "gzip", "deflate", "identity"];

pub(crate) async fn choose_coding(mut request: Request) -> Request {
    let query = request.uri().query().unwrap_or_default();
    let chosen = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix(PARAMETER)?.strip_prefix('='))
        .find_map(|value| HeaderValue::try_from(value).ok());
    if let Some(chosen) = chosen {
        request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, chosen);
    }
    request
}
