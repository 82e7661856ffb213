/// What is let go unseen at the start, when caches fill and files are read once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grace {
    /// Nothing.
    #[default]
    None,
    /// The first requests of the layer, on whatever route: what the first turn
    /// of the event loop is to Node's `--trace-sync-io`.
    FirstRequests(u32),
}
