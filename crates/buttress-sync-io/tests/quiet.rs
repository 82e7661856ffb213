//! What must not be reported, in either mode.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

mod support;

use buttress_sync_io::{Kind, Mode, allow, allow_kind, allow_once, block_in_place, flush_reports};
use std::{
    collections::HashMap,
    fs,
    hint::black_box,
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime},
};
use support::{
    Place, Reports, ask, ask_router, exact, handler, quiet, the_dog_has_looked, two_workers, used,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LONG: Duration = Duration::from_millis(60);

fn block() {
    thread::sleep(LONG);
    fs::read("/etc/hosts").unwrap();
}

#[test]
fn a_sleep_of_tokio() {
    quiet(|| async { tokio::time::sleep(LONG).await });
}

#[test]
fn files_of_tokio() {
    quiet(|| async {
        tokio::fs::read("/etc/hosts").await.unwrap();
        tokio::fs::metadata("/etc/hosts").await.unwrap();
    });
}

#[test]
fn spawn_blocking() {
    quiet(|| async { tokio::task::spawn_blocking(block).await.unwrap() });
}

#[test]
fn block_in_place_of_tokio_and_ours() {
    quiet(|| async {
        tokio::task::block_in_place(block);
        block_in_place(block);
    });
}

#[test]
fn sockets_of_tokio() {
    quiet(|| async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let accepted = tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap().0;
            stream.write_all(b"hello").await.unwrap();
        });
        let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
        accepted.await.unwrap();
    });
}

#[test]
fn names_looked_up_by_tokio() {
    quiet(|| async {
        assert!(
            tokio::net::lookup_host("localhost:80")
                .await
                .unwrap()
                .count()
                > 0
        )
    });
}

#[test]
fn a_mutex_of_tokio_that_is_held() {
    quiet(|| async {
        let mutex = Arc::new(tokio::sync::Mutex::new(()));
        let held = Arc::clone(&mutex).lock_owned().await;
        tokio::spawn(async move {
            tokio::time::sleep(LONG).await;
            drop(held);
        });
        drop(mutex.lock().await);
    });
}

#[test]
fn scopes_that_allow_it() {
    quiet(|| async {
        allow(block);
        allow_kind(Kind::Sleep, || thread::sleep(LONG));
        allow(|| allow_kind(Kind::Dns, block));
    });
}

#[test]
fn what_computes_for_less_than_the_budget() {
    quiet(|| async {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(2) {
            black_box(SystemTime::now());
        }
    });
}

#[test]
fn random_numbers_locks_that_are_free_and_threads() {
    static FREE: Mutex<u32> = Mutex::new(0);
    quiet(|| async {
        let mut numbers = HashMap::new();
        numbers.insert(1, *FREE.lock().unwrap());
        assert!(rustix::process::getpid().as_raw_nonzero().get() > 0);
        drop(thread::spawn(|| 1));
        black_box((numbers, vec![1_u8; 1 << 20]));
    });
}

#[test]
fn a_body_of_8_mb() {
    let reports = Reports::default();
    let big = || async { vec![b'x'; 8 << 20] };
    let router = axum::Router::new().route("/it", axum::routing::get(big));
    let router = router.layer(reports.layer(Mode::Exact));
    two_workers(async {
        let server = buttress_testing::Server::h1(router).await;
        let mut client = buttress_testing::h1::Connection::open(server.addr()).await;
        client.get("/it", &[]).await;
        assert_eq!(client.body().await.complete().len(), 8 << 20);
        drop(client);
        server.stop().await;
    });
    assert_eq!(exact(&reports.take()).len(), 0);
}

#[test]
fn a_kind_that_the_layer_allows() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact).allow_kind(Kind::Sleep);
    two_workers(ask(layer, Place::Handler, || thread::sleep(LONG)));
    the_dog_has_looked();
    assert_eq!(reports.take().len(), 0);
}

#[test]
fn a_function_that_the_layer_allows() {
    fn legacy() {
        block();
    }
    let reports = Reports::default();
    let path = concat!(module_path!(), "::a_function_that_the_layer_allows::legacy");
    let layer = reports.layer(Mode::Exact).allow_inside(path);
    two_workers(ask(layer, Place::Handler, legacy));
    the_dog_has_looked();
    assert_eq!(reports.take().len(), 0);
}

#[test]
fn what_is_allowed_once_is_reported_the_second_time() {
    fn act() {
        allow_once("hosts", || fs::read("/etc/hosts").unwrap());
    }
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    two_workers(ask(layer.clone(), Place::Handler, act));
    assert_eq!(reports.take().len(), 0);
    two_workers(ask(layer, Place::Handler, act));
    assert_eq!(exact(&reports.take()).len(), 1);
}

/// Ended, whatever happens.
struct Busy(Vec<Child>);

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_host_without_cpu() {
    let busy = || {
        Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .unwrap()
    };
    let _busy = Busy((0..8).map(|_| busy()).collect());
    let compute = || async {
        let start = used();
        while used() - start < Duration::from_millis(8) {
            black_box(start);
        }
    };
    for mode in [Mode::Watch, Mode::Exact] {
        let reports = Reports::default();
        let router = handler(compute).layer(reports.layer(mode));
        two_workers(async {
            for _ in 0..5 {
                ask_router(router.clone()).await;
            }
        });
        assert!(flush_reports(Duration::from_secs(60)));
        assert_eq!(reports.take().len(), 0);
    }
}
