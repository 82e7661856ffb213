use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

// Below the ports that the system gives to clients (32768 and up): one that
// knocks at the port of a killed server again and again could else be given
// that very port, and be connected to itself.
const FIRST: u32 = 15_000;
const COUNT: u32 = 17_000;

/// A port of 127.0.0.1 that is free now, and that the system gives to nobody.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests run in several processes at once: each starts elsewhere.
    let base = process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + base.wrapping_add(step) % COUNT;
        let port = u16::try_from(port).expect("all of the range are ports");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port of 127.0.0.1 is free");
}
