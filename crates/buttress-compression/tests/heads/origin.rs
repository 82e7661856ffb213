//! A small origin server with one resource, which takes preconditions as
//! RFC 9110 §13 has them: what the layer has to get along with.

use crate::support::page;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, Request, Response, StatusCode,
    header::{
        ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE,
    },
};
use http_body_util::Full;

/// Answers as the owner of a page with the strong tag `tag`, quotes included.
pub(crate) fn answer(request: &Request<()>, tag: &str) -> Response<Full<Bytes>> {
    let headers = request.headers();
    if headers.contains_key(IF_MATCH) && !names(headers, &IF_MATCH, |named| named == tag) {
        return respond(StatusCode::PRECONDITION_FAILED, tag, Bytes::new());
    }
    let weakly = |named: &str| named.trim_start_matches("W/") == tag;
    if headers.contains_key(IF_NONE_MATCH) && names(headers, &IF_NONE_MATCH, weakly) {
        return respond(StatusCode::NOT_MODIFIED, tag, Bytes::new());
    }
    let fresh = headers.get(IF_RANGE).is_none_or(|named| named == tag);
    if fresh && headers.contains_key(RANGE) {
        return part(tag);
    }
    respond(StatusCode::OK, tag, page())
}

fn part(tag: &str) -> Response<Full<Bytes>> {
    let mut response = respond(StatusCode::PARTIAL_CONTENT, tag, page().slice(..2000));
    let range = format!("bytes 0-1999/{}", page().len());
    let headers = response.headers_mut();
    headers.insert(CONTENT_RANGE, range.parse().unwrap());
    response
}

fn respond(status: StatusCode, tag: &str, data: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(data));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(ETAG, tag.parse().unwrap());
    if status != StatusCode::NOT_MODIFIED {
        headers.insert(CONTENT_TYPE, "text/html".parse().unwrap());
        headers.insert(ACCEPT_RANGES, "bytes".parse().unwrap());
    }
    response
}

/// Whether a list of tags, over all lines, has one that `matches`, or is `*`.
fn names(headers: &HeaderMap, name: &HeaderName, matches: impl Fn(&str) -> bool) -> bool {
    let lines = headers.get_all(name).iter();
    let tags = lines.flat_map(|line| tags(line.to_str().unwrap()));
    tags.into_iter().any(|tag| tag == "*" || matches(&tag))
}

/// The tags of one line; a comma within quotes belongs to its tag.
fn tags(line: &str) -> Vec<String> {
    let mut tags = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        quoted ^= c == '"';
        if c == ',' && !quoted {
            tags.push(String::new());
        } else if let Some(tag) = tags.last_mut() {
            tag.push(c);
        }
    }
    tags.iter().map(|tag| tag.trim().to_owned()).collect()
}
