//! When a process has had enough.

mod support;

use buttress_error::{CatchPanicLayer, ErrorLayer, PanicBudget};
use buttress_testing::{Gate, ManualClock, Server, h1, service::service_fn, within};
use http::{Request, StatusCode};
use std::{
    hint,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use support::{Nothing, get, ok, panicking, send};
use tower::{Layer, ServiceExt};

/// A budget that counts how often it trips.
fn counted(panics: usize) -> (PanicBudget, Arc<AtomicUsize>) {
    let trips = Arc::new(AtomicUsize::new(0));
    let budget = PanicBudget::new(panics, Duration::from_secs(10));
    let seen = trips.clone();
    let budget = budget.on_trip(move || {
        seen.fetch_add(1, Ordering::SeqCst);
    });
    (budget, trips)
}

#[test]
fn it_trips_once_beyond_the_number_within_the_window() {
    let clock = ManualClock::new();
    let (budget, trips) = counted(2);
    let time = clock.clone();
    let budget = budget.clock(move || time.now());
    for _ in 0..10 {
        budget.record_panic();
        clock.advance(Duration::from_secs(5));
    }
    assert!(!budget.is_tripped(), "two in ten seconds are allowed");
    budget.record_panic();
    budget.record_panic();
    assert!(budget.is_tripped());
    assert_eq!(trips.load(Ordering::SeqCst), 1);
    for _ in 0..10 {
        budget.record_panic();
    }
    assert_eq!(trips.load(Ordering::SeqCst), 1);
}

#[test]
fn it_tells_what_is_spent_as_time_goes_by() {
    let clock = ManualClock::new();
    let (budget, _) = counted(2);
    let time = clock.clone();
    let budget = budget.clock(move || time.now());
    let told = || (budget.recent(), budget.allowed(), budget.total());
    assert_eq!(told(), (0, 2, 0));
    budget.record_panic();
    clock.advance(Duration::from_secs(6));
    budget.record_panic();
    assert_eq!(told(), (2, 2, 2));
    clock.advance(Duration::from_secs(4));
    assert_eq!(told(), (1, 2, 2));
    clock.advance(Duration::from_secs(6));
    assert_eq!(told(), (0, 2, 2));
    for _ in 0..10 {
        budget.record_panic();
    }
    // Beyond the allowance they are not told apart.
    assert_eq!(told(), (3, 2, 12));
}

/// Two threads meet at each of many budgets, so that they go beyond it in the same
/// moment, now and then.
#[test]
fn it_trips_once_if_two_threads_go_beyond_it_at_once() {
    let budgets: Vec<_> = (0..50_000)
        .map(|_| (counted(0), AtomicUsize::new(0)))
        .collect();
    let go_through = || {
        for ((budget, _), arrived) in &budgets {
            arrived.fetch_add(1, Ordering::SeqCst);
            let mut looks = 0;
            while arrived.load(Ordering::SeqCst) < 2 {
                looks += 1;
                match looks {
                    // The other one comes in a moment, unless it has no processor.
                    ..1_000 => hint::spin_loop(),
                    _ => thread::yield_now(),
                }
            }
            budget.trip();
        }
    };
    thread::scope(|scope| {
        scope.spawn(go_through);
        scope.spawn(go_through);
    });
    for ((_, trips), _) in &budgets {
        assert_eq!(trips.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn the_exit_code_tells_of_the_trip() {
    let budget = PanicBudget::new(0, Duration::from_secs(1));
    // ExitCode has no equality.
    let text = |code: ExitCode| format!("{code:?}");
    assert_eq!(text(budget.exit_code()), text(ExitCode::SUCCESS));
    budget.record_panic();
    assert_eq!(text(budget.exit_code()), text(ExitCode::from(70)));
    let budget = PanicBudget::new(0, Duration::from_secs(1)).exit_with(3);
    budget.trip();
    assert_eq!(text(budget.exit_code()), text(ExitCode::from(3)));
}

#[test]
fn a_panic_in_on_trip_is_survived() {
    let budget = PanicBudget::new(0, Duration::from_secs(1)).on_trip(|| panic!("trip"));
    budget.record_panic();
    assert!(budget.is_tripped());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_panics_at_once_trip_it_once_and_others_get_their_200() {
    let gate = Gate::new();
    let (budget, trips) = counted(20);
    let service = {
        let gate = gate.clone();
        service_fn(move |request: Request<_>| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                match request.uri().path() {
                    "/slow" => ok("fine"),
                    _ => panicking(|| panic!("at once")).await,
                }
            }
        })
    };
    // Two layers, as of two routes, with one budget.
    let layer = ErrorLayer::new().panic_budget(budget.clone());
    let server = Server::h1(layer.clone().layer(service)).await;
    let addr = server.addr();
    let client = |path: &'static str| async move {
        let mut client = h1::Connection::open(addr).await;
        let status = client.get(path, &[]).await.status;
        let _ = client.body().await.complete();
        status
    };
    let slow: Vec<_> = (0..20).map(|_| tokio::spawn(client("/slow"))).collect();
    let bad: Vec<_> = (0..200).map(|_| tokio::spawn(client("/panic"))).collect();
    within("a request", gate.reached()).await;
    gate.open();
    for task in bad {
        assert_eq!(task.await.unwrap(), StatusCode::INTERNAL_SERVER_ERROR);
    }
    for task in slow {
        assert_eq!(task.await.unwrap(), StatusCode::OK);
    }
    server.stop().await;
    assert!(budget.is_tripped());
    assert_eq!(trips.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_poisoned_mutex_is_a_repeated_failure_and_trips_it() {
    let (budget, trips) = counted(3);
    let layer = ErrorLayer::new().panic_budget(budget.clone());
    let shared = Arc::new(Mutex::new(0));
    let service = service_fn(move |request: Request<()>| {
        let shared = shared.clone();
        async move {
            let mut number = shared.lock().unwrap();
            *number += 1;
            assert!(
                request.headers().is_empty() || !request.headers().contains_key("poison"),
                "poisoned"
            );
            ok("fine")
        }
    });
    let status = |poison: bool| {
        let headers: &[_] = if poison { &[("poison", "1")] } else { &[] };
        let (layer, service) = (layer.clone(), service.clone());
        let request = get(headers);
        async move { send(&layer, service, request).await.status() }
    };
    assert_eq!(status(false).await, 200);
    assert_eq!(status(true).await, 500);
    for _ in 0..3 {
        assert!(!budget.is_tripped());
        assert_eq!(status(false).await, 500);
    }
    assert!(budget.is_tripped());
    assert_eq!(trips.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn errors_do_not_count_and_panics_of_either_layer_do() {
    let (budget, _) = counted(1);
    let errors = ErrorLayer::new().panic_budget(budget.clone());
    for _ in 0..5 {
        let service = service_fn(|_: Request<()>| {
            std::future::ready(Nothing::Err(buttress_testing::Scripted("x")))
        });
        assert_eq!(send(&errors, service, get(&[])).await.status(), 500);
    }
    assert!(!budget.is_tripped());
    let panics = CatchPanicLayer::new().panic_budget(budget.clone());
    let service = service_fn(|_: Request<()>| panicking(|| panic!("x")));
    panics.layer(service).oneshot(get(&[])).await.unwrap();
    assert!(!budget.is_tripped());
    send(&errors, service, get(&[])).await;
    assert!(budget.is_tripped());
}
