//! An HTML page of some 60 KiB from a template, plainly and with a validator.

use super::Router;
use crate::state::App;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use buttress::error::Error;
use std::sync::Arc;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/page", get(page))
        .route("/etag", get(etag))
}

async fn page(State(app): State<Arc<App>>) -> Result<Html<String>, Error> {
    Ok(app.templates.journal().await?)
}

/// A strong validator promises the same bytes, which compressed bytes are not:
/// what the compression layer makes of this tag is the thing to look at.
async fn etag(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    const TAG: &str = "\"abc\"";
    let tagged = [(header::ETAG, TAG)];
    if matches(&headers, TAG) {
        return Ok((StatusCode::NOT_MODIFIED, tagged).into_response());
    }
    Ok((tagged, app.templates.journal().await?).into_response())
}

/// Whether the client has what `tag` names, by the weak comparison that
/// RFC 9110 §13.1.2 asks for: `W/"abc"` is as good as `"abc"`.
fn matches(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        // A comma within a tag would be cut here; ours has none.
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| {
            candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == tag
        })
}
