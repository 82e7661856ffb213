//! A Redis of the test's own, and what can be done to it.

use buttress_testing::{Redis, redis::Reply};
use std::{
    io::{Read, Write},
    net::TcpStream,
    panic::catch_unwind,
    time::Duration,
};

#[test]
fn two_of_them_share_no_data() {
    let (one, other) = (Redis::start(), Redis::start());
    assert_eq!(one.command(&["SET", "k", "v"]).text(), "OK");
    assert_eq!(one.command(&["GET", "k"]).text(), "v");
    assert_eq!(other.command(&["GET", "k"]), Reply::Nil);
    assert_eq!(one.url(), format!("redis://{}", one.addr()));
}

#[test]
fn replies_of_each_kind_are_read() {
    let redis = Redis::start();
    assert_eq!(redis.command(&["INCR", "n"]).int(), 1);
    assert_eq!(redis.command(&["RPUSH", "l", "a", "b"]).int(), 2);
    let items = redis.command(&["LRANGE", "l", "0", "-1"]).array();
    assert_eq!(items.into_iter().map(Reply::text).collect::<String>(), "ab");
    let refused = redis.command(&["NOSUCH"]);
    assert!(matches!(refused, Reply::Error(_)), "{refused:?}");
}

#[test]
fn a_killed_one_refuses_and_comes_back_empty_on_its_port() {
    let mut redis = Redis::start();
    let _ = redis.command(&["SET", "k", "v"]);
    let addr = redis.addr();
    redis.kill();
    assert!(TcpStream::connect(addr).is_err());
    redis.restart();
    assert_eq!(redis.addr(), addr);
    assert_eq!(redis.command(&["GET", "k"]), Reply::Nil);
}

#[test]
fn one_with_a_log_comes_back_with_its_data() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let _ = redis.command(&["SET", "k", "v"]);
    redis.restart();
    assert_eq!(redis.command(&["GET", "k"]).text(), "v");
}

#[test]
fn a_frozen_one_answers_when_it_is_thawed() {
    let redis = Redis::start();
    let mut stream = TcpStream::connect(redis.addr()).unwrap();
    redis.freeze();
    stream.write_all(b"PING\r\n").unwrap();
    let patience = Duration::from_millis(50);
    stream.set_read_timeout(Some(patience)).unwrap();
    let mut reply = [0; 7];
    assert!(stream.read(&mut reply).is_err());
    redis.thaw();
    stream.set_read_timeout(None).unwrap();
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, b"+PONG\r\n");
}

#[test]
fn it_ends_when_its_test_panics() {
    let panic = catch_unwind(|| {
        let redis = Redis::start();
        std::panic::panic_any(redis.addr());
    });
    let addr = *panic.unwrap_err().downcast().unwrap();
    let _: std::net::SocketAddr = addr;
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn calls_count_what_scripts_do_and_a_watch_does_not() {
    let redis = Redis::start();
    let mut watch = redis.watch();
    let script = "return redis.call('SET', KEYS[1], 1)";
    let _ = redis.command(&["EVAL", script, "1", "k"]);
    let _ = redis.command(&["GET", "k"]);
    assert_eq!(watch.names(), ["eval", "get"]);
    assert_eq!(watch.names(), [""; 0]);
    let _ = redis.command(&["GET", "\"] k"]);
    assert_eq!(watch.lines(), [r#""GET" "\"] k""#]);
    let calls = redis.calls();
    assert_eq!((calls["set"], calls["get"], calls["eval"]), (1, 2, 1));
}
