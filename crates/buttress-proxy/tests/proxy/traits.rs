//! What can be shared and sent.

use buttress_proxy::{
    Builder, Error, ErrorPageLayer, ErrorPages, Forwarding, Host, PageBody, PageFuture,
    ResponseBody, ResponseFuture, ReverseProxy, Upstream,
};
use static_assertions::assert_impl_all;
use std::fmt::Debug;

assert_impl_all!(ReverseProxy: Clone, Debug, Send, Sync);
assert_impl_all!(Builder: Debug, Send, Sync);
assert_impl_all!(Upstream: Clone, Debug, Send, Sync);
assert_impl_all!(Host: Clone, Debug, Default, Send, Sync);
assert_impl_all!(Forwarding: Copy, Debug, Default, Send, Sync);
assert_impl_all!(Error: std::error::Error, Send, Sync);
assert_impl_all!(ErrorPageLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(ErrorPages<()>: Clone, Debug, Send, Sync);
assert_impl_all!(ResponseBody: Debug, Send, Unpin);
assert_impl_all!(ResponseFuture: Debug, Send, Unpin);
assert_impl_all!(PageBody<()>: Debug, Send, Sync);
assert_impl_all!(PageFuture<()>: Debug, Send, Sync);
