//! What is none of a layer's business.

/// Makes the tests of what a layer has to leave alone, with the `Case` given:
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
