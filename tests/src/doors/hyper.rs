//! Plain hyper, through `TowerToHyperService`.

/// Makes the tests on plain hyper, with the `Case` given.
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
