//! The two versions of tower-sessions' core, whose traits are the same in all but
//! their origin.

macro_rules! version {
    ($module:ident, $core:ident, $feature:literal, $number:literal) => {
        #[doc = concat!("tower-sessions-core ", $number, ".")]
        #[cfg(feature = $feature)]
        #[cfg_attr(docsrs, doc(cfg(feature = $feature)))]
        pub mod $module {
            use crate::{ForTower, TowerStore, record::Record, theirs::Theirs};
            use buttress_session::StoreError;
            use $core::{
                SessionStore,
                session::{Id, Record as TheirRecord},
                session_store::{Error, Result},
            };

            #[doc = concat!("A store of tower-sessions ", $number, ". See [`TowerStore`].")]
            #[derive(Debug)]
            pub struct Store<S>(S);

            #[doc = concat!("A store of tower-sessions ", $number, " as one of buttress-session.")]
            pub fn store<S: SessionStore>(theirs: S) -> TowerStore<Store<S>> {
                TowerStore::new(Store(theirs))
            }

            impl<S: SessionStore> Theirs for Store<S> {
                async fn create(&self, record: &mut Record) -> std::result::Result<(), StoreError> {
                    let mut theirs = to_theirs(record);
                    self.0.create(&mut theirs).await.map_err(to_ours)?;
                    record.id = theirs.id.0;
                    Ok(())
                }

                async fn save(&self, record: &Record) -> std::result::Result<(), StoreError> {
                    self.0.save(&to_theirs(record)).await.map_err(to_ours)
                }

                async fn load(&self, id: i128) -> std::result::Result<Option<Record>, StoreError> {
                    let record = self.0.load(&Id(id)).await.map_err(to_ours)?;
                    Ok(record.map(from_theirs))
                }

                async fn delete(&self, id: i128) -> std::result::Result<(), StoreError> {
                    self.0.delete(&Id(id)).await.map_err(to_ours)
                }
            }

            #[async_trait::async_trait]
            impl SessionStore for ForTower {
                async fn create(&self, record: &mut TheirRecord) -> Result<()> {
                    let mut ours = from_theirs(record.clone());
                    let created = self.create(|| Id::default().0, &mut ours).await;
                    created.map_err(from_ours)?;
                    record.id = Id(ours.id);
                    Ok(())
                }

                async fn save(&self, record: &TheirRecord) -> Result<()> {
                    let saved = self.save(&from_theirs(record.clone())).await;
                    saved.map_err(from_ours)
                }

                async fn load(&self, id: &Id) -> Result<Option<TheirRecord>> {
                    let record = self.load(id.0).await.map_err(from_ours)?;
                    Ok(record.as_ref().map(to_theirs))
                }

                async fn delete(&self, id: &Id) -> Result<()> {
                    self.delete(id.0).await.map_err(from_ours)
                }
            }

            fn to_theirs(record: &Record) -> TheirRecord {
                TheirRecord {
                    id: Id(record.id),
                    data: record.data.clone(),
                    expiry_date: record.expiry_date,
                }
            }

            fn from_theirs(record: TheirRecord) -> Record {
                Record {
                    id: record.id.0,
                    data: record.data,
                    expiry_date: record.expiry_date,
                }
            }

            fn to_ours(error: Error) -> StoreError {
                match error {
                    Error::Decode(_) => StoreError::corrupt(error),
                    Error::Encode(_) => StoreError::backend(error),
                    // An outage for the most part; it does not say.
                    Error::Backend(_) => StoreError::unavailable(error),
                }
            }

            fn from_ours(error: StoreError) -> Error {
                let text = match std::error::Error::source(&error) {
                    Some(source) => format!("{error}: {source}"),
                    None => error.to_string(),
                };
                match error.kind() {
                    buttress_session::StoreErrorKind::Corrupt => Error::Decode(text),
                    _ => Error::Backend(text),
                }
            }
        }
    };
}

version!(v0_14, tower_sessions_core_0_14, "core-0-14", "0.14");
version!(v0_15, tower_sessions_core_0_15, "core-0-15", "0.15");
