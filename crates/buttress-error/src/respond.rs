//! What becomes of a response.

use crate::{
    BoxError, Phase, ResponseBody,
    answer::{Base, answer, answer_status},
    body::{Peek, Source, peek},
    cause::{Cause, SharedError},
    error::Inner,
    problem::{Cookies, strip_for_server_error},
    request::RequestInfo,
    scope::{RequestScope, Scope},
};
use bytes::Bytes;
use http::{
    Method, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
    response::Parts,
};
use http_body::Body;
use std::{sync::Arc, task::Context};

/// A text of a framework's that is longer is no detail.
const MAX_DETAIL: usize = 1024;

/// In the extensions of a response that was answered here.
#[derive(Clone, Copy)]
struct Answered;

/// Takes a response of the inner service, and looks at its first frame.
pub(crate) fn respond<B>(
    response: Response<B>,
    mut scope: RequestScope,
    cx: &mut Context<'_>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let status = response.status();
    scope.status = Some(status);
    if status.is_client_error() || status.is_server_error() {
        return respond_error(response, scope, cx);
    }
    look(response, scope, cx)
}

fn look<B>(
    response: Response<B>,
    mut scope: RequestScope,
    cx: &mut Context<'_>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    if !is_worth_a_look(&response, &scope) {
        return response.map(|body| ResponseBody::open(Source::Untouched { body }, scope));
    }
    let (parts, body) = response.into_parts();
    match peek(body, &mut scope, cx) {
        Peek::Complete(data) => Response::from_parts(parts, ResponseBody::complete(data, scope)),
        Peek::Open(source) => Response::from_parts(parts, ResponseBody::open(source, scope)),
        Peek::Failed(cause) => {
            // The handler had finished: what the cookies tell is done.
            let base = Base::of(parts.headers, Cookies::Keep);
            failed(Phase::Body, cause, base, scope)
        }
    }
}

/// Not where the server will not poll the body, or where it is not a body.
fn is_worth_a_look<B: Body>(response: &Response<B>, scope: &RequestScope) -> bool {
    let Some(info) = scope.info() else {
        return false;
    };
    let status = response.status();
    let has_body = !status.is_informational()
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED
        && *info.method() != Method::HEAD
        && *info.method() != Method::CONNECT;
    info.config().peek && has_body && !has_ended(response.body(), scope)
}

/// A response that tells of an error already.
#[cold]
fn respond_error<B>(
    mut response: Response<B>,
    mut scope: RequestScope,
    cx: &mut Context<'_>,
) -> Response<ResponseBody<B>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Some(info) = scope.info().cloned() else {
        return look(response, scope, cx);
    };
    let extensions = response.extensions_mut();
    if let Some(error) = extensions.remove::<Arc<Inner>>() {
        let (parts, body) = response.into_parts();
        discard(body, &mut scope);
        let cause = Cause::Attached(error);
        return replaced(parts, |base| failed(Phase::Future, cause, base, scope));
    }
    let shared = extensions.remove::<SharedError>().map(Cause::Shared);
    // What a layer of ours further in has answered is as it should be.
    let is_ours = extensions.get::<Answered>().is_some();
    let rewrite = !is_ours && is_rewritten(&response, &info);
    if rewrite || is_empty(&response, &info, &scope) {
        let (parts, body) = response.into_parts();
        let detail = take_detail(body, &parts, rewrite, &mut scope, cx);
        return replaced(parts, |base| match shared {
            Some(cause) => failed(Phase::Future, cause, base, scope),
            None => answered(scope, |info| answer_status(info, detail, base)),
        });
    }
    if let Some(cause) = shared {
        scope.report(Phase::Future, &cause);
        discard(cause, &mut scope);
    }
    if !is_ours && response.status().is_server_error() {
        strip_for_server_error(response.headers_mut(), Cookies::Drop);
    }
    look(response, scope, cx)
}

/// Whether nobody has written a body yet. The answer to a HEAD has none at all:
/// there the type tells.
fn is_empty<B: Body>(response: &Response<B>, info: &RequestInfo, scope: &RequestScope) -> bool {
    let is_head = *info.method() == Method::HEAD;
    let body = response.body();
    let is_of_none = || body.size_hint().exact() == Some(0);
    let is_empty = has_ended(body, scope) || scope.ask(false, is_of_none);
    is_empty && !(is_head && response.headers().contains_key(CONTENT_TYPE))
}

