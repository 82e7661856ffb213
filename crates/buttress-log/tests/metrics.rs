//! Counters and histograms through the `metrics` facade.
#![cfg(feature = "metrics")]

mod support;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use std::{
    convert::Infallible,
    future::ready,
    sync::{Arc, Mutex},
};
use support::Log;
use tower::{Layer, Service, service_fn};

/// Notes what is recorded, as `name{labels} value`.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

struct Noted(String, Notes);

impl Recorder for Notes {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Noted(key.to_string(), self.clone())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Noted(key.to_string(), self.clone())))
    }
}

impl Noted {
    fn note(&self, value: impl ToString) {
        let note = format!("{} {}", self.0, value.to_string());
        self.1.0.lock().unwrap().push(note);
    }
}

impl CounterFn for Noted {
    fn increment(&self, value: u64) {
        self.note(value);
    }

    fn absolute(&self, value: u64) {
        self.note(value);
    }
}

impl HistogramFn for Noted {
    fn record(&self, value: f64) {
        self.note(value);
    }
}

#[test]
fn each_record_is_counted_and_unknown_methods_make_no_series() {
    let (log, clock) = (Log::new(), buttress_testing::ManualClock::new());
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let mut service = log.layer_at(&clock).metrics().layer(service);
    let notes = Notes::default();
    metrics::with_local_recorder(&notes, || {
        let request = Request::builder().method("MADE-UP").body(()).unwrap();
        futures_util::FutureExt::now_or_never(service.call(request))
            .unwrap()
            .unwrap();
    });
    let notes = notes.0.lock().unwrap();
    let has = |parts: &[&str]| {
        notes
            .iter()
            .any(|note| parts.iter().all(|part| note.contains(part)))
    };
    assert!(
        has(&[
            "http_server_requests_total",
            "_OTHER",
            "unmatched",
            "200",
            "ok"
        ]),
        "{notes:?}"
    );
    assert!(
        has(&["http_server_request_duration_seconds", "_OTHER"]),
        "{notes:?}"
    );
    assert!(has(&["http_server_response_bytes_total"]), "{notes:?}");
}
