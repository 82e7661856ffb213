//! A Postgres of the test's own, and what can be done to it.

use buttress_testing::Postgres;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// Asks whether TLS is spoken (`SSLRequest`), which it is not.
const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

fn connect(postgres: &Postgres) -> std::io::Result<TcpStream> {
    let url = postgres.url();
    let (_, addr) = url.split_once('@').unwrap();
    TcpStream::connect(addr.trim_end_matches("/postgres"))
}

fn answer(stream: &mut TcpStream) -> std::io::Result<u8> {
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

// One test, since each cluster takes a second to make.
#[test]
fn it_is_frozen_thawed_killed_and_restarted() {
    let mut postgres = Postgres::start();
    let mut stream = connect(&postgres).unwrap();
    stream.write_all(&QUESTION).unwrap();
    assert_eq!(answer(&mut stream).unwrap(), b'N');

    postgres.freeze();
    let mut stream = connect(&postgres).unwrap();
    stream.write_all(&QUESTION).unwrap();
    let patience = Duration::from_millis(50);
    stream.set_read_timeout(Some(patience)).unwrap();
    assert!(answer(&mut stream).is_err());
    postgres.thaw();
    stream.set_read_timeout(None).unwrap();
    assert_eq!(answer(&mut stream).unwrap(), b'N');

    postgres.kill();
    assert!(connect(&postgres).is_err());
    postgres.restart();
    let mut stream = connect(&postgres).unwrap();
    stream.write_all(&QUESTION).unwrap();
    assert_eq!(answer(&mut stream).unwrap(), b'N');
}
