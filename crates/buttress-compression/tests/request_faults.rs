//! A body that is not what it says is an error of the body and a 400; an error
//! of the source stays what it is.
#![cfg(all(
    feature = "gzip",
    feature = "deflate",
    feature = "br",
    feature = "zstd"
))]

mod request_support;

use buttress_compression::{
    Encoding, RequestBody, RequestDecompressionError, RequestDecompressionLayer,
};
use buttress_testing::{Scripted, ScriptedBody, collect, corpus, service};
use http::{Request, Response};
use http_body_util::BodyExt;
use request_support::{ALL, BoxError, bomb, encode, exchange, raw_deflate, request, whole};
use std::{convert::Infallible, error::Error, sync::Mutex};
use tower::{Layer, Service, ServiceExt};

fn layer() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

/// Each coding with a small message in it, raw DEFLATE too.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let text = b"to be or not to be, that is the question: to be or not";
    let mut messages: Vec<_> = ALL.map(|it| (it.as_str(), encode(it, text))).into();
    messages.push(("deflate", raw_deflate(text)));
    messages.push((
        "gzip, br",
        encode(Encoding::Br, &encode(Encoding::Gzip, text)),
    ));
    messages
}

/// One byte a frame, which is the least that a codec can be given.
fn bytewise(body: &[u8]) -> ScriptedBody {
    ScriptedBody::new().chunks(body.chunks(1).map(<[u8]>::to_vec))
}

#[tokio::test]
async fn a_body_cut_short_at_any_byte_is_corrupt() {
    for (coding, body) in messages() {
        for len in 1..body.len() {
            let cut = &body[..len];
            for request in [whole(coding, cut.to_vec()), request(coding, bytewise(cut))] {
                let exchange = exchange(&layer(), request).await;
                assert_eq!(exchange.status, 400, "{coding}, {len} of {}", body.len());
                assert!(exchange.error().is_corrupt() && !exchange.error().is_too_large());
            }
        }
    }
}

#[tokio::test]
async fn a_body_cut_short_before_its_trailers_has_none() {
    for (coding, mut body) in messages() {
        body.pop();
        let body = ScriptedBody::new().data(body).trailers([("x-end", "yes")]);
        let exchange = exchange(&layer(), request(coding, body)).await;
        assert_eq!(exchange.status, 400, "{coding}");
        assert!(exchange.seen().body.trailers.is_none());
    }
}

#[tokio::test]
async fn anything_after_the_end_is_corrupt() {
    for (coding, body) in messages() {
        for garbage in [&b"\0"[..], b"x", b"\0\0\0\0\0\0\0\0\0\0", b"(garbage)"] {
            let long = [&body[..], garbage].concat();
            let apart = ScriptedBody::new()
                .data(body.clone())
                .pause()
                .data(garbage.to_vec());
            for request in [
                whole(coding, long.clone()),
                request(coding, bytewise(&long)),
                request(coding, apart),
            ] {
                let exchange = exchange(&layer(), request).await;
                assert_eq!(exchange.status, 400, "{coding} and {garbage:?}");
                assert!(exchange.error().is_corrupt());
            }
        }
    }
}

#[tokio::test]
async fn only_gzip_and_zstd_may_go_on_after_their_end() {
    for encoding in ALL {
        let body = encode(encoding, b"twice ").repeat(2);
        let exchange = exchange(&layer(), whole(encoding.as_str(), body)).await;
        match encoding {
            Encoding::Gzip | Encoding::Zstd => assert_eq!(exchange.decoded(), "twice twice "),
            _ => assert_eq!(exchange.status, 400, "{encoding}"),
        }
    }
}

