//! Before anything is measured: do all stacks answer the same?

use crate::{
    routes::{CACHED, LOGIN, ROUTES, Route},
    stacks::{OURS, Running},
};
use buttress_benches::{Result, load};
use flate2::read::GzDecoder;
use std::io::Read;

/// Fails with the first difference. Answers the bytes that each route takes on
/// the wire, in the order of `stacks`.
pub(crate) fn check(stacks: &[Running]) -> Result<Vec<Vec<usize>>> {
    let sizes = ROUTES.iter().map(|route| sizes_of(route, stacks));
    let sizes = sizes.collect::<Result<Vec<_>>>()?;
    stacks.iter().try_for_each(has_cached)?;
    Ok(sizes)
}

fn sizes_of(route: &Route, stacks: &[Running]) -> Result<Vec<usize>> {
    let expected = answer(route, &stacks[OURS])?;
    let mut sizes = Vec::new();
    for stack in stacks {
        let answer = answer(route, stack)?;
        if let Some(what) = difference(route, &expected, &answer) {
            return Err(format!("{}, {}: {what}", stack.name, route.name).into());
        }
        sizes.push(answer.length);
    }
    Ok(sizes)
}

struct Answer {
    head: String,
    /// Decoded.
    body: Vec<u8>,
    /// As it came.
    length: usize,
}

fn answer(route: &Route, stack: &Running) -> Result<Answer> {
    let (head, body) = load::once_head(stack.addr, &route.request(stack)?)?;
    let length = body.len();
    let body = match load::field(&head, "content-encoding") {
        Some("gzip") => {
            let mut decoded = Vec::new();
            GzDecoder::new(&body[..]).read_to_end(&mut decoded)?;
            decoded
        }
        _ => body,
    };
    Ok(Answer { head, body, length })
}

fn difference(route: &Route, expected: &Answer, answer: &Answer) -> Option<String> {
    let Answer { head, body, .. } = answer;
    let field = |name| load::field(head, name);
    // The parameters differ: express writes a charset for JSON, too.
    let media_type = |head| load::field(head, "content-type")?.split(';').next();
    if !head.starts_with("HTTP/1.1 200") {
        return Some(head.clone());
    }
    if *body != expected.body {
        let (theirs, ours) = (preview(body), preview(&expected.body));
        return Some(format!(
            "another body than ours: {theirs}, and ours: {ours}"
        ));
    }
    if media_type(head) != media_type(&expected.head) {
        return Some(format!("another content-type: {head}"));
    }
    let coding = match route.is_gzip {
        true => Some("gzip"),
        false => None,
    };
    if field("content-encoding") != coding {
        return Some(format!("content-encoding is not {coding:?}: {head}"));
    }
    if route.is_gzip && field("vary").is_none() {
        return Some(format!("no vary: {head}"));
    }
    let control = field("cache-control");
    let is_kept = match route.path {
        CACHED => control == Some("public, max-age=60"),
        LOGIN | "/me" => control.is_some_and(|control| control.starts_with("no-store")),
        _ => true,
    };
    (!is_kept).then(|| format!("cache-control is {control:?}"))
}

/// Where it is long, its beginning.
fn preview(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    format!("{text:?} ({} bytes)", body.len())
}

/// The route that is cached was asked for by each of the checks above, and ran
/// once for each copy that a stack keeps: at most one a coding or a worker.
fn has_cached(stack: &Running) -> Result<()> {
    let head = "GET /calls HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let (_, body) = load::once_head(stack.addr, head)?;
    let calls: usize = String::from_utf8(body)?.trim().parse()?;
    match calls {
        1 | 2 => Ok(()),
        _ => Err(format!(
            "{}: {CACHED} ran {calls} times, and is not cached",
            stack.name
        )
        .into()),
    }
}
