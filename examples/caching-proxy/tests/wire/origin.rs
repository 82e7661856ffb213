//! An origin over bare sockets: each path has a queue of answers, and a log of what
//! came.

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// What the origin does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These bytes, and the connection stays open.
    Bytes(Vec<u8>),
    /// These bytes, and the end of the connection.
    Close(Vec<u8>),
    /// Nothing for this long, then the end of the connection.
    Silence(Duration),
    /// The first bytes at once, the others when the test says so.
    Halves(Vec<u8>, Arc<Mutex<Receiver<()>>>, Vec<u8>),
}

impl Answer {
    /// An answer in two halves, and what lets the second one go.
    pub(crate) fn halves(first: &str, second: &str) -> (Self, Sender<()>) {
        let (release, released) = channel();
        let bytes = |text: &str| text.replace('\n', "\r\n").into_bytes();
        let released = Arc::new(Mutex::new(released));
        (Self::Halves(bytes(first), released, bytes(second)), release)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Its lines, as they were.
    pub(crate) lines: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let lines = self.lines.iter().filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let first = values.next()?.1.trim().to_owned();
        Some(values.fold(first, |all, (_, value)| format!("{all}, {}", value.trim())))
    }
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Answer>,
    seen: Vec<Seen>,
}

#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) addr: SocketAddr,
    scripts: Arc<Mutex<HashMap<String, Script>>>,
}

impl Origin {
    /// Its threads end with the test's process.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let origin = Self {
            addr: listener.local_addr().expect("an address"),
            scripts: Arc::default(),
        };
        let accepting = origin.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let origin = accepting.clone();
                // What breaks a connection is seen on the other side.
                thread::spawn(move || origin.serve(stream).ok());
            }
        });
        origin
    }

    /// The next answer for a path.
    pub(crate) fn expect(&self, path: &str, answer: Answer) {
        let mut scripts = self.lock();
        scripts
            .entry(path.to_owned())
            .or_default()
            .answers
            .push_back(answer);
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        let scripts = self.lock();
        scripts
            .get(path)
            .map_or_else(Vec::new, |script| script.seen.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some((path, seen)) = read_request(&mut reader)? {
            let answer = {
                let mut scripts = self.lock();
                let script = scripts.entry(path).or_default();
                script.seen.push(seen);
                script.answers.pop_front()
            };
            match answer {
                Some(Answer::Bytes(bytes)) => stream.write_all(&bytes)?,
                Some(Answer::Close(bytes)) => return stream.write_all(&bytes),
                Some(Answer::Halves(first, released, second)) => {
                    stream.write_all(&first)?;
                    let released = released.lock().unwrap_or_else(PoisonError::into_inner);
                    // A test that failed has dropped the other end.
                    let _ = released.recv();
                    stream.write_all(&second)?;
                }
                Some(Answer::Silence(time)) => {
                    thread::sleep(time);
                    return Ok(());
                }
                None => {
                    stream.write_all(b"HTTP/1.1 418 Unscripted\r\nContent-Length: 0\r\n\r\n")?
                }
            }
        }
        Ok(())
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<(String, Seen)>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    let mut seen = Seen {
        method,
        lines: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => seen.lines.push(line.to_owned()),
        }
    }
    let length = seen
        .field("content-length")
        .and_then(|length| length.parse().ok());
    seen.body.resize(length.unwrap_or(0), 0);
    reader.read_exact(&mut seen.body)?;
    if seen.field("transfer-encoding").is_some() {
        read_chunks(reader, &mut seen.body)?;
    }
    Ok(Some((path, seen)))
}

/// Chunks and trailers as they were.
fn read_chunks(reader: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    let mut is_last = false;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        body.extend_from_slice(line.as_bytes());
        match line.trim_end() {
            "" if is_last => return Ok(()),
            "0" => is_last = true,
            _ => {}
        }
    }
}
