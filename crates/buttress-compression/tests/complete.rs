//! Bodies that are complete when the service answers are encoded in one shot.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding, Skipped};
use buttress_testing::{ScriptedBody, collect, corpus};
use bytes::Bytes;
use http::{
    Response,
    header::{ACCEPT_RANGES, CONTENT_LENGTH, VARY},
};
use http_body::Body;
use http_body_util::Full;
use support_body::{
    answer, answer_to, assert_same, codings, content_coding, content_length, decoded, html, page,
};

/// The largest body that is encoded in one poll; larger ones are streamed.
fn most(coding: Encoding) -> usize {
    match coding {
        Encoding::Zstd => 128 << 10,
        _ => 96 << 10,
    }
}

/// Collects an encoded body whose `Content-Length` must be true.
async fn in_one_shot<B>(coding: Encoding, response: Response<B>) -> Bytes
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    assert_eq!(content_coding(&response), coding.as_str());
    let length = content_length(&response);
    let body = response.into_body();
    assert_eq!(body.size_hint().exact(), length.map(|length| length as u64));
    let body = collect(body).await;
    assert_eq!(body.frames.len(), 1);
    assert_eq!(body.pauses, 0);
    let encoded = body.complete();
    assert_eq!(Some(encoded.len()), length, "of {coding}");
    decoded(coding, &encoded)
}

#[tokio::test]
async fn one_frame_is_encoded_with_its_true_length_above_the_cap_too() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for len in [1024, 4096, 64 << 10, (64 << 10) + 1, most(coding)] {
            let page = page(len);
            let response = answer(&layer, coding, html(Full::new(page.clone())));
            assert_same(&in_one_shot(coding, response).await, &page, coding);
        }
    }
}

#[tokio::test]
async fn one_frame_of_unknown_size_is_complete_if_its_body_knows_its_end() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for len in [1024, 64 << 10, most(coding)] {
            let page = page(len);
            let body = ScriptedBody::new().data(page.clone()).knows_its_end();
            let response = answer(&layer, coding, html(body));
            assert_same(&in_one_shot(coding, response).await, &page, coding);
        }
    }
}

#[tokio::test]
async fn a_large_body_decodes_however_it_is_sent() {
    let layer = CompressionLayer::new();
    let page = page((1 << 20) + 17);
    for coding in codings() {
        let mut response = html(Full::new(page.clone()));
        let length = page.len().into();
        response.headers_mut().insert(CONTENT_LENGTH, length);
        let response = answer(&layer, coding, response);
        assert_eq!(content_coding(&response), coding.as_str());
        let length = content_length(&response);
        let encoded = collect(response.into_body()).await.complete();
        assert!(length.is_none_or(|length| length == encoded.len()));
        assert_same(&decoded(coding, &encoded), &page, coding);
    }
}

#[tokio::test]
async fn several_frames_that_are_there_are_encoded_in_one_shot() {
    let layer = CompressionLayer::new();
    let page = page(40_000);
    for coding in codings() {
        let chunks = page.chunks(1000).map(Bytes::copy_from_slice);
        let body = ScriptedBody::new().empty().chunks(chunks).empty();
        let response = answer(&layer, coding, html(body));
        assert_same(&in_one_shot(coding, response).await, &page, coding);
    }
}

#[tokio::test]
async fn frames_up_to_the_cap_are_collected() {
    let layer = CompressionLayer::new();
    let page = page((64 << 10) - 1);
    for coding in codings() {
        let body = ScriptedBody::new().data(page.slice(..60_000));
        let body = body.data(page.slice(60_000..));
        let response = answer(&layer, coding, html(body));
        assert_same(&in_one_shot(coding, response).await, &page, coding);
    }
}

#[tokio::test]
async fn output_that_is_not_smaller_goes_out_as_it_was() {
    for coding in codings() {
        let layer = CompressionLayer::new();
        for len in [1024, 4096, most(coding)] {
            let noise = Bytes::from(corpus::random(len, 1));
            let mut response = html(Full::new(noise.clone()));
            let headers = response.headers_mut();
            headers.insert(ACCEPT_RANGES, "bytes".parse().unwrap());
            headers.insert("content-digest", "sha-256=:AA==:".parse().unwrap());
            let response = answer(&layer, coding, response);
            assert_eq!(content_coding(&response), "identity");
            assert_eq!(content_length(&response), Some(len));
            assert_eq!(response.headers()[VARY], "accept-encoding");
            assert_eq!(response.headers()[ACCEPT_RANGES], "bytes");
            assert!(response.headers().contains_key("content-digest"));
            assert_same(
                &collect(response.into_body()).await.complete(),
                &noise,
                coding,
            );
        }
        assert_eq!(layer.stats().skipped(Skipped::NotSmaller), 3);
        assert_eq!(layer.stats().encoded(coding), 0);
    }
}

