//! The doors of axum.

/// Makes a test for each door of axum, with the `Case` given.
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
