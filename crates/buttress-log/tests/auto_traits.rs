//! What may be sent and shared.

use buttress_log::{
    AccessLog, AccessLogLayer, FlushError, Guard, Handle, ResponseBody, ResponseFuture, Rotation,
    Stats, TraceParent, Value, Writer, WriterBuilder,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;

assert_impl_all!(AccessLogLayer: Clone, Send, Sync, Unpin);
assert_impl_all!(AccessLog<()>: Clone, Send, Sync, Unpin);
assert_impl_all!(ResponseFuture<()>: Send, Sync, Unpin);
assert_impl_all!(ResponseBody<()>: Send, Sync, Unpin, Default);
assert_impl_all!(Writer: Clone, Send, Sync, Unpin);
assert_impl_all!(WriterBuilder: Send, Unpin);
assert_impl_all!(Guard: Send, Sync, Unpin);
assert_impl_all!(Handle: Clone, Send, Sync);
assert_impl_all!(FlushError: std::error::Error, Send, Sync);
assert_impl_all!(Rotation: Copy, Send, Sync);
assert_impl_all!(Stats: Copy, Send, Sync);
assert_impl_all!(TraceParent: Copy, Send, Sync);
assert_impl_all!(Value: Clone, Send, Sync);

// What is inside decides.
assert_impl_all!(ResponseFuture<Cell<()>>: Send);
assert_not_impl_any!(ResponseFuture<*const ()>: Send);
assert_not_impl_any!(ResponseBody<*const ()>: Send);
