//! The doors that are the same for all layers, and what a layer brings along to
//! be tested through each of them.

use axum::{body::Body, extract::Request};
use buttress_testing::{ReadyChecked, Server};
use http::Response;
use std::{
    future::{Future, Ready, ready},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tower::Service;

/// A layer, something inside of it, and what a client sees of the two.
#[allow(
    async_fn_in_trait,
    reason = "the tests await these where they stand, and spawn none"
)]
pub trait Case: Clone + Send + Sync + 'static {
    /// The layer.
    type Layer: Clone + Send + Sync + 'static;
    /// What goes wrong inside of it, where something does.
    type Error: Send;

    /// A case with a state of its own.
    fn new() -> Self;

    /// The layer; all that one case gives share its state.
    fn layer(&self, enabled: bool) -> Self::Layer;

    /// What the handler answers.
    ///
    /// # Errors
    ///
    /// If that is what the request asks for.
    fn answer<B>(&self, request: http::Request<B>) -> Result<Response<Body>, Self::Error>;

    /// Finds the work of the layer in answers over HTTP/1. It may be asked again.
    async fn works_over_h1(&self, addr: SocketAddr, path: &str);

    /// As [`works_over_h1`](Self::works_over_h1), over HTTP/2.
    async fn works_over_h2(&self, addr: SocketAddr, path: &str);

    /// Both, over both.
    async fn works(&self, addr: SocketAddr, path: &str) {
        self.works_over_h1(addr, path).await;
        self.works_over_h2(addr, path).await;
    }

    /// Finds that two routes of one new case have one state.
    async fn is_shared(&self, addr: SocketAddr, routes: [&str; 2]);

    /// Finds no trace of the layer, which is switched off, and stops the server.
    async fn is_off(&self, server: Server, path: &str);
}

type Answer<C> = Result<Response<Body>, <C as Case>::Error>;

/// The case's answers as a handler of axum.
pub fn handler<C: Case>(
    case: &C,
) -> impl Fn(Request) -> Pin<Box<dyn Future<Output = Answer<C>> + Send>> + Clone + Send + Sync + 'static
{
    let case = case.clone();
    move |request| {
        let case = case.clone();
        Box::pin(async move { case.answer(request) })
    }
}

/// The case's answers as a service that has to be asked twice whether it is
/// ready.
#[must_use]
pub fn service<C: Case>(case: &C) -> ReadyChecked<Answers<C>> {
    ReadyChecked::new(Answers(case.clone())).pauses(1)
}

/// Answers as a case does.
#[derive(Clone, Debug)]
pub struct Answers<C>(C);

impl<C: Case, B> Service<http::Request<B>> for Answers<C> {
    type Response = Response<Body>;
    type Error = C::Error;
    type Future = Ready<Answer<C>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        ready(self.0.answer(request))
    }
}

