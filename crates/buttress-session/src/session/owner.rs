use super::{Session, state::Loaded};
use crate::{
    Error,
    store::{Name, OwnedSession, OwnerChange},
};

impl<T: 'static> Session<T> {
    /// Whose session it is, with what was recorded.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub async fn bound_owner(&self) -> Result<Option<String>, Error> {
        let owner = self.current_owner().await?;
        Ok(owner.map(Name::into_owned))
    }

    /// At most `limit` sessions of the owner of this one, itself included: for a
    /// page of devices. None if it is nobody's.
    ///
    /// # Errors
    ///
    /// If the store fails or knows no owners, or the head of the response has
    /// left.
    pub async fn sessions_of_owner(&self, limit: usize) -> Result<Vec<OwnedSession>, Error> {
        let (Some(owner), Some((store, _))) = (self.current_owner().await?, self.place()) else {
            return Ok(Vec::new());
        };
        self.scope
            .trip(store.list_by_owner_boxed(&owner, limit))
            .await
    }

    /// Ends all sessions of the owner of this one, itself included, at once; only
    /// itself if it is nobody's.
    ///
    /// # Errors
    ///
    /// As [`sessions_of_owner`](Self::sessions_of_owner).
    pub async fn log_out_everywhere(&self) -> Result<(), Error> {
        if let (Some(owner), Some((store, _))) = (self.current_owner().await?, self.place()) {
            let ended = store.delete_by_owner_boxed(&owner, None);
            self.scope.trip(ended).await?;
        }
        // It may have been bound in this request, and then the store knows
        // nothing of it.
        self.destroy().await
    }

    /// Ends all sessions of the owner of this one but itself, at once: for a
    /// change of the password.
    ///
    /// # Errors
    ///
    /// As [`sessions_of_owner`](Self::sessions_of_owner).
    pub async fn log_out_elsewhere(&self) -> Result<(), Error> {
        if let (Some(owner), Some((store, key))) = (self.current_owner().await?, self.place()) {
            let ended = store.delete_by_owner_boxed(&owner, Some(&key));
            self.scope.trip(ended).await?;
        }
        Ok(())
    }

    async fn current_owner(&self) -> Result<Option<Name>, Error> {
        self.scope.load().await?;
        Ok(self
            .scope
            .with(|state| match (&state.owner, &state.loaded) {
                (OwnerChange::Bind(owner), _) => Some(owner.clone()),
                (OwnerChange::Keep, Loaded::Present(snapshot)) => snapshot.owner.clone(),
                _ => None,
            }))
    }

    fn place(&self) -> Option<(std::sync::Arc<dyn super::Backend>, crate::StoreKey)> {
        let id = self.scope.with(|state| state.id.clone())?;
        self.scope.at(&id)
    }
}
