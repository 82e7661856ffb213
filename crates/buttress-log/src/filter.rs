use std::{error::Error, fmt, sync::Arc};
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, reload};

/// Which of the app's own events are logged, as a text such as
/// `info,my_app::db=debug`, which is `EnvFilter`'s syntax and stands where Node has
/// `DEBUG`.
///
/// The text is parsed once, and again when it is changed. Where it comes from is the
/// app's business: this reads no environment.
///
/// ```
/// use buttress_log::{AppFilter, Writer};
/// use tracing_subscriber::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (writer, _guard) = Writer::stderr()?;
/// let (filter, handle) = AppFilter::parse("info,my_app::db=debug")?;
/// let subscriber = tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer().json().with_writer(writer).with_filter(filter));
/// # let _default = tracing::subscriber::set_default(subscriber);
/// handle.set("warn")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AppFilter;

/// Changes an [`AppFilter`] while the app runs.
#[derive(Clone)]
pub struct FilterHandle(Arc<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>);

impl AppFilter {
    /// A filter for a layer of `tracing-subscriber`, and the handle that changes it.
    ///
    /// # Errors
    ///
    /// If a directive is malformed. None is ignored.
    pub fn parse<S>(
        directives: &str,
    ) -> Result<(reload::Layer<EnvFilter, S>, FilterHandle), FilterError>
    where
        S: Subscriber + 'static,
    {
        let (layer, handle) = reload::Layer::new(parse(directives)?);
        let handle = FilterHandle(Arc::new(move |filter| handle.reload(filter)));
        Ok((layer, handle))
    }
}

impl FilterHandle {
    /// Replaces the filter. On an error the old one stays.
    ///
    /// # Errors
    ///
    /// If a directive is malformed, or the subscriber is gone.
    pub fn set(&self, directives: &str) -> Result<(), FilterError> {
        self.0(parse(directives)?).map_err(|error| FilterError(error.into()))
    }
}

fn parse(directives: &str) -> Result<EnvFilter, FilterError> {
    let parsed = EnvFilter::builder().parse(directives);
    parsed.map_err(|error| FilterError(error.into()))
}

impl fmt::Debug for FilterHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilterHandle")
    }
}

/// The text is no filter, or there is nothing left to filter.
#[derive(Debug)]
pub struct FilterError(Box<dyn Error + Send + Sync>);

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the filter of the app's log is not changed")
    }
}

impl Error for FilterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