/// Makes a test for each door of axum, with the [`Case`] given.
#[macro_export]
macro_rules! doors_of_axum {
    ($case:ty) => {
        use ::axum::{Router, handler::Handler as _, routing::any};
        use buttress_testing::Server;
        use tower::{Layer as _, ServiceBuilder};
        use $crate::doors::{Case as _, handler};

        async fn works(case: $case, router: Router) {
            let server = Server::auto(router).await;
            case.works(server.addr(), "/a").await;
            server.stop().await;
        }

        fn router(case: &$case) -> Router {
            Router::new().route("/a", any(handler(case)))
        }

        #[tokio::test]
        async fn router_layer() {
            let case = <$case>::new();
            let router = router(&case).layer(case.layer(true));
            works(case, router).await;
        }

        #[tokio::test]
        async fn router_route_layer() {
            let case = <$case>::new();
            let router = router(&case).route_layer(case.layer(true));
            works(case, router).await;
        }

        #[tokio::test]
        async fn method_router_layer() {
            let case = <$case>::new();
            let method = any(handler(&case)).layer(case.layer(true));
            works(case, Router::new().route("/a", method)).await;
        }

        #[tokio::test]
        async fn handler_layer() {
            let case = <$case>::new();
            let method = any(handler(&case).layer(case.layer(true)));
            works(case, Router::new().route("/a", method)).await;
        }

        #[tokio::test]
        async fn service_builder_twice_in_a_row() {
            let case = <$case>::new();
            let twice = ServiceBuilder::new()
                .layer(case.layer(true))
                .layer(case.layer(true));
            let router = router(&case).layer(twice);
            works(case, router).await;
        }

        #[tokio::test]
        async fn a_tuple_of_layers() {
            let case = <$case>::new();
            let router = router(&case).layer((case.layer(true), case.layer(false)));
            works(case, router).await;
        }

        #[tokio::test]
        async fn around_the_whole_router() {
            let case = <$case>::new();
            let server = Server::auto(case.layer(true).layer(router(&case))).await;
            case.works(server.addr(), "/a").await;
            server.stop().await;
        }

        #[tokio::test]
        async fn on_a_nested_router_and_its_fallback() {
            let case = <$case>::new();
            let router = Router::new()
                .nest("/api", router(&case))
                .fallback(handler(&case))
                .layer(case.layer(true));
            let server = Server::auto(router).await;
            case.works(server.addr(), "/api/a").await;
            case.works(server.addr(), "/nowhere").await;
            server.stop().await;
        }

        #[tokio::test]
        async fn switched_off_it_keeps_its_type_and_does_nothing() {
            for enabled in [true, false] {
                let case = <$case>::new();
                let router = router(&case).layer(case.layer(enabled));
                if enabled {
                    works(case, router).await;
                } else {
                    case.is_off(Server::auto(router).await, "/a").await;
                }
            }
        }

        /// `Router::layer` calls `Layer::layer` once for each route.
        #[tokio::test]
        async fn routes_share_the_state_of_the_layer() {
            let case = <$case>::new();
            let router = router(&case)
                .route("/b", any(handler(&case)))
                .layer(case.layer(true));
            let server = Server::h1(router).await;
            case.is_shared(server.addr(), ["/a", "/b"]).await;
            server.stop().await;
        }
    };
}

/// Makes the tests on plain hyper, with the [`Case`] given.
#[macro_export]
macro_rules! doors_of_hyper {
    ($case:ty) => {
        use buttress_testing::Server;
        use tower::{Layer as _, ServiceBuilder};
        use $crate::doors::{Case as _, service};

        #[tokio::test]
        async fn http_1() {
            let case = <$case>::new();
            let server = Server::h1(case.layer(true).layer(service(&case))).await;
            case.works_over_h1(server.addr(), "/").await;
            server.stop().await;
        }

        #[tokio::test]
        async fn http_2() {
            let case = <$case>::new();
            let server = Server::h2(case.layer(true).layer(service(&case))).await;
            case.works_over_h2(server.addr(), "/").await;
            server.stop().await;
        }

        #[tokio::test]
        async fn twice() {
            let case = <$case>::new();
            let service = ServiceBuilder::new()
                .layer(case.layer(true))
                .layer(case.layer(true))
                .service(service(&case));
            let server = Server::auto(service).await;
            case.works(server.addr(), "/").await;
            server.stop().await;
        }

        #[tokio::test]
        async fn switched_off_it_keeps_its_type_and_does_nothing() {
            let case = <$case>::new();
            let server = Server::h1(case.layer(false).layer(service(&case))).await;
            case.is_off(server, "/").await;
        }
    };
}

/// Makes the tests of what a layer has to leave alone, with the [`Case`] given:
/// upgrades, tunnels and gRPC.
#[macro_export]
macro_rules! doors_that_stay_shut {
    ($case:ty) => {
        use ::axum::{Router, body::Body, extract::Request, routing::any};
        use ::hyper::body::Incoming;
        use buttress_testing::{Server, service::respond};
        use tower::Layer as _;
        use $crate::{doors::Case as _, tunnel};

        #[tokio::test]
        async fn upgrades_and_tunnels_through_hyper() {
            let inner = respond(tunnel::accept::<Incoming>);
            let layer = <$case>::new().layer(true);
            tunnel::all_work(Server::auto(layer.layer(inner)).await).await;
        }

        #[tokio::test]
        async fn upgrades_and_tunnels_through_axum() {
            let accept = |request: Request| async { tunnel::accept(request).map(Body::new) };
            let router = Router::new()
                .route("/", any(accept))
                // A CONNECT over HTTP/1 has no path.
                .fallback(accept)
                .layer(<$case>::new().layer(true));
            tunnel::all_work(Server::auto(router).await).await;
        }

        $crate::grpc_is_untouched!(<$case>::new().layer(true));
    };
}
