//! Which status an error gets.

mod support;

use buttress_error::{BoxError, BoxedExt, Error, ErrorLayer, OptionExt, Problem, ResultExt};
use buttress_testing::{Gate, Scripted, service::service_fn};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use std::{error::Error as StdError, fmt, future::ready, io, num::ParseIntError, time::Duration};
use support::{Nothing, Reports, call, get, json, ok, send};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, buffer::Buffer, load_shed::LoadShed};

/// Says no more than what is in it.
#[derive(Debug)]
struct Wrapper(BoxError);

impl fmt::Display for Wrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped")
    }
}

impl StdError for Wrapper {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

fn number() -> ParseIntError {
    "x".parse::<u8>().unwrap_err()
}

/// http-body-util's own, which nobody else can make.
async fn too_long() -> LengthLimitError {
    let body = Limited::new(Full::<Bytes>::from("four"), 3);
    *body.collect().await.unwrap_err().downcast().unwrap()
}

async fn status(layer: &ErrorLayer, error: impl Into<BoxError>) -> StatusCode {
    let mut error = Some(error.into());
    let service = service_fn(move |_: Request<()>| ready(Nothing::Err(error.take().unwrap())));
    send(layer, service, get(&[])).await.status()
}

#[tokio::test]
async fn an_error_is_found_through_its_whole_chain() {
    let layer = ErrorLayer::builder()
        .map::<ParseIntError>(StatusCode::BAD_REQUEST)
        .map::<Scripted>(StatusCode::CONFLICT);
    assert_eq!(status(&layer, number()).await, 400);
    assert_eq!(
        status(&layer, Wrapper(Wrapper(number().into()).into())).await,
        400
    );
    assert_eq!(status(&layer, io::Error::other(number())).await, 400);
    assert_eq!(status(&layer, Scripted("x")).await, 409);
    assert_eq!(status(&layer, "unknown").await, 500);
    assert_eq!(status(&layer, too_long().await).await, 413);
    let own = ErrorLayer::new().map::<LengthLimitError>(StatusCode::URI_TOO_LONG);
    assert_eq!(status(&own, Wrapper(too_long().await.into())).await, 414);
}

#[tokio::test]
async fn a_wait_of_a_handler_that_took_too_long_is_a_504_as_that_of_a_layer() {
    let elapsed = || tokio::time::timeout(Duration::ZERO, std::future::pending::<()>());
    let propagated = |error| Error::from(error).context("asking the archive");
    for error in [
        BoxError::from(elapsed().await.unwrap_err()),
        propagated(elapsed().await.unwrap_err()).into(),
        Wrapper(elapsed().await.unwrap_err().into()).into(),
    ] {
        assert_eq!(status(&ErrorLayer::new(), error).await, 504);
    }
    let chosen = Error::from(elapsed().await.unwrap_err()).with_status(StatusCode::BAD_GATEWAY);
    assert_eq!(status(&ErrorLayer::new(), chosen).await, 502);
}

#[tokio::test]
async fn an_error_of_ours_keeps_its_status_and_else_is_mapped() {
    let layer = ErrorLayer::new().map::<ParseIntError>(StatusCode::BAD_REQUEST);
    assert_eq!(status(&layer, Error::from(number())).await, 400);
    assert_eq!(
        status(
            &layer,
            Error::from(number()).context("deeper").context("yet")
        )
        .await,
        400
    );
    let decided = Error::from(number()).with_status(StatusCode::GONE);
    assert_eq!(status(&layer, Wrapper(decided.into())).await, 410);
    assert_eq!(status(&layer, Error::from(too_long().await)).await, 413);
    assert_eq!(status(&layer, Error::msg("private")).await, 500);
}

/// tower's own, which nobody else can make.
async fn elapsed() -> BoxError {
    let never = service_fn(|_: Request<()>| std::future::pending::<Nothing>());
    let layer = ServiceBuilder::new().timeout(Duration::from_secs(1));
    let error = layer.service(never).oneshot(get(&[])).await;
    error.err().unwrap()
}

#[tokio::test(start_paused = true)]
async fn elapsed_inside_a_buffer_inside_two_wrappers_is_a_504() {
    let error = elapsed().await;
    // Buffer wraps what its service says when it does not become ready.
    let buffered = Buffer::new(FailsReady(Some(Wrapper(error))), 1);
    let service = ServiceBuilder::new()
        .map_err(|error: Wrapper| Wrapper(error.into()))
        .map_err(Wrapper)
        .service(buffered);
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let response = send(&layer, service, get(&[])).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    let chain = reports.only();
    assert!(
        chain
            .source_chain()
            .iter()
            .any(|text| text == "request timed out")
    );
}

/// Fails to become ready, with this error.
struct FailsReady(Option<Wrapper>);

impl Service<Request<()>> for FailsReady {
    type Response = Response<Full<Bytes>>;
    type Error = Wrapper;
    type Future = std::future::Ready<Nothing<Wrapper>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Wrapper>> {
        std::task::Poll::Ready(Err(self.0.take().expect("Buffer asks once")))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        unreachable!("it is never ready")
    }
}

#[tokio::test]
async fn overload_is_a_503_that_says_when_to_come_again() {
    let gate = Gate::new();
    let limited = tower::limit::ConcurrencyLimit::new(
        service_fn(move |_: Request<()>| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                ok("fine")
            }
        }),
        1,
    );
    let mut service = ErrorLayer::new().layer(LoadShed::new(limited));
    let busy = service.ready().await.unwrap().call(get(&[]));
    let refused = call(&mut service).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(json(refused).await["title"], "Service Unavailable");
    drop(busy);
}

