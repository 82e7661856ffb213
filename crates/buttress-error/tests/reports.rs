//! What is known of a failure: place, backtrace, request, and the event.
//!
//! The panic hook is of the process, so these tests have a binary of their own.

mod support;

use buttress_error::{
    CurrentRequestExt, Error, ErrorLayer, Kind, Phase, ResultExt, current_request,
    install_panic_hook,
};
use buttress_testing::{Capture, Scripted, service::service_fn};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::ready,
    panic::Location,
    sync::{Arc, Mutex, Once},
};
use support::{Reports, get, json, panicking, send, text};
use tracing::Level;

#[derive(Clone)]
struct Route(&'static str);

fn routed(path: &'static str) -> Request<()> {
    let mut request = get(&[("x-request-id", "id-9")]);
    request.extensions_mut().insert(Route(path));
    request
}

fn layer() -> ErrorLayer {
    ErrorLayer::new().route(|extensions| extensions.get::<Route>().map(|route| route.0))
}

/// Panics, and says in which line.
#[inline(never)]
fn faulty_handler(line: &Mutex<u32>) {
    *line.lock().unwrap() = line!() + 1;
    panic!("the secret detail");
}

#[tokio::test]
async fn with_the_hook_place_and_backtrace_name_the_users_line() {
    install_panic_hook();
    install_panic_hook();
    let line = Arc::new(Mutex::new(0));
    let reports = Reports::new();
    let layer = layer().on_report(reports.sink());
    let service = service_fn({
        let line = line.clone();
        move |_: Request<()>| {
            let line = line.clone();
            panicking(move || faulty_handler(&line))
        }
    });
    let capture = Capture::new();
    let guard = capture.install();
    let span = tracing::info_span!("request");
    let response = {
        let _entered = span.enter();
        send(&layer, service, routed("/users/{id}")).await
    };
    drop(guard);
    assert_eq!(response.status(), 500);
    let report = reports.only();
    let place = format!("{}:{}", file!(), line.lock().unwrap());
    assert_eq!(report.location(), Some(&*place));
    let backtrace = report.resolved_backtrace().expect("it was resolved");
    assert!(backtrace.contains("faulty_handler"), "{backtrace}");
    // The backtrace has the path from another folder.
    let end = format!("tests/reports.rs:{}", line.lock().unwrap());
    assert!(backtrace.contains(&end), "{backtrace}");
    let first = backtrace.lines().next().unwrap();
    assert!(
        first.contains("faulty_handler"),
        "frames of the panic itself: {first}"
    );

    let event = capture.only_event_of("buttress_error");
    assert_eq!(event.level, Level::ERROR);
    assert_eq!(event.message, "the secret detail");
    assert_eq!(event.spans, ["request"], "on whichever thread it was sent");
    let expected = [
        ("phase", "future"),
        ("kind", "panic"),
        ("location", &place),
        ("request_id", "id-9"),
        ("method", "GET"),
        ("route", "/users/{id}"),
        ("status", "500"),
    ];
    for (field, value) in expected {
        assert_eq!(event.field(field), Some(value), "{field}");
    }
    assert!(event.field("backtrace").unwrap().contains("faulty_handler"));
    assert_eq!(event.field("source_chain"), None);
}

#[tokio::test]
async fn the_hook_that_was_there_before_runs_too_and_sees_the_request() {
    type Seen = Mutex<Vec<(Option<String>, String)>>;
    static SEEN: Seen = Mutex::new(Vec::new());
    static HOOK: Once = Once::new();
    // Whether ours was installed by another test already does not matter here:
    // what is on top of it is chained in the same way.
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let id = current_request().and_then(|request| request.id().map(str::to_owned));
            SEEN.lock().unwrap().push((id, info.to_string()));
            previous(info);
        }));
    });
    install_panic_hook();
    let service = service_fn(|_: Request<()>| panicking(|| panic!("seen by the app's hook")));
    let response = send(&layer(), service, routed("/")).await;
    assert_eq!(response.status(), 500);
    let seen = SEEN.lock().unwrap();
    let mine: Vec<_> = seen
        .iter()
        .filter(|(_, text)| text.contains("seen by"))
        .collect();
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].0.as_deref(), Some("id-9"));
    drop(seen);
    assert!(
        current_request().is_none(),
        "outside of a request there is none"
    );
}

#[tokio::test]
async fn spawned_tasks_keep_the_request_if_wrapped() {
    install_panic_hook();
    let reports = Reports::new();
    let layer = layer().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| async {
        let bare = tokio::spawn(async { current_request().is_some() });
        let kept = tokio::spawn(
            async {
                tokio::task::yield_now().await;
                current_request().and_then(|request| request.id().map(str::to_owned))
            }
            .in_current_request(),
        );
        let request = current_request().unwrap();
        let thread = std::thread::spawn(move || {
            request.enter(|| current_request().unwrap().route().map(str::to_owned))
        });
        assert!(!bare.await.unwrap());
        assert_eq!(kept.await.unwrap().as_deref(), Some("id-9"));
        assert_eq!(thread.join().unwrap().as_deref(), Some("/spawn"));
        let failed = tokio::spawn(async { panic!("in a task") }.in_current_request());
        assert!(
            failed.await.unwrap_err().is_panic(),
            "the handle tells of it as ever"
        );
        support::ok("fine")
    });
    let response = send(&layer, service, routed("/spawn")).await;
    assert_eq!(text(response).await, "fine");
    let report = reports.only();
    assert_eq!((report.kind(), report.phase()), (Kind::Panic, Phase::Task));
    assert_eq!(report.message(), "in a task");
    assert_eq!(report.request_id(), Some("id-9"));
    assert_eq!(report.route(), Some("/spawn"));
    assert_eq!(report.status(), None);
    assert!(report.location().unwrap().starts_with(file!()));
}

