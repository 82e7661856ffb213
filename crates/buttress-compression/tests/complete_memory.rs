//! What a response costs in memory.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{
    Gate, ScriptedBody,
    alloc::{CountingAllocator, Counts, measure},
};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, header::ACCEPT_ENCODING};
use http_body_util::{BodyExt, Full};
use support_body::{
    assert_same, codings, decoded, decoded_so_far, encoded, html, page, poller::Poller,
};
use tower::{Layer, Service};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What the layer allocates for a complete response, with the response's own
/// parts and the request made before.
fn complete(layer: &CompressionLayer, coding: Encoding, page: &Bytes) -> (Bytes, Counts) {
    let mut response = Some(html(Full::new(page.clone())));
    let mut service = layer.layer(buttress_testing::service::respond(
        move |_: Request<()>| -> Response<Full<Bytes>> { response.take().unwrap() },
    ));
    let request = Request::get("/").header(ACCEPT_ENCODING, coding.as_str());
    let request = request.body(()).unwrap();
    measure(|| {
        let Ok(response) = service.call(request).now_or_never().unwrap();
        let mut body = response.into_body();
        let frame = body.frame().now_or_never().unwrap();
        let data = frame.unwrap().unwrap().into_data().unwrap();
        assert!(body.frame().now_or_never().unwrap().is_none());
        data
    })
}

/// What is allocated from the head to the end of a streamed response.
fn streamed(layer: &CompressionLayer, coding: Encoding, page: &Bytes) -> Counts {
    let chunks = page.chunks(1000).map(|chunk| page.slice_ref(chunk));
    let body = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
    let response = html(body);
    let (poller, counts) = measure(|| {
        let mut poller = Poller::new(encoded(layer, coding, response));
        poller.poll_to_end();
        poller
    });
    assert_same(&decoded(coding, poller.data()), page, coding);
    counts
}

/// What a stream holds that has sent its first event and waits.
fn open(coding: Encoding) -> isize {
    let layer = CompressionLayer::new();
    let gate = Gate::new();
    let response = html(ScriptedBody::new().data(page(300)).hold(&gate));
    let (poller, counts) = measure(|| {
        let mut poller = Poller::new(encoded(&layer, coding, response));
        assert!(poller.poll_until_idle().is_pending());
        poller
    });
    assert_same(&decoded_so_far(coding, poller.data()), &page(300), coding);
    counts.live()
}

#[test]
fn a_warm_layer_allocates_little_more_than_the_output() {
    for coding in codings() {
        let layer = CompressionLayer::new().min_size(512);
        for len in [512, 1024, 4096] {
            let page = page(len);
            for _ in 0..3 {
                complete(&layer, coding, &page);
            }
            let (output, counts) = complete(&layer, coding, &page);
            println!("{coding}, {len} bytes to {}: {counts:?}", output.len());
            assert_same(&decoded(coding, &output), &page, coding);
            assert!(counts.allocations <= 6, "{coding}, {len}: {counts:?}");
            let most = output.len() + 2048;
            assert!(counts.bytes <= most, "{coding}, {len}: {counts:?}");
        }
    }
}

/// zstd's own memory is C's, and not counted.
fn counted() -> impl Iterator<Item = Encoding> {
    codings().filter(|&coding| coding != Encoding::Zstd)
}

#[test]
fn clones_and_services_of_a_layer_share_its_encoders() {
    let page = page(30_000);
    for coding in counted() {
        let one = CompressionLayer::new();
        let other = one.clone().min_size(512);
        let cold = streamed(&one, coding, &page);
        let warm = streamed(&other, coding, &page);
        println!("{coding} streamed, cold: {cold:?}");
        println!("{coding} streamed, warm: {warm:?}");
        assert!(warm.bytes + 150_000 < cold.bytes, "{coding}: {warm:?}");
    }
}

#[test]
fn a_stream_that_pauses_holds_little() {
    for coding in counted() {
        let open = open(coding);
        println!("{coding}, an open stream: {open} bytes");
        // The crate of brotli allocates a table of 1 MiB at least.
        let most = if coding == Encoding::Br {
            1_200_000
        } else {
            200_000
        };
        assert!(open <= most, "{coding}: {open} bytes");
    }
}
