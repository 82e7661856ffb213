use super::{
    Capabilities, Commit, Committed, Created, OwnedSession, Rotated, SessionStore, Snapshot,
    StoreError, StoreKey, Swept, Ttl,
};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`SessionStore`] whose type is not known: `Arc<dyn DynSessionStore>`.
///
/// Every store is one, and an `Arc` of one is a store again. Each method is that
/// of [`SessionStore`], in a box.
pub trait DynSessionStore: Send + Sync + 'static {
    /// See [`SessionStore::load`].
    fn load_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        touch: Option<Ttl>,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>>;

    /// See [`SessionStore::create`].
    fn create_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Created, StoreError>>;

    /// See [`SessionStore::commit`].
    fn commit_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Committed, StoreError>>;

    /// See [`SessionStore::rotate`].
    fn rotate_boxed<'a>(
        &'a self,
        old: &'a StoreKey,
        new: &'a StoreKey,
        commit: &'a Commit,
        grace: Duration,
    ) -> BoxFuture<'a, Result<Rotated, StoreError>>;

    /// See [`SessionStore::touch`].
    fn touch_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        ttl: Ttl,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// See [`SessionStore::delete`].
    fn delete_boxed<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// See [`SessionStore::list_by_owner`].
    fn list_by_owner_boxed<'a>(
        &'a self,
        owner: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<OwnedSession>, StoreError>>;

    /// See [`SessionStore::delete_by_owner`].
    fn delete_by_owner_boxed<'a>(
        &'a self,
        owner: &'a str,
        except: Option<&'a StoreKey>,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// See [`SessionStore::sweep`].
    fn sweep_boxed(&self, budget: usize) -> BoxFuture<'_, Result<Swept, StoreError>>;

    /// See [`SessionStore::capabilities`].
    fn capabilities(&self) -> Capabilities;
}

impl<S: SessionStore> DynSessionStore for S {
    fn load_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        touch: Option<Ttl>,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        Box::pin(self.load(key, touch))
    }

    fn create_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Created, StoreError>> {
        Box::pin(self.create(key, commit))
    }

    fn commit_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Committed, StoreError>> {
        Box::pin(self.commit(key, commit))
    }

    fn rotate_boxed<'a>(
        &'a self,
        old: &'a StoreKey,
        new: &'a StoreKey,
        commit: &'a Commit,
        grace: Duration,
    ) -> BoxFuture<'a, Result<Rotated, StoreError>> {
        Box::pin(self.rotate(old, new, commit, grace))
    }

    fn touch_boxed<'a>(
        &'a self,
        key: &'a StoreKey,
        ttl: Ttl,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.touch(key, ttl))
    }

    fn delete_boxed<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.delete(key))
    }

    fn list_by_owner_boxed<'a>(
        &'a self,
        owner: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<OwnedSession>, StoreError>> {
        Box::pin(self.list_by_owner(owner, limit))
    }

    fn delete_by_owner_boxed<'a>(
        &'a self,
        owner: &'a str,
        except: Option<&'a StoreKey>,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(self.delete_by_owner(owner, except))
    }

    fn sweep_boxed(&self, budget: usize) -> BoxFuture<'_, Result<Swept, StoreError>> {
        Box::pin(self.sweep(budget))
    }

    fn capabilities(&self) -> Capabilities {
        SessionStore::capabilities(self)
    }
}

impl SessionStore for Arc<dyn DynSessionStore> {
    async fn load(
        &self,
        key: &StoreKey,
        touch: Option<Ttl>,
    ) -> Result<Option<Snapshot>, StoreError> {
        (**self).load_boxed(key, touch).await
    }

    async fn create(&self, key: &StoreKey, commit: &Commit) -> Result<Created, StoreError> {
        (**self).create_boxed(key, commit).await
    }

    async fn commit(&self, key: &StoreKey, commit: &Commit) -> Result<Committed, StoreError> {
        (**self).commit_boxed(key, commit).await
    }

    async fn rotate(
        &self,
        old: &StoreKey,
        new: &StoreKey,
        commit: &Commit,
        grace: Duration,
    ) -> Result<Rotated, StoreError> {
        (**self).rotate_boxed(old, new, commit, grace).await
    }

    async fn touch(&self, key: &StoreKey, ttl: Ttl) -> Result<bool, StoreError> {
        (**self).touch_boxed(key, ttl).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        (**self).delete_boxed(key).await
    }

    async fn list_by_owner(
        &self,
        owner: &str,
        limit: usize,
    ) -> Result<Vec<OwnedSession>, StoreError> {
        (**self).list_by_owner_boxed(owner, limit).await
    }

    async fn delete_by_owner(
        &self,
        owner: &str,
        except: Option<&StoreKey>,
    ) -> Result<u64, StoreError> {
        (**self).delete_by_owner_boxed(owner, except).await
    }

    async fn sweep(&self, budget: usize) -> Result<Swept, StoreError> {
        (**self).sweep_boxed(budget).await
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }
}