fn has_ended<B: Body>(body: &B, scope: &RequestScope) -> bool {
    scope.ask(false, || body.is_end_stream())
}

fn is_rewritten<B>(response: &Response<B>, info: &RequestInfo) -> bool {
    let rewrite = &info.config().rewrite;
    let Some(content_type) = response.headers().get(CONTENT_TYPE) else {
        return false;
    };
    let essence = content_type.as_bytes().split(|&byte| byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    rewrite
        .iter()
        .any(|it| it.as_bytes().eq_ignore_ascii_case(essence))
}

/// The text of a framework's own 4xx, if it is there without waiting.
fn take_detail<B>(
    body: B,
    parts: &Parts,
    rewrite: bool,
    scope: &mut RequestScope,
    cx: &mut Context<'_>,
) -> Option<String>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let is_readable = rewrite && !parts.headers.contains_key(CONTENT_ENCODING);
    if !is_readable || parts.status.is_server_error() || has_ended(&body, scope) {
        discard(body, scope);
        return None;
    }
    match peek(body, scope, cx) {
        Peek::Complete(text) if text.len() <= MAX_DETAIL => String::from_utf8(text.into())
            .ok()
            .filter(|text| !text.is_empty()),
        Peek::Complete(_) => None,
        Peek::Open(source) => {
            discard(source, scope);
            None
        }
        Peek::Failed(cause) => {
            scope.report(Phase::Body, &cause);
            discard(cause, scope);
            None
        }
    }
}

/// Drops what is not needed any more.
fn discard<T>(thing: T, scope: &mut RequestScope) {
    if let Err(panic) = scope.run(|| drop(thing)) {
        scope.report_drop(panic);
    }
}

/// Answers an error that came in place of a response.
#[cold]
pub(crate) fn fail_with<B>(
    error: impl Into<BoxError>,
    mut scope: RequestScope,
) -> Response<ResponseBody<B>> {
    let cause = scope.run(|| Cause::Error(error.into()));
    let cause = cause.unwrap_or_else(Cause::Panic);
    fail(Phase::Future, cause, scope)
}

/// Answers a failure that came in place of a response.
#[cold]
pub(crate) fn fail<B>(
    phase: Phase,
    cause: Cause,
    scope: RequestScope,
) -> Response<ResponseBody<B>> {
    failed(phase, cause, Base::none(), scope)
}

/// The cause is dropped last, for its drop may panic as well: not what was made
/// of it must be lost by that, nor may it run while something else unwinds.
fn failed<B>(
    phase: Phase,
    cause: Cause,
    base: Base,
    scope: RequestScope,
) -> Response<ResponseBody<B>> {
    let mut rest = scope.clone();
    let response = answered(scope, |info| answer(info, phase, &cause, base));
    rest.status = Some(response.status());
    discard(cause, &mut rest);
    response
}

/// An answer over the head of a response whose body is replaced.
fn replaced<B>(
    parts: Parts,
    make: impl FnOnce(Base) -> Response<ResponseBody<B>>,
) -> Response<ResponseBody<B>> {
    let mut base = Base::of(parts.headers, Cookies::Drop);
    base.status = Some(parts.status);
    let mut response = make(base);
    *response.version_mut() = parts.version;
    response.extensions_mut().extend(parts.extensions);
    response
}

/// Answers with what `make` makes. It asks much of the app's, such as the text
/// of its errors, and any of that may panic: then a bare 500 has to do.
fn answered<B>(
    mut scope: RequestScope,
    make: impl FnOnce(&RequestInfo) -> Response<Bytes>,
) -> Response<ResponseBody<B>> {
    let made = match scope.info().cloned() {
        Some(info) => scope.run(|| make(&info)).map(Some),
        None => Ok(None),
    };
    let response = made.unwrap_or_else(|panic| {
        scope.report(Phase::Future, &Cause::Panic(panic));
        None
    });
    let mut response = response.unwrap_or_else(bare_500);
    response.extensions_mut().insert(Answered);
    scope.status = Some(response.status());
    response.map(|data| ResponseBody::complete(data, scope))
}

fn bare_500() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"Internal Server Error\n"));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    strip_for_server_error(response.headers_mut(), Cookies::Drop);
    response
}
