use crate::record::Record;
use buttress_session::StoreError;

/// A store of tower-sessions, whichever version of it.
#[doc(hidden)]
pub trait Theirs: Send + Sync + 'static {
    /// Makes a record. Some stores choose another id where there is one already.
    fn create(&self, record: &mut Record) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes a record, whether there is one or not.
    fn save(&self, record: &Record) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads a record.
    fn load(&self, id: i128) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// Deletes a record.
    fn delete(&self, id: i128) -> impl Future<Output = Result<(), StoreError>> + Send;
}
