//! From the inner service's response to ours.

use crate::{
    BoxError, Encoding, ResponseBody, Skipped,
    eligibility::{Fields, check, stands_for_negotiated},
    encode::{Plan, encode},
    future::Asked,
    head,
    layer::Config,
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE, response::Parts};
use http_body::Body;
use std::{sync::Arc, task::Context};

pub(crate) fn respond<B>(
    response: Response<B>,
    asked: &Asked,
    config: &Arc<Config>,
    cx: &mut Context<'_>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = response.into_parts();
    // An empty body says nothing in an answer to HEAD: a GET's may be left out.
    let in_hand = body.size_hint().exact();
    let in_hand = in_hand.filter(|&length| !asked.head || length > 0);
    let fields = Fields::read(&parts.headers, in_hand);
    if let Err(skipped) = check(&parts, &fields, asked.negotiation.is_forced(), config) {
        return leave(parts, body, &fields, skipped, asked, config);
    }
    head::vary_by_accept_encoding(&mut parts.headers);
    if asked.encoding() == Encoding::Identity {
        return leave(parts, body, &fields, Skipped::NotNegotiated, asked, config);
    }
    let plan = Plan::new(&parts, &fields, asked, config);
    config
        .etag
        .rewrite_response(&mut parts.headers, asked.encoding());
    if asked.head {
        config.counters.skipped(Skipped::Head);
        head::forget_identity_form(&mut parts.headers);
        return Response::from_parts(parts, ResponseBody::head());
    }
    let body = encode(body, &mut parts.headers, plan, config, cx);
    Response::from_parts(parts, body)
}

/// The answer to a request that refuses every coding there is.
pub(crate) fn respond_not_acceptable<B>(config: &Config) -> Response<ResponseBody<B>> {
    config.counters.not_acceptable();
    let text = format!(
        "no content coding that the request accepts is on offer: {}\n",
        config.negotiator.list()
    );
    let mut response = Response::new(ResponseBody::complete(text.into(), None));
    *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    head::vary_by_accept_encoding(headers);
    response
}

/// The response as it came, but for what its head owes to negotiation.
fn leave<B>(
    mut parts: Parts,
    body: B,
    fields: &Fields,
    skipped: Skipped,
    asked: &Asked,
    config: &Config,
) -> Response<ResponseBody<B>> {
    if config.not_acceptable && asked.identity_refused() && is_plain_success(&parts, fields) {
        return respond_not_acceptable(config);
    }
    config.counters.skipped(skipped);
    if parts.status == StatusCode::NOT_MODIFIED && stands_for_negotiated(&parts, fields, config) {
        head::vary_by_accept_encoding(&mut parts.headers);
        if asked.encoding() != Encoding::Identity {
            // A cache writes these onto the encoded form that it has.
            head::forget_identity_form(&mut parts.headers);
            config
                .etag
                .rewrite_not_modified(&mut parts.headers, asked.encoding(), &asked.held);
        }
    }
    Response::from_parts(parts, ResponseBody::identity(body))
}

/// Whether a 406 may take the place of this response: never of an error, of
/// an answer without content, or of one that is encoded by somebody else.
fn is_plain_success(parts: &Parts, fields: &Fields) -> bool {
    matches!(parts.status.as_u16(), 200..=203) && fields.length != Some(0) && !fields.is_encoded
}
