//! Whatever the chunks of a body are, what the client decodes is the body.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding, Flush, FlushHandle, Level};
use buttress_testing::{ScriptedBody, collect, corpus, decode};
use bytes::Bytes;
use http_body_util::Full;
use proptest::prelude::*;
use std::time::Duration;
use support_body::{
    answer, assert_same, codings, content_coding, content_length, decoded, html, page,
};

#[derive(Clone, Debug)]
enum Step {
    /// From the start of the page: much of it was seen before.
    Page(usize),
    Noise(usize, u64),
    Zeros(usize),
    Empty,
    Pause,
    Delay(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..3000_usize).prop_map(Step::Page),
        1 => (1..40_000_usize).prop_map(Step::Page),
        2 => (1..30_000_usize, any::<u64>()).prop_map(|(len, seed)| Step::Noise(len, seed)),
        1 => (1..200_000_usize).prop_map(Step::Zeros),
        1 => Just(Step::Empty),
        4 => Just(Step::Pause),
        2 => (1..30_u64).prop_map(Step::Delay),
    ]
}

fn flush() -> impl Strategy<Value = Flush> {
    prop_oneof![
        Just(Flush::default()),
        Just(Flush::Auto(Duration::ZERO)),
        Just(Flush::EveryFrame),
        Just(Flush::Never),
    ]
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Fast),
        Just(Level::Balanced),
        (1..7).prop_map(Level::Exact)
    ]
}

#[derive(Clone, Debug)]
struct Case {
    coding: Encoding,
    flush: Flush,
    level: Level,
    padding: bool,
    steps: Vec<Step>,
    trailers: bool,
    knows_its_end: bool,
    /// A flush by hand every so many milliseconds.
    by_hand: Option<u64>,
}

prop_compose! {
    fn case()(
        coding in proptest::sample::select(codings().collect::<Vec<_>>()),
        flush in flush(),
        level in level(),
        padding in proptest::bool::weighted(0.1),
        steps in proptest::collection::vec(step(), 0..25),
        trailers: bool,
        knows_its_end: bool,
        by_hand in proptest::option::of(1..4_u64),
    ) -> Case {
        Case { coding, flush, level, padding, steps, trailers, knows_its_end, by_hand }
    }
}

impl Case {
    fn layer(&self) -> CompressionLayer {
        let layer = CompressionLayer::new()
            .flush(self.flush)
            .level(self.coding, self.level);
        if self.padding {
            layer.padding(500)
        } else {
            layer
        }
    }

    /// The body, and all data in it.
    fn body(&self, page: &Bytes) -> (ScriptedBody, Vec<u8>) {
        let mut all = Vec::new();
        let mut body = ScriptedBody::new();
        for step in &self.steps {
            let data = match *step {
                Step::Page(len) => page.slice(..len),
                Step::Noise(len, seed) => corpus::random(len, seed).into(),
                Step::Zeros(len) => corpus::zeros(len).into(),
                Step::Empty => Bytes::new(),
                Step::Pause => {
                    body = body.pause();
                    continue;
                }
                Step::Delay(millis) => {
                    body = body.delay(Duration::from_millis(millis));
                    continue;
                }
            };
            all.extend_from_slice(&data);
            body = body.data(data);
        }
        if self.trailers {
            body = body.trailers([("x-sum", "1")]);
        }
        if self.knows_its_end {
            body = body.knows_its_end();
        }
        (body, all)
    }
}

/// Time passes as soon as nothing else can be done.
fn with_paused_time<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.unwrap().block_on(work)
}

async fn round_trip(layer: &CompressionLayer, case: &Case, page: &Bytes) {
    let (body, all) = case.body(page);
    let (probe, handle) = (body.probe(), FlushHandle::new());
    let mut response = html(body);
    response.extensions_mut().insert(handle.clone());
    let response = answer(layer, case.coding, response);
    let coding = match content_coding(&response) {
        "identity" => Encoding::Identity,
        coding => {
            assert_eq!(coding, case.coding.as_str());
            case.coding
        }
    };
    let length = content_length(&response);
    let body = response.into_body();
    let flushed = async {
        while let Some(millis) = case.by_hand {
            handle.flush();
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        std::future::pending::<()>().await;
    };
    let body = tokio::select! {
        body = collect(body) => body,
        () = flushed => unreachable!("never ends"),
    };
    let encoded = body.complete();
    assert!(length.is_none_or(|length| length == encoded.len()));
    assert_same(&decoded(coding, &encoded), &all, coding);
    assert_eq!(body.trailers.is_some(), case.trailers);
    assert!(probe.is_dropped());
    assert_eq!(probe.polls_after_end(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_chunks_of_any_body_decode_to_it(cases in proptest::collection::vec(case(), 1..4)) {
        let page = page(40_000);
        // The first layer serves all, so that its encoders are used again.
        let shared = cases[0].layer();
        with_paused_time(async {
            for case in &cases {
                round_trip(&shared, case, &page).await;
                round_trip(&case.layer(), case, &page).await;
            }
        });
    }
}

#[tokio::test]
async fn the_tools_of_the_command_line_decode_it_too() {
    let layer = CompressionLayer::new();
    let page = page(90_000);
    for coding in codings() {
        if !decode::has_tool(coding.as_str()) {
            println!("no tool for {coding} on this machine");
            continue;
        }
        let chunks = page.chunks(4000).map(Bytes::copy_from_slice);
        let slow = chunks.fold(ScriptedBody::new(), |body, chunk| body.data(chunk).pause());
        let outputs = [
            collect(answer(&layer, coding, html(Full::new(page.clone()))).into_body())
                .await
                .complete(),
            collect(answer(&layer, coding, html(slow)).into_body())
                .await
                .complete(),
        ];
        for output in outputs {
            let decoded = decode::decode_with_tool(coding.as_str(), &output);
            assert_same(&decoded.unwrap().unwrap(), &page, coding);
        }
    }
}