#[tokio::test]
async fn the_wrong_name_is_corrupt() {
    let body = corpus::json(50);
    for sent in ALL {
        for named in ALL.into_iter().filter(|named| *named != sent) {
            let exchange = exchange(&layer(), whole(named.as_str(), encode(sent, &body))).await;
            assert_eq!(exchange.status, 400, "{sent} as {named}");
            assert!(exchange.error().is_corrupt());
        }
    }
    for named in ALL {
        let exchange = exchange(&layer(), whole(named.as_str(), body.clone())).await;
        assert_eq!(exchange.status, 400, "plain JSON as {named}");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_a_checksum_is_corrupt() {
    for encoding in [Encoding::Gzip, Encoding::Deflate] {
        let mut body = encode(encoding, b"hello hello hello");
        let sum = body.len() - 5;
        body[if encoding == Encoding::Gzip {
            sum
        } else {
            sum + 4
        }] ^= 1;
        let exchange = exchange(&layer(), whole(encoding.as_str(), body)).await;
        assert_eq!(exchange.status, 400, "{encoding}");
    }
}

#[tokio::test]
async fn the_error_names_the_coding_and_chains_its_cause() {
    let cut = encode(Encoding::Gzip, b"hello")[..15].to_vec();
    let exchange = exchange(&layer(), whole("identity, x-gzip", cut)).await;
    assert_eq!(
        exchange.error().to_string(),
        "request body is not valid gzip"
    );
    let source = exchange.error().source().expect("no cause");
    assert_eq!(source.to_string(), "the stream ends early");
    assert_eq!(
        exchange.text,
        "the request body does not match its Content-Encoding\n"
    );
    assert_eq!(
        exchange.headers["content-type"],
        "text/plain; charset=utf-8"
    );
}

#[tokio::test]
async fn an_error_of_the_source_passes_as_it_is_and_leaves_the_answer() {
    for (coding, body) in messages() {
        let cut = body[..body.len() / 2].to_vec();
        let source = ScriptedBody::new().data(cut).error("connection reset");
        let exchange = exchange(&layer(), request(coding, source)).await;
        assert_eq!(exchange.status, 200, "{coding}");
        let error = exchange.seen().body.error.as_ref().expect("no error");
        let scripted = error.downcast_ref::<Scripted>();
        assert_eq!(scripted, Some(&Scripted("connection reset")));
        assert_eq!(exchange.text, "handled");
    }
}

#[tokio::test]
async fn the_answer_that_gives_way_is_dropped_at_once() {
    let answer = ScriptedBody::new().data("never seen");
    let probe = answer.probe();
    let answer = Mutex::new(Some(answer));
    let handler = service::ready_fn(|request: Request<RequestBody<ScriptedBody>>| {
        let answer = answer.lock().unwrap().take().expect("called twice");
        async move {
            assert!(collect(request.into_body()).await.error.is_some());
            let answer = Response::builder().header("x-from", "handler").body(answer);
            Ok::<_, Infallible>(answer.unwrap())
        }
    });
    let response = layer().layer(handler).oneshot(whole("gzip", "not gzip"));
    let Ok(response) = response.await;
    assert_eq!(response.status(), 400);
    assert!(response.headers().get("x-from").is_none());
    assert!(probe.is_dropped());
    assert_eq!(probe.polls(), 0);
}

#[tokio::test]
async fn an_error_of_the_handler_gives_way_to_the_fault_it_met() {
    let handler = service::ready_fn(|request: Request<RequestBody<ScriptedBody>>| async move {
        match collect(request.into_body()).await.error {
            Some(error) => Err::<Response<ScriptedBody>, BoxError>(error),
            None => Err("an error of its own".into()),
        }
    });
    let layer = layer();
    let mut service = layer.layer(handler);
    for (body, status) in [
        (b"not gzip".to_vec(), 400),
        (bomb(Encoding::Gzip, 64 << 20), 413),
    ] {
        let service = service.ready().await.unwrap();
        let response = service.call(whole("gzip", body)).await.unwrap();
        assert_eq!(response.status(), status);
    }
    let good = whole("gzip", encode(Encoding::Gzip, b"hello"));
    let error = service.ready().await.unwrap().call(good).await.unwrap_err();
    assert_eq!(error.to_string(), "an error of its own");
    let broken = request("gzip", ScriptedBody::new().error("connection reset"));
    let error = service
        .ready()
        .await
        .unwrap()
        .call(broken)
        .await
        .unwrap_err();
    assert_eq!(Scripted::find(&*error), Some(&Scripted("connection reset")));
}

#[tokio::test]
async fn a_handler_that_stops_before_the_fault_keeps_its_answer() {
    for reads in [0, 1] {
        let handler = service::ready_fn(|request: Request<RequestBody<ScriptedBody>>| async move {
            let mut body = request.into_body();
            for _ in 0..reads {
                let frame = body.frame().await.expect("ended").expect("failed");
                assert_eq!(frame.into_data().unwrap(), "good ");
            }
            Ok::<_, Infallible>(Response::new(ScriptedBody::new()))
        });
        let good = encode(Encoding::Gzip, b"good ");
        let body = ScriptedBody::new().data(good).data("bad");
        let Ok(response) = layer().layer(handler).oneshot(request("gzip", body)).await;
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn a_fault_found_in_another_task_reaches_the_answer() {
    let handler = service::ready_fn(|request: Request<RequestBody<ScriptedBody>>| async move {
        let reader = tokio::spawn(async move { collect(request.into_body()).await.error });
        let error = reader.await.unwrap().expect("no error");
        assert!(error.is::<RequestDecompressionError>());
        Ok::<_, Infallible>(Response::new(ScriptedBody::new()))
    });
    let Ok(response) = layer().layer(handler).oneshot(whole("br", "bad")).await;
    assert_eq!(response.status(), 400);
}