#[tokio::test]
async fn a_buffer_whose_worker_is_gone_is_a_503() {
    let (buffer, worker) = Buffer::pair(service_fn(|_: Request<()>| async { ok("fine") }), 1);
    drop(worker);
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let response = send(&layer, buffer, get(&[])).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!response.headers().contains_key("retry-after"));
    assert_eq!(
        reports.only().message(),
        "buffer's worker closed unexpectedly"
    );
}

#[tokio::test]
async fn handlers_chain_and_the_first_that_answers_wins() {
    let layer = ErrorLayer::new()
        .map::<Scripted>(StatusCode::CONFLICT)
        .handler(|failure| {
            let error = failure.downcast_ref::<ParseIntError>()?;
            Some(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(error.to_string()))
        })
        .handler(|failure| {
            failure.downcast_ref::<Scripted>()?;
            let retry = HeaderValue::from_static("9");
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .type_uri("https://example.com/busy")
                .title("Busy")
                .detail(format!("was {}", failure.status()))
                .extension("queue", 3)
                .header(http::header::RETRY_AFTER, retry);
            Some(problem)
        })
        .handler(|_| Some(Problem::new(StatusCode::IM_A_TEAPOT)));
    assert_eq!(status(&layer, Wrapper(number().into())).await, 422);
    assert_eq!(status(&layer, "else").await, 418);
    let service = service_fn(|_: Request<()>| ready(Nothing::Err(Scripted("x"))));
    let response = send(&layer, service, get(&[("x-request-id", "1")])).await;
    assert_eq!(response.headers()["retry-after"], "9");
    let expected = serde_json::json!({
        "type": "https://example.com/busy",
        "title": "Busy",
        "status": 503,
        "detail": "was 409 Conflict",
        "request_id": "1",
        "queue": 3,
    });
    assert_eq!(json(response).await, expected);
}

#[tokio::test]
async fn what_extension_traits_say_is_kept_apart() {
    fn age(text: Option<&str>) -> Result<u8, Error> {
        let text = text.or_status(StatusCode::NOT_FOUND)?;
        text.parse::<u8>()
            .with_context(|| format!("parsing {text:?}"))
            .with_status(StatusCode::BAD_REQUEST)
            .public("age is a number up to 255")
    }
    assert_eq!(age(Some("7")).unwrap(), 7);
    assert_eq!(age(None).unwrap_err().status(), Some(StatusCode::NOT_FOUND));
    let error = age(Some("x")).unwrap_err();
    assert!(error.downcast_ref::<ParseIntError>().is_some());
    assert_eq!(error.to_string(), "parsing \"x\"");
    let debug = format!("{error:?}");
    assert!(debug.contains("caused by: invalid digit"), "{debug}");
    let response = error.into_http::<String>();
    assert_eq!(response.status(), 400);
    assert_eq!(response.body(), "age is a number up to 255\n");
    let hidden = Error::msg("private")
        .public("by mistake")
        .into_http::<String>();
    assert_eq!(hidden.body(), "Internal Server Error\n");
}

#[tokio::test]
async fn what_is_in_a_box_already_is_converted_by_name() {
    fn boxed() -> Result<(), BoxError> {
        Err(Wrapper(number().into()).into())
    }
    let error = boxed().boxed().unwrap_err();
    assert!(error.downcast_ref::<ParseIntError>().is_some());
    assert!(error.location().file().ends_with("mapping.rs"));
    let text: Result<(), _> = Err("only a text");
    assert_eq!(text.boxed().unwrap_err().to_string(), "only a text");
    let ours: BoxError = Error::new(StatusCode::NOT_FOUND).into();
    let status = Error::from_boxed(ours).status();
    assert_eq!(status, Some(StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn errors_with_challenges_carry_them() {
    let challenge = HeaderValue::from_static("Basic realm=\"x\"");
    let response = Error::unauthorized(challenge.clone()).into_http::<String>();
    assert_eq!(response.headers()["www-authenticate"], challenge);
    let response = Error::too_many_requests(Duration::from_millis(1500)).into_http::<String>();
    assert_eq!(response.headers()["retry-after"], "2");
    let response = Error::unavailable(Duration::from_secs(3)).into_http::<String>();
    assert_eq!(response.headers()["retry-after"], "3");
}
