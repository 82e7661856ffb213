//! Switched off, the layer only forwards.

use buttress_sync_io::{Kind, Mode, SyncIoLayer, UnknownMode};
use buttress_testing::collect;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use std::{convert::Infallible, thread, time::Duration};
use tower::{Layer, ServiceExt, service_fn};

#[tokio::test]
async fn nothing_is_found_and_the_answer_is_the_same() {
    for layer in [
        SyncIoLayer::new(Mode::Off),
        SyncIoLayer::new(Mode::Exact).enabled(false),
    ] {
        let layer = layer.on_report(|report| panic!("{report}"));
        let inner = service_fn(|_: Request<()>| async {
            thread::sleep(Duration::from_nanos(1));
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
        });
        let answer = layer.layer(inner).oneshot(Request::new(())).await.unwrap();
        assert_eq!(collect(answer.into_body()).await.complete(), "hello");
        assert_eq!(
            (layer.counters().total(), layer.counters().of(Kind::Sleep)),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn a_body_that_has_ended_is_empty_in_each_mode() {
    for mode in [Mode::Off, Mode::Watch, Mode::Exact] {
        let inner = service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
        });
        let layer = SyncIoLayer::new(mode).layer(inner);
        let mut body = layer.oneshot(Request::new(())).await.unwrap().into_body();
        assert_eq!(body.size_hint().exact(), Some(5));
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "hello");
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert!(body.frame().await.is_none());
        assert!(body.frame().await.is_none());
    }
}

#[test]
fn a_mode_has_a_name() {
    for mode in [Mode::Off, Mode::Watch, Mode::Exact, Mode::Panic] {
        assert_eq!(mode.as_str().parse(), Ok(mode));
    }
    assert_eq!("loud".parse::<Mode>(), Err(UnknownMode));
}
