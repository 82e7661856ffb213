//! Watch: whatever blocks for longer than the budget is reported, with its kind
//! and its line, in each place.

use crate::support::{Act, PLACES, Reports, ask, check, server_that_takes, two_workers, used};
use buttress_sync_io::{Kind, Mode, Tier};
use std::{
    fs::{self, File},
    hint::black_box,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Condvar, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

/// So far over the budget that the watchdog sees it on a host without CPU as well.
const LONG: Duration = Duration::from_secs(2);
/// The same, of CPU time.
const HOG: Duration = Duration::from_millis(400);
/// Locks are given a hundred times the budget while the host is short of CPU.
const LOCKED: Duration = Duration::from_secs(3);

/// Does `act` in each place; one report each, of one of these kinds, whose line
/// has this text.
fn stalls(act: Act, kinds: &[Kind], line: &str) {
    thread::scope(|scope| {
        for place in PLACES {
            scope.spawn(move || {
                let reports = Reports::default();
                two_workers(ask(reports.layer(Mode::Watch), place, act));
                let found = reports.wait();
                let [report] = &*found else {
                    panic!("{place:?}: {}", crate::support::all(&found))
                };
                assert_eq!(report.tier, Tier::Watch);
                assert!(kinds.contains(&report.kind), "{place:?}: {report}");
                check(report, report.kind, line);
                assert!(report.elapsed >= Some(Duration::from_millis(20)));
                assert_eq!(report.route.as_deref(), Some("/it"));
            });
        }
    });
}

#[test]
fn a_sleep_by_inline_assembly() {
    #[allow(unsafe_code, reason = "there is no other way to make such a call")]
    fn act() {
        let time = [LONG.as_secs(), 0];
        // SAFETY: nanosleep reads a `timespec`, and writes none.
        unsafe {
            std::arch::asm!(
                "syscall",
                inlateout("rax") libc::SYS_nanosleep => _,
                in("rdi") time.as_ptr(),
                in("rsi") 0,
                out("rcx") _,
                out("r11") _,
            );
        }
    }
    stalls(act, &[Kind::Sleep], "asm!(");
}

#[test]
fn a_sleep_of_rustix() {
    fn act() {
        let time = rustix::time::Timespec {
            tv_sec: LONG.as_secs() as i64,
            tv_nsec: 0,
        };
        let _ = black_box(rustix::thread::nanosleep(&time));
    }
    stalls(act, &[Kind::Sleep], "nanosleep(");
}

#[test]
fn files_that_are_read_again_and_again() {
    fn act() {
        let start = used();
        while used() - start < HOG {
            assert!(!fs::read("/proc/self/exe").unwrap().is_empty()); // reads
        }
    }
    // From memory: it is the copying that takes its time.
    stalls(act, &[Kind::Cpu, Kind::File], "// reads");
}

#[test]
fn files_that_are_synced() {
    fn act() {
        let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let start = Instant::now();
        // Until the disk, which is not ours alone, has taken its time.
        while start.elapsed() < LONG {
            file.write_all(&[1; 1 << 16]).unwrap(); // writes
            file.sync_all().unwrap(); // writes
        }
        drop(file); // writes
    }
    stalls(act, &[Kind::File, Kind::Cpu], "// writes");
}

#[test]
fn metadata_and_directories() {
    fn act() {
        let start = used();
        while used() - start < HOG {
            // So often that whoever looks finds it here, and not where it asks for the
            // time.
            for _ in 0..100 {
                assert!(fs::metadata("/etc/hosts").unwrap().is_file()); // looks
                assert!(fs::read_dir("/etc").unwrap().count() > 0); // looks
            }
        }
    }
    stalls(
        act,
        &[Kind::Cpu, Kind::Directory, Kind::Metadata],
        "// looks",
    );
}

#[test]
fn a_connect() {
    fn act() {
        let server = server_that_takes(LONG);
        drop(TcpStream::connect(server).unwrap());
    }
    stalls(act, &[Kind::Network], "TcpStream::connect(");
}

#[test]
fn a_read_of_a_socket() {
    fn act() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        thread::spawn(move || {
            let mut served = server.accept().unwrap().0;
            thread::sleep(LONG);
            served.write_all(b"hello").unwrap();
        });
        assert!(client.read(&mut [0; 64]).unwrap() > 0);
    }
    stalls(act, &[Kind::Network], "client.read(");
}

#[test]
fn a_blocking_http_client() {
    fn act() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = server.local_addr().unwrap();
        thread::spawn(move || {
            let mut served = server.accept().unwrap().0;
            assert!(served.read(&mut [0; 1024]).unwrap() > 0);
            thread::sleep(LONG);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            served.write_all(answer).unwrap();
        });
        assert!(ureq::get(format!("http://{addr}/")).call().is_ok());
    }
    stalls(act, &[Kind::Network], "ureq::get(");
}

