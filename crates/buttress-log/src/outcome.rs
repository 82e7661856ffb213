/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The whole response was handed to the server.
    Ok,
    /// The service or the body failed, or panicked, so the response was cut or never
    /// there.
    Error,
    /// The exchange was dropped before there was a head. The line's status is 499, as
    /// nginx has it: nobody was sent one.
    AbortedBeforeHead,
    /// The response was dropped before its end, as the server does when the client
    /// goes away.
    AbortedInBody,
}

impl Outcome {
    /// `ok`, `error` or `aborted`. Of the latter the status tells the two apart.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::AbortedBeforeHead | Self::AbortedInBody => "aborted",
        }
    }
}