fn parse(text: &str) -> Result<u8, Error> {
    let number = text
        .parse::<u8>()
        .context("parsing the age")
        .context("reading the form")?;
    Ok(number)
}

#[tokio::test]
async fn an_error_names_the_line_of_its_question_mark_and_its_sources() {
    #[track_caller]
    fn here() -> u32 {
        Location::caller().line()
    }
    fn question_mark(line: &mut u32) -> Result<u8, Error> {
        *line = here() + 1;
        Ok("x".parse::<u8>()?)
    }
    let mut line = 0;
    let error = question_mark(&mut line).unwrap_err();
    assert_eq!(
        (error.location().file(), error.location().line()),
        (file!(), line)
    );

    let reports = Reports::new();
    let layer = layer().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| {
        let error = parse("x").unwrap_err();
        let response: Response<Full<Bytes>> = error.into_http();
        ready(Ok::<_, Infallible>(response))
    });
    let capture = Capture::new();
    let guard = capture.install();
    let response = send(&layer, service, routed("/form")).await;
    drop(guard);
    assert_eq!(response.status(), 500);
    let report = reports.only();
    assert_eq!(
        (report.kind(), report.phase()),
        (Kind::Error, Phase::Future)
    );
    assert_eq!(report.message(), "reading the form");
    let chain = ["parsing the age", "invalid digit found in string"];
    assert_eq!(report.source_chain(), chain);
    assert!(report.location().unwrap().starts_with(file!()));
    let event = capture.only_event_of("buttress_error");
    assert_eq!(event.field("source_chain"), Some(&*chain.join(": ")));
    assert_eq!(event.field("backtrace"), None);
}

#[tokio::test]
async fn the_fault_of_a_client_is_no_error_event() {
    let reports = Reports::new();
    let layer = layer().on_report(reports.sink());
    let service = service_fn(|_: Request<()>| {
        let response: Response<Full<Bytes>> = Error::not_found("no such user").into_http();
        ready(Ok::<_, Infallible>(response))
    });
    let capture = Capture::new();
    let guard = capture.install();
    let response = send(&layer, service, get(&[])).await;
    drop(guard);
    assert_eq!(json(response).await["detail"], "no such user");
    let event = capture.only_event_of("buttress_error");
    assert_eq!(event.level, Level::DEBUG);
    assert_eq!(event.field("route"), Some("unmatched"));
    assert!(reports.only().is_client_error());
}

#[tokio::test]
async fn development_shows_what_production_hides() {
    install_panic_hook();
    let service = || {
        service_fn(|request: Request<()>| async move {
            match request.uri().path() {
                "/panic" => panic!("the secret detail"),
                _ => Err::<Response<Full<Bytes>>, _>(
                    Error::from(Scripted("the secret detail")).context("private context"),
                ),
            }
        })
    };
    for accept in ["application/json", "text/html", "text/plain"] {
        for path in ["/panic", "/error"] {
            let request = || {
                Request::get(path)
                    .header("accept", accept)
                    .header("x-request-id", "id-3")
                    .body(())
                    .unwrap()
            };
            let production = send(&layer(), service(), request()).await;
            assert_eq!(production.status(), 500);
            let headers = format!("{:?}", production.headers());
            let body = text(production).await;
            for private in ["secret", "private", "tests/", ".rs", "panic", "Scripted"] {
                assert!(
                    !body.contains(private),
                    "{accept} {path} leaks {private}: {body}"
                );
                assert!(
                    !headers.contains(private),
                    "{accept} {path} leaks {private}: {headers}"
                );
            }
            assert!(
                body.contains("id-3"),
                "{accept} {path} lacks the id: {body}"
            );
            assert!(headers.contains("id-3"));

            let development = send(&layer().verbose(true), service(), request()).await;
            let body = text(development).await;
            let shown: &[&str] = match path {
                "/panic" => &[
                    "the secret detail",
                    "tests/reports.rs:",
                    "development_shows",
                ],
                _ => &["the secret detail", "private context", "tests/reports.rs:"],
            };
            for part in shown {
                assert!(body.contains(part), "{accept} {path} lacks {part}: {body}");
            }
        }
    }
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let hidden = service_fn(move |_: Request<()>| {
        let error = Error::new(status)
            .public("said by mistake")
            .extension("key", "leak");
        ready(Ok::<_, Infallible>(error.into_http::<Full<Bytes>>()))
    });
    let body = text(send(&layer(), hidden, get(&[])).await).await;
    assert!(
        !body.contains("mistake") && !body.contains("leak"),
        "{body}"
    );
}
