/// How hard a coding works.
///
/// | | [`Fast`](Self::Fast) | [`Balanced`](Self::Balanced) |
/// |---|---|---|
/// | gzip, deflate | 2 | 6 |
/// | br | 2 | 5 |
/// | zstd | 1 | 3 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// The lowest level that still pays: for a busy process, or for bodies
    /// that are sent once to a near client.
    Fast,
    /// The level that suits dynamic responses.
    #[default]
    Balanced,
    /// A level of the coding's own scale: gzip and deflate 1 to 9, br 0 to 11,
    /// zstd 1 to 22. What lies outside is moved to the nearest end.
    ///
    /// The highest levels take their time in one poll, for tens of kilobytes:
    /// some 10 ms at zstd 22, and 50 ms at br 11; a poll of a stream takes 4 ms at
    /// zstd 9, 20 at br 6, and hundreds at br 11. They are meant for bodies that
    /// are compressed once (see
    /// [`CompressionHint::once`](crate::CompressionHint::once)).
    Exact(i32),
}