#[test]
fn a_print_to_a_pipe_that_is_full() {
    fn act() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let (mut reader, mut writer) = (File::from(reader), File::from(writer));
        let reads = thread::spawn(move || {
            thread::sleep(LONG);
            drop(reader.read_to_end(&mut Vec::new()));
        });
        let room = rustix::pipe::fcntl_getpipe_size(&writer).unwrap();
        writer.write_all(&vec![b'.'; room]).unwrap();
        writeln!(writer, "hello").unwrap();
        drop(writer);
        drop(reads);
    }
    stalls(act, &[Kind::Pipe], "writeln!(");
}

#[test]
fn a_process() {
    fn act() {
        let output = Command::new("sleep").arg("2").output().unwrap(); // runs
        assert!(output.status.success());
    }
    stalls(act, &[Kind::Wait, Kind::Pipe, Kind::Process], "// runs");
}

#[test]
fn the_end_of_a_process() {
    fn act() {
        let mut child = Command::new("sleep").arg("2").spawn().unwrap();
        assert!(child.wait().unwrap().success());
    }
    stalls(act, &[Kind::Wait], "child.wait()");
}

#[test]
fn the_end_of_a_thread() {
    fn act() {
        let thread = thread::spawn(|| thread::sleep(LONG));
        thread.join().unwrap();
    }
    stalls(act, &[Kind::Wait], "thread.join()");
}

#[test]
fn a_mutex_of_parking_lot() {
    fn act() {
        let mutex = std::sync::Arc::new(parking_lot::Mutex::new(()));
        let (held, (is_held, wait)) = (mutex.clone(), mpsc::channel());
        thread::spawn(move || {
            let _guard = held.lock();
            is_held.send(()).unwrap();
            thread::sleep(LOCKED);
        });
        wait.recv().unwrap();
        drop(mutex.lock()); // waits
    }
    stalls(act, &[Kind::Lock], "// waits");
}

#[test]
fn a_channel_that_is_empty() {
    fn act() {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            thread::sleep(LOCKED);
            sender.send(1).unwrap();
        });
        assert_eq!(receiver.recv(), Ok(1));
    }
    stalls(act, &[Kind::Lock], "receiver.recv()");
}

#[test]
fn a_condition_that_does_not_come() {
    fn act() {
        let (mutex, never) = (Mutex::new(()), Condvar::new());
        let held = mutex.lock().unwrap();
        let (held, waited) = never.wait_timeout(held, LOCKED).unwrap();
        assert!(waited.timed_out());
        drop(held);
    }
    stalls(act, &[Kind::Lock], "never.wait_timeout(");
}

#[test]
fn a_lock_on_a_file() {
    fn act() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::create(folder.path().join("lock")).unwrap();
        let (file, held) = (open(), open());
        let exclusive = rustix::fs::FlockOperation::LockExclusive;
        rustix::fs::flock(&held, exclusive).unwrap();
        thread::spawn(move || {
            thread::sleep(LOCKED);
            drop(held);
        });
        rustix::fs::flock(&file, exclusive).unwrap();
        black_box(());
    }
    stalls(act, &[Kind::Lock], "rustix::fs::flock(&file");
}

#[test]
fn sqlite_that_another_connection_has_locked() {
    fn act() {
        let folder = tempfile::tempdir().unwrap();
        let open = || rusqlite::Connection::open(folder.path().join("data")).unwrap();
        let (other, data) = (open(), open());
        other.execute_batch("begin exclusive").unwrap();
        data.busy_timeout(LONG).unwrap();
        let refused = data.execute_batch("create table t(x)"); // asks
        assert!(refused.is_err());
    }
    // It sleeps, and asks again.
    stalls(act, &[Kind::Sleep], "// asks");
}

#[test]
fn a_loop_that_computes() {
    fn act() {
        let start = used(); // computes
        while used() - start < HOG {
            // So long that whoever looks finds it here.
            (0..1_000_000).for_each(|number| _ = black_box(number)); // computes
        }
    }
    stalls(act, &[Kind::Cpu], "computes");
}

#[test]
fn a_loop_that_only_yields() {
    fn act() {
        let start = used();
        // It gets little, where others want to compute as well.
        while used() - start < HOG / 3 {
            (0..1000).for_each(|_| thread::yield_now()); // yields
        }
    }
    // What it is doing when it is looked at is known if it waits for a CPU there.
    stalls(act, &[Kind::Cpu, Kind::Unknown], "yields");
}
