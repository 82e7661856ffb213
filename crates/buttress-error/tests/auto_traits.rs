//! What may be sent and shared.

use buttress_error::{
    CatchPanic, CatchPanicBody, CatchPanicFuture, CatchPanicLayer, CurrentRequest, Error,
    ErrorLayer, ErrorService, Failure, InCurrentRequest, Page, PanicBudget, Problem, Report,
    ResponseBody, ResponseFuture,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;

assert_impl_all!(ErrorLayer: Clone, Send, Sync, Unpin);
assert_impl_all!(CatchPanicLayer: Clone, Send, Sync, Unpin);
assert_impl_all!(ErrorService<()>: Clone, Send, Sync, Unpin);
assert_impl_all!(CatchPanic<()>: Clone, Send, Sync, Unpin);
assert_impl_all!(ResponseFuture<()>: Send, Unpin);
assert_impl_all!(CatchPanicFuture<()>: Send, Sync, Unpin);
assert_impl_all!(ResponseBody<()>: Send, Unpin);
assert_impl_all!(CatchPanicBody<()>: Send, Unpin);
assert_impl_all!(Error: Send, Sync, Unpin);
assert_impl_all!(Problem: Clone, Send, Sync);
assert_impl_all!(Report: Clone, Send, Sync);
assert_impl_all!(PanicBudget: Clone, Send, Sync);
assert_impl_all!(CurrentRequest: Clone, Send, Sync);
assert_impl_all!(InCurrentRequest<()>: Send, Sync, Unpin);
assert_impl_all!(Failure<'static>: Clone);
assert_impl_all!(Page<'static>: Clone, Send, Sync);

// What is inside decides.
assert_not_impl_any!(ErrorService<*const ()>: Send);
assert_impl_all!(ResponseFuture<Cell<()>>: Send);
assert_impl_all!(ResponseBody<Cell<()>>: Send);
assert_not_impl_any!(ResponseBody<*const ()>: Send);
assert_not_impl_any!(Error: std::error::Error);
