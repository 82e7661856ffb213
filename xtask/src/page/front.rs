//! A way to the app that has one page more: the frame for its page, of the same origin.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

const FRAME: &str = include_str!("frame.html");

/// Listens until the process ends; gives its address.
pub(super) fn start(app: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // What goes wrong with a connection, the browser shows.
            thread::spawn(move || serve(client, app));
        }
    });
    Ok(address)
}

/// Answers `/frame/WIDTH/HEIGHT`, and hands any other connection on.
fn serve(mut client: TcpStream, app: SocketAddr) -> io::Result<()> {
    let mut head = vec![0; 1024];
    let length = client.read(&mut head)?;
    head.truncate(length);
    let text = String::from_utf8_lossy(&head).into_owned();
    if let Some(size) = text.strip_prefix("GET /frame/") {
        let size = size.split(' ').next().unwrap_or_default();
        let (width, height) = size.split_once('/').unwrap_or((size, "1000"));
        let page = FRAME.replace("WIDTH", width).replace("HEIGHT", height);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
        return client.write_all([head, &page].concat().as_bytes());
    }
    let mut server = TcpStream::connect(app)?;
    server.write_all(&head)?;
    let (mut back, mut forth) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let copied = io::copy(&mut back, &mut forth);
        forth.shutdown(Shutdown::Both).and(copied)
    });
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Write)
}
