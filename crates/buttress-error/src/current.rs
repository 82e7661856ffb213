//! The request that this thread is working on.

use crate::{Phase, Report, cause::Cause, guard, request::RequestInfo};
use http::Method;
use pin_project_lite::pin_project;
use std::{
    cell::Cell,
    fmt,
    future::Future,
    mem::ManuallyDrop,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

thread_local! {
    /// Without a destructor, which would have to be looked after at each access:
    /// who enters a request takes it out again.
    static CURRENT: Cell<Option<ManuallyDrop<Arc<RequestInfo>>>> = const { Cell::new(None) };
}

/// Makes `info` the current request, and leaves there what was.
#[inline]
fn swap(info: &mut Option<Arc<RequestInfo>>) {
    let inner = info.take().map(ManuallyDrop::new);
    *info = CURRENT.replace(inner).map(ManuallyDrop::into_inner);
}

/// Makes `info` the current request until the answer is dropped.
#[inline]
pub(crate) fn enter(info: &mut Option<Arc<RequestInfo>>) -> Entered<'_> {
    swap(info);
    Entered(info)
}

/// Puts the outer request back, also when a panic goes through. It holds that
/// one meanwhile: to move both is cheaper than to share one.
pub(crate) struct Entered<'a>(&'a mut Option<Arc<RequestInfo>>);

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        swap(self.0);
    }
}

/// The request that is being served on this thread, by an
/// [`ErrorLayer`](crate::ErrorLayer) further out: for panic hooks, for log
/// lines, and to take along into tasks and threads.
///
/// It is there while the service, the future or the body is polled or dropped.
/// Tasks that they spawn have one only by
/// [`in_current_request`](CurrentRequestExt::in_current_request).
#[must_use]
pub fn current_request() -> Option<CurrentRequest> {
    let mut info = None;
    swap(&mut info);
    let current = info.clone().map(CurrentRequest);
    swap(&mut info);
    current
}

/// What is known of a request; see [`current_request`].
#[derive(Clone)]
pub struct CurrentRequest(Arc<RequestInfo>);

impl CurrentRequest {
    /// Its correlation id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.0.method()
    }

    /// The route that it matched.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.0.route()
    }

    /// Runs `work` in this request, as on a thread for blocking work.
    ///
    /// ```
    /// # async fn handler() {
    /// use buttress_error::current_request;
    ///
    /// let work = || "slow".len();
    /// let request = current_request();
    /// # let _ =
    /// tokio::task::spawn_blocking(move || match request {
    ///     Some(request) => request.enter(work),
    ///     None => work(),
    /// });
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If `work` does: its panic is reported, and goes on.
    pub fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut request = Some(Arc::clone(&self.0));
        let _entered = enter(&mut request);
        guard::observe(work, |panic| {
            let report = Report::new(Phase::Task, &Cause::Panic(panic), Some(&self.0));
            self.0.config().reporter.send(report);
        })
    }
}

impl fmt::Debug for CurrentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentRequest")
            .field("id", &self.id())
            .field("method", self.method())
            .field("route", &self.route())
            .finish()
    }
}

/// Takes the current request along into a task.
pub trait CurrentRequestExt: Future + Sized {
    /// A future that runs in the request in which this is called, whatever task
    /// polls it. If it panics, that is reported with the request (phase `task`),
    /// counted by the layer's [`PanicBudget`](crate::PanicBudget), and goes on,
    /// so that a `JoinHandle` tells of it as ever.
    ///
    /// ```
    /// use buttress_error::CurrentRequestExt;
    ///
    /// async fn handler() {
    ///     tokio::spawn(async { /* send a mail */ }.in_current_request());
    /// }
    /// ```
    fn in_current_request(self) -> InCurrentRequest<Self> {
        InCurrentRequest {
            inner: self,
            request: current_request(),
        }
    }
}

impl<F: Future> CurrentRequestExt for F {}

pin_project! {
    /// The future of [`CurrentRequestExt::in_current_request`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InCurrentRequest<F> {
        #[pin]
        inner: F,
        request: Option<CurrentRequest>,
    }
}

impl<F: Future> Future for InCurrentRequest<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.request {
            Some(request) => request.enter(|| this.inner.poll(cx)),
            None => this.inner.poll(cx),
        }
    }
}
