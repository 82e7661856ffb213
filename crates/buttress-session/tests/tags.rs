//! (19): the layer twice, and what handles show.

use buttress_session::{Cookie, Error, Key, MemoryStore, Session, SessionLayer};
use http::{Request, Response, header::SET_COOKIE};
use std::convert::Infallible;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

const A: Key<u32> = Key::new("a");

/// The sessions of those who run the shop.
enum Admin {}
/// Those of visitors.
enum Shop {}

fn layer<T>(name: &str, store: &MemoryStore) -> SessionLayer<T> {
    let cookie = Cookie::host(name).build().unwrap();
    SessionLayer::new(store.clone()).cookie(cookie).tag()
}

#[tokio::test]
async fn two_tags_are_two_sessions() {
    let (admins, visitors) = (MemoryStore::new(), MemoryStore::new());
    let layers = ServiceBuilder::new()
        .layer(layer::<Admin>("admin", &admins))
        .layer(layer::<Shop>("shop", &visitors));
    let service = layers.service_fn(|request: Request<()>| async move {
        let admin = Session::<Admin>::from_extensions(request.extensions()).unwrap();
        let shop = Session::<Shop>::from_extensions(request.extensions()).unwrap();
        admin.set(A, &1).unwrap();
        shop.set(A, &2).unwrap();
        assert_eq!(admin.get(A).await.unwrap(), Some(1));
        Ok::<_, Infallible>(Response::new(()))
    });
    let response = service.oneshot(Request::new(())).await.unwrap();
    let fields = response.headers().get_all(SET_COOKIE).iter();
    let names: Vec<_> = fields
        .map(|it| it.to_str().unwrap().split('=').next().unwrap())
        .collect();
    assert_eq!(names, ["__Host-shop", "__Host-admin"]);
    assert_eq!((admins.len(), visitors.len()), (1, 1));
}

#[tokio::test]
async fn the_same_layer_twice_is_one_session() {
    let store = MemoryStore::new();
    let layer = layer::<()>("sid", &store);
    let service = layer.layer(layer.layer(service_fn(|request: Request<()>| async move {
        let session = Session::from_request(&request).unwrap();
        session.set(A, &1).unwrap();
        Ok::<_, Infallible>(Response::new(()))
    })));
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.headers().get_all(SET_COOKIE).iter().count(), 1);
    assert_eq!(store.len(), 1);
}

#[test]
fn a_request_without_the_layer_says_what_is_missing() {
    let error: Error = Session::<Admin>::from_extensions(&http::Extensions::new()).unwrap_err();
    assert!(error.is_missing());
    assert!(error.to_string().contains("SessionLayer"));
}

#[tokio::test]
async fn neither_ids_nor_values_are_shown() {
    let store = MemoryStore::new();
    let layer = layer::<()>("sid", &store);
    let service = layer.layer(service_fn(|request: Request<()>| async move {
        let session = Session::from_request(&request).unwrap();
        session
            .set(Key::<String>::new("a"), &"hunter2".to_owned())
            .unwrap();
        session.commit().await.unwrap();
        let shown = format!("{session:?} {:?}", request.extensions());
        assert!(!shown.contains("hunter2"), "{shown}");
        Ok::<_, Infallible>(Response::new(()))
    }));
    let response = service.clone().oneshot(Request::new(())).await.unwrap();
    let shown = format!("{layer:?} {service:?} {store:?} {response:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let field = response.headers()[SET_COOKIE].to_str().unwrap();
    let id = &field[field.find('=').unwrap() + 1..][..28];
    assert!(!shown.contains(id), "{shown}");
}
