//! What an error looks like.

use super::PageBody;
use crate::error::{BoxError, Error};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER},
};
use std::{error::Error as StdError, fmt, sync::Arc};

#[derive(Clone)]
pub(crate) struct Pages {
    pub(super) enabled: bool,
    /// Few: looked through in order.
    html: Vec<(StatusCode, Bytes)>,
    pub(super) retry_after: u64,
    pub(super) classify: Option<Arc<Classify>>,
    pub(super) report: Option<Arc<Report>>,
    pub(super) replace: Option<Arc<Replace>>,
}

type Classify = dyn Fn(&BoxError) -> Option<StatusCode> + Send + Sync;
type Replace = dyn Fn(&http::response::Parts) -> bool + Send + Sync;
type Report = dyn Fn(StatusCode, &BoxError) + Send + Sync;

impl Pages {
    pub(super) fn add(&mut self, status: StatusCode, page: Bytes) {
        self.html.retain(|(other, _)| *other != status);
        self.html.push((status, page));
    }

    /// Whether a client gets HTML where there is some.
    pub(super) fn wants_html(&self, headers: &HeaderMap) -> bool {
        self.enabled
            && !self.html.is_empty()
            && headers.get_all(ACCEPT).into_iter().any(|line| {
                let line = line.as_bytes().to_ascii_lowercase();
                line.windows(9).any(|name| name == b"text/html")
            })
    }

    pub(super) fn answer(&self, error: &BoxError, wants_html: bool) -> Response<Bytes> {
        let mut page = match self.enabled {
            true => self.told(error, wants_html),
            false => {
                let mut bare = Response::default();
                *bare.status_mut() = status(error);
                bare
            }
        };
        if ours(error).is_some_and(Error::is_ambiguous) {
            // Where others may see the end elsewhere, what follows is no request.
            let close = HeaderValue::from_static("close");
            page.headers_mut().insert(CONNECTION, close);
        }
        page
    }

    fn told(&self, error: &BoxError, wants_html: bool) -> Response<Bytes> {
        let classified = self.classify.as_ref().and_then(|classify| classify(error));
        let status = classified.unwrap_or_else(|| status(error));
        self.tell(status, error);
        self.page(status, wants_html)
    }

    /// A response as it is, or a page in its place.
    pub(super) fn pass<B>(&self, response: Response<B>, wants_html: bool) -> Response<PageBody<B>> {
        let Some(replace) = self.replace.as_ref().filter(|_| self.enabled) else {
            return response.map(PageBody::inner);
        };
        let (mut parts, body) = response.into_parts();
        if !replace(&parts) {
            return Response::from_parts(parts, PageBody::inner(body));
        }
        let mut page = self.page(parts.status, wants_html);
        if let Some(after) = parts.headers.remove(RETRY_AFTER) {
            page.headers_mut().insert(RETRY_AFTER, after);
        }
        *page.extensions_mut() = parts.extensions;
        page.map(PageBody::page)
    }

    fn page(&self, status: StatusCode, wants_html: bool) -> Response<Bytes> {
        let html = self.html.iter().find(|(other, _)| *other == status);
        let (kind, page) = match html.filter(|_| wants_html) {
            Some((_, page)) => ("text/html; charset=utf-8", page.clone()),
            None => ("application/problem+json", problem(status)),
        };
        let mut response = Response::new(page);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
            headers.insert(RETRY_AFTER, self.retry_after.into());
        }
        response
    }

    fn tell(&self, status: StatusCode, error: &BoxError) {
        let cause: &(dyn StdError + 'static) = error.as_ref();
        match &self.report {
            Some(report) => report(status, error),
            None if status.is_server_error() => {
                tracing::warn!(status = status.as_u16(), error = cause, "no response");
            }
            None => tracing::debug!(status = status.as_u16(), error = cause, "no response"),
        }
    }
}

fn status(error: &BoxError) -> StatusCode {
    ours(error).map_or(StatusCode::BAD_GATEWAY, Error::status)
}

/// The outermost error of ours.
fn ours(error: &BoxError) -> Option<&Error> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error.as_ref());
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return Some(ours);
        }
        next = error.source();
    }
    None
}

/// RFC 9457 §4.2.1: without a type, the title is the status's own.
fn problem(status: StatusCode) -> Bytes {
    let title = status.canonical_reason().unwrap_or("Error");
    let number = status.as_u16();
    Bytes::from(format!(
        r#"{{"type":"about:blank","title":"{title}","status":{number}}}"#
    ))
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            enabled: true,
            html: Vec::new(),
            retry_after: 1,
            classify: None,
            report: None,
            replace: None,
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("enabled", &self.enabled)
            .field("html", &self.html.len())
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}
