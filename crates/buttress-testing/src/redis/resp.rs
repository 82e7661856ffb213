//! As much of Redis's protocol (RESP2) as a test needs.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

// A test that hits it has failed: it asked a frozen server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What Redis answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing is there.
    Nil,
    /// A number.
    Int(i64),
    /// A status, or bytes.
    Bytes(Vec<u8>),
    /// Several answers.
    Array(Vec<Reply>),
    /// A refusal.
    Error(String),
}

impl Reply {
    /// The bytes as text.
    ///
    /// # Panics
    ///
    /// If it is something else, or not UTF-8.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Bytes(bytes) => String::from_utf8(bytes).expect("an answer in UTF-8"),
            other => panic!("{other:?} is no text"),
        }
    }

    /// The number.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    pub fn int(self) -> i64 {
        match self {
            Self::Int(int) => int,
            other => panic!("{other:?} is no number"),
        }
    }

    /// The answers of an array.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    pub fn array(self) -> Vec<Reply> {
        match self {
            Self::Array(items) => items,
            other => panic!("{other:?} is no array"),
        }
    }
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(super) fn open(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let stream = BufReader::new(stream);
        Ok(Self { stream })
    }

    pub(super) fn call(&mut self, words: &[&str]) -> io::Result<Reply> {
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.reply()
    }

    pub(super) fn reply(&mut self) -> io::Result<Reply> {
        let line = self.line()?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(malformed)?;
        match kind {
            "+" => Ok(Reply::Bytes(rest.as_bytes().to_vec())),
            "-" => Ok(Reply::Error(rest.to_owned())),
            ":" => Ok(Reply::Int(number(rest)?)),
            "$" => self.bytes(number(rest)?),
            "*" => self.array(number(rest)?),
            _ => Err(malformed()),
        }
    }

    fn bytes(&mut self, len: i64) -> io::Result<Reply> {
        let Ok(len) = usize::try_from(len) else {
            return Ok(Reply::Nil);
        };
        let mut bytes = vec![0; len + 2];
        self.stream.read_exact(&mut bytes)?;
        bytes.truncate(len);
        Ok(Reply::Bytes(bytes))
    }

    fn array(&mut self, len: i64) -> io::Result<Reply> {
        if len < 0 {
            return Ok(Reply::Nil);
        }
        let items: io::Result<_> = (0..len).map(|_| self.reply()).collect();
        items.map(Reply::Array)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or_else(malformed)?;
        Ok(line.to_owned())
    }
}

fn number(text: &str) -> io::Result<i64> {
    text.parse().map_err(|_| malformed())
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is not RESP2")
}