#[tokio::test]
async fn five_per_cent_are_worth_it_and_less_is_not() {
    for coding in codings() {
        let layer = CompressionLayer::new();
        let response = |compressible: usize| {
            let mut body = corpus::random(20_000 - compressible, 1);
            body.resize(20_000, b' ');
            answer(&layer, coding, html(Full::from(body)))
        };
        assert_eq!(content_coding(&response(800)), "identity");
        assert_eq!(content_length(&response(800)), Some(20_000));
        assert_eq!(content_coding(&response(1300)), coding.as_str());
    }
}

#[tokio::test]
async fn a_small_body_of_unknown_size_goes_out_as_it_was_with_its_length() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for len in [0, 5, 1023] {
            let page = page(1023).slice(..len);
            let response = html(ScriptedBody::new().data(page.clone()));
            let response = answer(&layer, coding, response);
            assert_eq!(content_coding(&response), "identity");
            assert_eq!(content_length(&response), Some(len));
            assert_same(
                &collect(response.into_body()).await.complete(),
                &page,
                coding,
            );
        }
        let response = answer(&layer, coding, html(ScriptedBody::new().data(page(1024))));
        assert_eq!(content_coding(&response), coding.as_str());
    }
}

#[tokio::test]
async fn an_empty_body_of_unknown_size_stays_empty() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        for body in [ScriptedBody::new(), ScriptedBody::new().knows_its_end()] {
            let response = answer(&layer, coding, html(body));
            assert_eq!(content_coding(&response), "identity");
            assert_eq!(content_length(&response), Some(0));
            assert!(response.body().is_end_stream());
            assert_eq!(collect(response.into_body()).await.complete(), "");
        }
    }
}

#[tokio::test]
async fn a_client_that_refuses_identity_gets_even_what_does_not_shrink_encoded() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let accepted = format!("{coding}, identity;q=0");
        for body in [page(5), corpus::random(4096, 1).into()] {
            let response = html(ScriptedBody::new().data(body.clone()));
            let response = answer_to(&layer, &accepted, response);
            assert_same(&in_one_shot(coding, response).await, &body, coding);
        }
    }
}

#[tokio::test]
async fn trailers_take_the_place_of_the_length() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let data = page(4096);
        let body = ScriptedBody::new().empty().data(data.clone()).empty();
        let body = body.empty().trailers([("x-sum", "4096")]);
        let response = answer(&layer, coding, html(body));
        assert_eq!(content_coding(&response), coding.as_str());
        assert_eq!(content_length(&response), None);
        // hyper would make a length of it, and drop the trailers.
        assert_eq!(response.body().size_hint().exact(), None);
        let body = collect(response.into_body()).await;
        assert_same(&decoded(coding, &body.complete()), &data, coding);
        assert_eq!(body.trailers.unwrap()["x-sum"], "4096");
    }
}

#[tokio::test]
async fn trailers_of_what_goes_out_as_it_was_survive() {
    let layer = CompressionLayer::new();
    let noise = Bytes::from(corpus::random(4096, 1));
    for coding in codings() {
        for data in [Bytes::new(), page(5), noise.clone()] {
            let body = ScriptedBody::new().data(data.clone());
            let response = html(body.trailers([("x-sum", "1")]));
            let response = answer(&layer, coding, response);
            assert_eq!(content_coding(&response), "identity");
            assert_eq!(content_length(&response), None);
            assert_eq!(response.body().size_hint().exact(), None);
            assert!(!response.body().is_end_stream());
            let body = collect(response.into_body()).await;
            assert_same(&body.complete(), &data, coding);
            assert_eq!(body.trailers.unwrap()["x-sum"], "1");
        }
    }
}

#[tokio::test]
async fn a_length_beside_trailers_is_dropped() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let body = ScriptedBody::new().data(page(4096));
        let mut response = html(body.trailers([("x-sum", "1")]));
        response.headers_mut().insert(CONTENT_LENGTH, 4096.into());
        let response = answer(&layer, coding, response);
        assert_eq!(content_coding(&response), coding.as_str());
        assert_eq!(content_length(&response), None);
    }
}

#[tokio::test]
async fn a_large_frame_that_turns_out_to_be_the_only_one_is_encoded_in_one_shot() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let page = page(most(coding));
        let response = answer(&layer, coding, html(ScriptedBody::new().data(page.clone())));
        assert_same(&in_one_shot(coding, response).await, &page, coding);
    }
}

#[tokio::test]
async fn a_large_frame_with_another_behind_it_is_streamed_whole() {
    let layer = CompressionLayer::new();
    for coding in codings() {
        let (first, second) = (page(80 << 10), page(90 << 10));
        let body = ScriptedBody::new()
            .data(first.clone())
            .data(second.clone())
            .data("end");
        let response = answer(&layer, coding, html(body));
        assert_eq!(content_length(&response), None);
        let encoded = collect(response.into_body()).await.complete();
        let whole = [&first[..], &second[..], b"end"].concat();
        assert_same(&decoded(coding, &encoded), &whole, coding);
    }
}
