//! The watch tier: what takes longer than the budget is reported, with the line.

use crate::support::{PLACES, Place, Reports, ask, check, two_workers, used};
use buttress_sync_io::{Kind, Mode, Tier, WatchBlocking};
use std::{
    io::ErrorKind,
    net::UdpSocket,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

#[test]
fn a_sleep_is_reported_with_its_line_in_each_place() {
    fn sleep() {
        thread::sleep(Duration::from_millis(400));
        // Optimised, it would jump there, and was called by a pointer.
        std::hint::black_box(());
    }
    for place in PLACES {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Watch), place, sleep));
        let [report] = &*reports.wait() else {
            panic!("{place:?}")
        };
        assert_eq!((report.tier, report.kind), (Tier::Watch, Kind::Sleep));
        assert_eq!(report.call, Some("clock_nanosleep"));
        assert_eq!(report.route.as_deref(), Some("/it"));
        assert_eq!(report.method.as_deref(), Some("GET"));
        check(report, Kind::Sleep, "thread::sleep(");
        assert!(report.elapsed.unwrap() >= Duration::from_millis(20));
    }
}

#[test]
fn a_poll_that_computes_is_reported_with_its_line() {
    fn compute() {
        let start = used();
        while used() - start < Duration::from_millis(300) {
            // So long that whoever looks finds it here, and not where it asks for
            // the time.
            for number in 0..100_000 {
                std::hint::black_box(number);
            }
        }
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Watch), Place::Handler, compute));
    let [report] = &*reports.wait() else { panic!() };
    assert_eq!(report.kind, Kind::Cpu);
    let location = report.location().expect("there are line tables");
    assert!(location.function().contains("compute"), "{report}");
    assert!(report.cpu.unwrap() >= Duration::from_millis(20));
}

#[test]
fn a_socket_is_named_by_its_peer() {
    fn receive() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect("127.0.0.1:9").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(400)))
            .unwrap();
        // Not interrupted: nobody is sent a signal.
        let error = socket.recv(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Watch), Place::Handler, receive));
    let [report] = &*reports.wait() else { panic!() };
    check(report, Kind::Network, "socket.recv(");
    assert_eq!(report.target.as_deref(), Some("udp 127.0.0.1:9"));
}

#[test]
fn a_lock_is_told_from_other_waits() {
    static MUTEX: Mutex<()> = Mutex::new(());
    fn lock() {
        let locked = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&locked);
        thread::spawn(move || {
            let _held = MUTEX.lock().unwrap();
            set.store(true, SeqCst);
            thread::sleep(Duration::from_millis(3000));
        });
        while !locked.load(SeqCst) {
            thread::yield_now();
        }
        drop(MUTEX.lock().unwrap()); // waits
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Watch), Place::Handler, lock));
    let [report] = &*reports.wait() else { panic!() };
    check(report, Kind::Lock, "// waits");
}

#[test]
fn a_poll_that_does_not_end_is_reported_all_the_same() {
    fn wait() {
        while !IS_SEEN.load(SeqCst) {
            thread::sleep(Duration::from_secs(3));
        }
    }
    static IS_SEEN: AtomicBool = AtomicBool::new(false);
    let reports = Reports::default();
    let layer = reports.layer(Mode::Watch);
    let app = thread::spawn(move || two_workers(ask(layer, Place::Handler, wait)));
    let [report] = &*reports.wait() else { panic!() };
    assert!(report.ongoing, "{report}");
    IS_SEEN.store(true, SeqCst);
    app.join().unwrap();
    assert_eq!(reports.take().len(), 0);
}

#[test]
fn a_task_is_watched_by_its_name() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Watch);
    two_workers(async {
        let job = async { thread::sleep(Duration::from_millis(400)) };
        tokio::spawn(job.watch_blocking_as("mail", &layer))
            .await
            .unwrap();
        tokio::spawn(async { 1 }.watch_blocking("quick"))
            .await
            .unwrap();
    });
    let [report] = &*reports.wait() else { panic!() };
    assert_eq!(report.job.as_deref(), Some("mail"));
    assert_eq!((&report.method, &report.route), (&None, &None));
    assert_eq!(layer.counters().of(Kind::Sleep), 1);
}
