use super::{
    changes::Updater,
    scope::Scope,
    state::{Loaded, Phase, State},
};
use crate::{
    Error, Key,
    config::{Config, Place},
    error::Kind,
    store::OwnerChange,
};
use bytes::Bytes;
use http::{Extensions, Request};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData, sync::Arc};

/// The session of a request. Clones are the same one.
///
/// What is [`set`](Self::set) and the like is recorded, and committed as a whole
/// before the head of the response leaves. To ask the store is left until
/// somebody [`get`](Self::get)s something.
///
/// `T` tells the sessions of several layers apart. See the [crate docs](crate).
pub struct Session<T = ()> {
    pub(super) scope: Arc<Scope>,
    tag: PhantomData<fn() -> T>,
}

impl Session {
    /// The session of a request that came through a
    /// [`SessionLayer`](crate::SessionLayer). With a tag there is
    /// [`from_extensions`](Self::from_extensions).
    ///
    /// # Errors
    ///
    /// If it did not.
    pub fn from_request<B>(request: &Request<B>) -> Result<Self, Error> {
        Self::from_extensions(request.extensions())
    }
}

impl<T: 'static> Session<T> {
    pub(crate) fn new(scope: Arc<Scope>) -> Self {
        Self {
            scope,
            tag: PhantomData,
        }
    }

    pub(crate) fn is_of(&self, config: &Arc<Config>) -> bool {
        Arc::ptr_eq(&self.scope.config, config)
    }

    /// The session with this tag, of the extensions of a request.
    ///
    /// # Errors
    ///
    /// If the request did not come through a
    /// [`SessionLayer<T>`](crate::SessionLayer).
    pub fn from_extensions(extensions: &Extensions) -> Result<Self, Error> {
        let session = extensions.get::<Self>().cloned();
        session.ok_or_else(|| Kind::Missing.into())
    }

    /// The value of an entry. The first one that is asked for takes a trip to the
    /// store, unless the request has no cookie, or has set the entry itself.
    ///
    /// # Errors
    ///
    /// If the store fails, the value is not of this type, or the head of the
    /// response left before anybody looked.
    pub async fn get<V: DeserializeOwned>(&self, key: Key<V>) -> Result<Option<V>, Error> {
        match self.raw(key.name()).await? {
            Some(json) => decode(key, &json).map(Some),
            None => Ok(None),
        }
    }

    /// Sets an entry, without a trip. Other requests that set it at the same time
    /// overwrite it, or are overwritten; other entries are left alone.
    ///
    /// If the session ends before it is committed, the value is dropped. A
    /// service that must not lose it to a session that ended long ago looks with
    /// [`get`](Self::get) or [`load`](Self::load) first: then there is a new one.
    ///
    /// # Errors
    ///
    /// If the value is no JSON, or the head of the response has left.
    pub fn set<V: Serialize>(&self, key: Key<V>, value: &V) -> Result<(), Error> {
        let json = encode(value)?;
        self.scope.with(|state| {
            state.open()?.changes.set(key.name().into(), json);
            Ok(())
        })
    }

    /// Removes an entry, without a trip.
    ///
    /// # Errors
    ///
    /// If the head of the response has left.
    pub fn remove<V>(&self, key: Key<V>) -> Result<(), Error> {
        self.scope.with(|state| {
            state.open()?.changes.remove(key.name().into());
            Ok(())
        })
    }

    /// Removes all entries, without a trip. The session stays; to end it is
    /// [`destroy`](Self::destroy).
    ///
    /// # Errors
    ///
    /// If the head of the response has left.
    pub fn clear(&self) -> Result<(), Error> {
        self.scope.with(|state| {
            state.open()?.changes.clear();
            Ok(())
        })
    }

    /// Changes an entry so that no other request's change is lost, and says what
    /// it is then, as far as this request can see.
    ///
    /// It is committed only if nobody wrote to the session meanwhile; else
    /// `change` runs again, on what there is then.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`set`](Self::set).
    pub async fn update<V>(
        &self,
        key: Key<V>,
        change: impl Fn(Option<V>) -> V + Send + Sync + 'static,
    ) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned + 'static,
    {
        let updater: Updater = Arc::new(move |json| {
            let value = json.map(|json| decode(key, json)).transpose()?;
            encode(&change(value))
        });
        loop {
            let before = self.raw(key.name()).await?;
            let after = updater(before.as_deref())?;
            let is_recorded = self.scope.with(|state| {
                let is_same = state.value(key.name()) == Some(before);
                if is_same {
                    let changes = &mut state.open()?.changes;
                    changes.update(key.name().into(), Arc::clone(&updater), after.clone());
                }
                Ok::<_, Error>(is_same)
            })?;
            // Else another task of this request was faster.
            if is_recorded {
                return decode(key, &after);
            }
        }
    }

    /// Gives the session a new id, without a trip: to be done whenever it comes
    /// to be worth more, above all at a login.
    ///
    /// The old id can still be read with for the
    /// [grace](crate::SessionLayer::grace), and shows what was there before.
    ///
    /// # Errors
    ///
    /// If the head of the response has left.
    pub fn rotate(&self) -> Result<(), Error> {
        self.scope.with(|state| {
            state.open()?.rotates = true;
            Ok(())
        })
    }

    /// Ends the session, at once, and removes the cookie. What was recorded is
    /// dropped; what is set after it begins a new one.
    ///
    /// A status of 5xx does not undo it. A sealed session cannot be ended for
    /// those who kept its cookie.
    ///
    /// # Errors
    ///
    /// If the store fails, or the head of the response has left.
    pub async fn destroy(&self) -> Result<(), Error> {
        self.scope.destroy().await
    }

    /// Asks the store for the session now, so that it can be read once the head
    /// of the response has left.
    ///
    /// # Errors
    ///
    /// If the store fails, or the head has left.
    pub async fn load(&self) -> Result<(), Error> {
        self.scope.load().await
    }

    /// Whether there is a session, in the store or with what was recorded.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub async fn exists(&self) -> Result<bool, Error> {
        self.scope.load().await?;
        Ok(self
            .scope
            .with(|state| matches!(state.loaded, Loaded::Present(_)) || !state.changes.is_empty()))
    }

    /// Commits what was recorded now, and not with the head of the response. It
    /// stays committed, whatever becomes of the response.
    ///
    /// A task that outlives its handler uses [`detached`](Self::detached): the
    /// response does not wait for what others commit.
    ///
    /// # Errors
    ///
    /// If the store fails, the session ended meanwhile ([`Error::is_gone`]), or
    /// the head of the response has left, also if that was while the store made a
    /// new session or a new id: the client does not learn of it.
    pub async fn commit(&self) -> Result<(), Error> {
        self.scope.commit().await
    }

    /// Commits what was recorded, and gives a handle that works when the head of
    /// the response has left: for streams, WebSockets and tasks.
    ///
    /// What is recorded with it is for its own [`commit`](Self::commit) to write,
    /// and lost without. It cannot change the id, for no cookie would follow. Each
    /// commit has a deadline of its own; what one that fails was to write has to be
    /// recorded again. Reading shows what the session was, with what this handle
    /// wrote; [`update`](Self::update) sees at its commit what others wrote.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit) and [`load`](Self::load); if there is no
    /// session, and if it is sealed.
    pub async fn detached(&self) -> Result<Self, Error> {
        if let Place::Cookie(_) = self.scope.config.place {
            return Err(Kind::Unsealed("handle that outlives the response").into());
        }
        self.scope.commit().await?;
        self.scope.load().await?;
        let state = self.scope.with(|state| match (&state.loaded, &state.id) {
            (Loaded::Present(snapshot), Some(id)) => {
                let (id, snapshot) = (id.clone(), snapshot.clone());
                Ok(State::detached(id, snapshot))
            }
            _ => Err(Error::from(Kind::Gone)),
        })?;
        Ok(Self::new(Arc::new(self.scope.detached(state))))
    }

    /// Binds the session to somebody, without a trip, so that
    /// [all of theirs](Self::log_out_everywhere) can be ended.
    ///
    /// # Errors
    ///
    /// If the head of the response has left, or the session is sealed.
    pub fn bind_owner(&self, owner: impl Into<String>) -> Result<(), Error> {
        self.owner(OwnerChange::Bind(owner.into().into()))
    }

    /// Binds it to nobody.
    ///
    /// # Errors
    ///
    /// If the head of the response has left, or the session is sealed.
    pub fn unbind_owner(&self) -> Result<(), Error> {
        self.owner(OwnerChange::Unbind)
    }

    fn owner(&self, change: OwnerChange) -> Result<(), Error> {
        if let Place::Cookie(_) = self.scope.config.place {
            return Err(Kind::Unsealed("owner").into());
        }
        self.scope.with(|state| {
            state.open()?.owner = change;
            Ok(())
        })
    }

    pub(super) async fn raw(&self, name: &str) -> Result<Option<Bytes>, Error> {
        loop {
            if let Some(value) = self.scope.with(|state| state.value(name)) {
                return Ok(value);
            }
            self.scope.load().await?;
        }
    }
}

impl State {
    fn detached(id: crate::Id, snapshot: crate::Snapshot) -> Self {
        let mut state = Self::empty();
        state.id = Some(id);
        state.loaded = Loaded::Present(snapshot);
        state.phase = Phase::Detached;
        state
    }
}

pub(super) fn encode<V: Serialize>(value: &V) -> Result<Bytes, Error> {
    let json = serde_json::to_vec(value).map_err(Kind::Encode)?;
    Ok(json.into())
}

fn decode<V: DeserializeOwned>(key: Key<V>, json: &[u8]) -> Result<V, Error> {
    serde_json::from_slice(json).map_err(|error| Kind::Decode(key.name(), error).into())
}

impl<T> Clone for Session<T> {
    fn clone(&self) -> Self {
        Self {
            scope: Arc::clone(&self.scope),
            tag: PhantomData,
        }
    }
}

/// Shows neither id nor values, and touches nothing.
impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
