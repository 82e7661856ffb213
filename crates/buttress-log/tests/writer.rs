//! The writer under readers that are slow, stuck or gone.

mod support;

use buttress_log::{AccessLogLayer, Overflow, Stats, Writer};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Full;
use std::{
    convert::Infallible,
    fs::OpenOptions,
    future::ready,
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::{
        Arc, Condvar, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};
use support::Text;
use tower::{Layer, Service, service_fn};

const SOON: Duration = Duration::from_secs(10);

/// A request with a line of about `bytes`.
fn send(layer: &AccessLogLayer, bytes: usize) {
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let path = format!("/{}", "x".repeat(bytes));
    let request = Request::get(path).body(()).unwrap();
    let answered = layer.layer(service).call(request).now_or_never();
    assert!(answered.is_some());
}

/// Takes nothing until it is opened.
#[derive(Clone, Default)]
struct Stuck(Arc<(Mutex<bool>, Condvar)>, Text);

impl Stuck {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_written_and_dropped_are_all_lines_and_memory_is_bounded() {
    let stuck = Stuck::default();
    let capacity = 256 * 1024;
    let (writer, guard) = Writer::builder()
        .capacity(capacity)
        .to(stuck.clone())
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..2_000 {
        send(&layer, 2_000);
        assert!(writer.stats().pending_bytes <= capacity as u64);
    }
    let Stats { overflowed, .. } = writer.stats();
    assert!(overflowed > 1_000, "{overflowed}");
    stuck.open();
    guard.flush(SOON).unwrap();
    let stats = writer.stats();
    assert_eq!(stats.written + stats.dropped(), 2_000);
    assert_eq!(
        stuck
            .1
            .bytes()
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64,
        stats.written
    );
}

#[test]
fn each_dropped_line_is_told_once() {
    let stuck = Stuck::default();
    let (writer, guard) = Writer::builder()
        .capacity(64 * 1024)
        .to(stuck.clone())
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..1_000 {
        send(&layer, 500);
    }
    stuck.open();
    guard.flush(SOON).unwrap();
    for _ in 0..3 {
        send(&layer, 1);
    }
    guard.flush(SOON).unwrap();
    let text = String::from_utf8(stuck.1.bytes()).unwrap();
    let told = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: u64 = told.filter_map(|line| line["dropped"].as_u64()).sum();
    assert_eq!(told, writer.stats().dropped());
}

#[test]
fn shutdown_with_a_full_queue_and_a_dead_reader_returns_within_its_deadline() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let builder = Writer::builder().capacity(64 * 1024);
    let (writer, guard) = builder
        .shutdown_deadline(Duration::from_millis(100))
        .to(ours)
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    // More than the socket and the writer can hold.
    for _ in 0..1_000 {
        send(&layer, 2_000);
    }
    let start = Instant::now();
    let outcome = guard.shutdown();
    // Far above the deadline, and far below for ever.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(outcome.unwrap_err().pending_bytes() > 0);
    drop(theirs);
}

#[test]
fn a_closed_pipe_is_counted_and_told_and_ends_nothing() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let errors = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&errors);
    let builder = Writer::builder().on_error(move |error| told.lock().unwrap().push(error.kind()));
    let (writer, guard) = builder.to(ours).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..100 {
        send(&layer, 10);
    }
    guard.flush(SOON).unwrap();
    let stats = writer.stats();
    assert_eq!(
        (stats.written, stats.failed, stats.dropped()),
        (0, 100, 100)
    );
    assert!(stats.write_errors > 0);
    assert!(
        errors
            .lock()
            .unwrap()
            .iter()
            .all(|&kind| kind == io::ErrorKind::BrokenPipe)
    );
}

#[test]
fn a_full_disk_is_counted() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (writer, guard) = Writer::builder().to(full).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..100 {
        send(&layer, 10);
    }
    guard.flush(SOON).unwrap();
    let stats = writer.stats();
    assert_eq!(stats.written + stats.failed, 100);
    assert_eq!(stats.written, 0);
}

#[test]
fn a_sink_that_panics_costs_its_lines_and_the_next_are_tried_again() {
    /// Panics until it is opened.
    struct Bomb(Arc<AtomicBool>, Text);
    impl Write for Bomb {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert!(self.0.load(SeqCst), "no sink");
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (open, text) = (Arc::new(AtomicBool::new(false)), Text::default());
    let (writer, guard) = Writer::builder()
        // What the app does with an error is no end either.
        .on_error(|_| panic!("no report"))
        .to(Bomb(Arc::clone(&open), text.clone()))
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    send(&layer, 10);
    guard.flush(SOON).unwrap();
    assert_eq!((writer.stats().failed, writer.stats().written), (1, 0));
    open.store(true, SeqCst);
    send(&layer, 10);
    guard.shutdown().unwrap();
    assert_eq!((writer.stats().failed, writer.stats().written), (1, 1));
    assert!(
        String::from_utf8(text.bytes())
            .unwrap()
            .contains("\"dropped\":1")
    );
}

#[test]
fn an_error_hook_that_logs_to_the_full_writer_does_not_wait_for_itself() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let own: Arc<OnceLock<AccessLogLayer>> = Arc::default();
    let builder = Writer::builder()
        .capacity(16 * 1024)
        .overflow(Overflow::Block);
    let hook = Arc::clone(&own);
    let builder = builder.on_error(move |_| {
        if let Some(layer) = hook.get() {
            (0..100).for_each(|_| send(layer, 200));
        }
    });
    let (writer, guard) = builder.to(Full).unwrap();
    let layer = own.get_or_init(|| AccessLogLayer::new(writer.clone()));
    send(layer, 10);
    guard.flush(SOON).unwrap();
    guard.shutdown().unwrap();
    assert!(writer.stats().dropped() > 100);
}

