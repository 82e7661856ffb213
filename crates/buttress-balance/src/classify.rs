use http::{HeaderMap, StatusCode};

/// What an answer or an error says of the endpoint that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It did what it should.
    Good,
    /// Nothing of the request reached it: it refused the connection, or there was none
    /// to be had in time. The request goes elsewhere, whatever its method.
    Unsent,
    /// It broke off, or spoke no HTTP, when something of the request may have reached
    /// it. Only what may be done twice goes elsewhere.
    Broken,
    /// The app in it failed. That ejects nobody unless
    /// [asked](crate::BalancerBuilder::eject_on_failures): a bad request would do the
    /// same to all others.
    Failed,
    /// It says nothing of the endpoint: the client's own body failed, for one.
    Neutral,
}

/// Judges answers and errors.
///
/// A function `Fn(&E) -> Verdict` is one: it judges errors, and of answers those with a
/// status of 500 and more are [`Verdict::Failed`].
pub trait Classify<E>: Send + Sync + 'static {
    /// What an error says.
    fn error(&self, error: &E) -> Verdict;

    /// What the head of a response says.
    fn response(&self, status: StatusCode, headers: &HeaderMap) -> Verdict {
        let _ = headers;
        match status.is_server_error() {
            true => Verdict::Failed,
            false => Verdict::Good,
        }
    }
}

impl<E, F> Classify<E> for F
where
    F: Fn(&E) -> Verdict + Send + Sync + 'static,
{
    fn error(&self, error: &E) -> Verdict {
        self(error)
    }
}

/// Takes each error for [`Verdict::Broken`], since it cannot know: no request goes
/// elsewhere but those that may be done twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cautious;

impl<E> Classify<E> for Cautious {
    fn error(&self, _: &E) -> Verdict {
        Verdict::Broken
    }
}
