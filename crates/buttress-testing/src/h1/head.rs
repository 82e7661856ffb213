use crate::wire::Head;
use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use httparse::{EMPTY_HEADER, Header, Status};

const MAX_FIELDS: usize = 64;

/// Takes a head from the front of `buffer`, if all of it is there.
pub(super) fn take(buffer: &mut BytesMut) -> Option<Head> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let parsed = response.parse(buffer);
    let Status::Complete(len) = parsed.expect("a valid head") else {
        return None;
    };
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok());
    let version = match response.version {
        Some(0) => Version::HTTP_10,
        _ => Version::HTTP_11,
    };
    let headers = header_map(response.headers);
    Some(Head {
        status: status.expect("a valid status"),
        version,
        headers,
        raw: buffer.split_to(len).freeze(),
    })
}

/// Takes a trailer section with its empty line from the front of `buffer`, if
/// all of it is there.
pub(super) fn take_trailers(buffer: &mut BytesMut) -> Option<HeaderMap> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let parsed = httparse::parse_headers(buffer, &mut fields);
    let Status::Complete((len, fields)) = parsed.expect("valid trailers") else {
        return None;
    };
    let trailers = header_map(fields);
    let _ = buffer.split_to(len);
    Some(trailers)
}

fn header_map(fields: &[Header<'_>]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        map.append(name.expect("a valid name"), value.expect("a valid value"));
    }
    map
}