#[test]
fn settings_of_nothing_hang_nobody() {
    for overflow in [Overflow::DropNewest, Overflow::Block] {
        let text = Text::default();
        let builder = Writer::builder().capacity(0).tick(Duration::ZERO);
        let (writer, guard) = builder.overflow(overflow).to(text.clone()).unwrap();
        send(&AccessLogLayer::new(writer.clone()), 10);
        guard.shutdown().unwrap();
        assert_eq!((writer.stats().overflowed, text.bytes().len()), (1, 0));
    }
    let text = Text::default();
    let builder = Writer::builder().tick(Duration::ZERO);
    let (writer, guard) = builder.to(text).unwrap();
    (0..100).for_each(|_| send(&AccessLogLayer::new(writer.clone()), 10));
    guard.shutdown().unwrap();
    assert_eq!(writer.stats().written, 100);
}

#[test]
fn the_guard_may_go_last_or_first_and_twice_is_once() {
    let text = Text::default();
    let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    send(&layer, 10);
    // All handles are gone before the guard.
    drop((writer, layer));
    drop(guard);
    assert_eq!(
        text.bytes().iter().filter(|&&byte| byte == b'\n').count(),
        1
    );

    let (writer, guard) = Writer::builder().to(text).unwrap();
    drop(guard);
    assert!(writer.flush(SOON).is_ok());
    writer.reopen();
    drop(writer);
}

#[test]
fn those_who_must_have_every_line_wait_for_room() {
    let stuck = Stuck::default();
    let builder = Writer::builder()
        .capacity(64 * 1024)
        .overflow(Overflow::Block);
    let (writer, guard) = builder.to(stuck.clone()).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    let sender = thread::spawn(move || (0..500).for_each(|_| send(&layer, 1_000)));
    // It gets as far as there is room, and then no further.
    while writer.stats().pending_bytes < 8_000 {
        thread::yield_now();
    }
    assert!(!sender.is_finished());
    stuck.open();
    sender.join().unwrap();
    guard.flush(SOON).unwrap();
    let stats = writer.stats();
    assert_eq!((stats.written, stats.dropped()), (500, 0));
}

#[test]
fn a_line_longer_than_a_buffer_is_dropped_and_counted_in_either_mode() {
    for overflow in [Overflow::DropNewest, Overflow::Block] {
        let text = Text::default();
        let builder = Writer::builder().capacity(1_024).overflow(overflow);
        let (writer, guard) = builder.to(text).unwrap();
        send(&AccessLogLayer::new(writer.clone()), 2_000);
        guard.flush(SOON).unwrap();
        assert_eq!(writer.stats().overflowed, 1);
    }
}

#[test]
fn lines_after_the_guard_is_gone_are_counted() {
    let text = Text::default();
    let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    send(&layer, 10);
    drop(guard);
    send(&layer, 10);
    let stats = writer.stats();
    assert_eq!((stats.written, stats.overflowed), (1, 1));
}

#[test]
fn a_writer_that_went_to_sleep_wakes_for_a_line() {
    let text = Text::default();
    let (writer, _guard) = Writer::builder()
        .tick(Duration::from_micros(10))
        .to(text.clone())
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for round in 0..20 {
        send(&layer, 10);
        let start = Instant::now();
        // Without a flush, which would wake it itself.
        while writer.stats().written <= round {
            assert!(
                start.elapsed() < SOON,
                "the line of round {round} never came"
            );
            thread::sleep(Duration::from_millis(3));
        }
    }
}

#[test]
fn threads_at_once_lose_nothing_and_split_nothing() {
    let text = Text::default();
    let (writer, guard) = Writer::builder()
        .tick(Duration::from_micros(100))
        .to(text.clone())
        .unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..500).for_each(|_| send(&layer, 100)));
        }
    });
    guard.flush(SOON).unwrap();
    let text = String::from_utf8(text.bytes()).unwrap();
    assert_eq!(text.lines().count(), 4_000);
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

/// Requests on two workers while nobody reads the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_never_reads_stops_no_request() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (writer, guard) = Writer::builder().capacity(128 * 1024).to(ours).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..10_000 {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, 100) })
            .await
            .unwrap();
    }
    assert!(writer.stats().overflowed > 0);
    drop(theirs);
    guard.flush(SOON).unwrap();
    let stats = writer.stats();
    assert_eq!(stats.written + stats.dropped(), 10_000);
}
