//! Each layer through every door: its work is done in each, and what is none of
//! its business stays as it is.

use ::axum::routing::any;
use ::hyper::body::Incoming;
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_testing::{Server, service::respond};
use buttress_tests::{
    app,
    cache::CacheCase,
    catch_panic::CatchPanicCase,
    compression,
    doors::{Case, handler},
    doors_of_axum, doors_of_hyper, doors_that_stay_shut,
    drain::DrainCase,
    env::EnvCase,
    error_pages::ErrorPageCase,
    errors::ErrorCase,
    log::LogCase,
    session::SessionCase,
    sync_io::SyncIoCase,
    trust_proxy::TrustProxyCase,
    tunnel,
};
use tower::Layer;

macro_rules! every_door {
    ($layer:ident, $case:ty) => {
        mod $layer {
            use super::*;

            mod axum {
                use super::*;
                doors_of_axum!($case);
            }

            mod hyper {
                use super::*;
                doors_of_hyper!($case);
            }

            mod untouched {
                use super::*;
                doors_that_stay_shut!($case);
            }
        }
    };
}

every_door!(cache, CacheCase);
every_door!(env, EnvCase);
every_door!(drain, DrainCase);
every_door!(catch_panic, CatchPanicCase);
every_door!(error, ErrorCase);
every_door!(error_pages, ErrorPageCase);
every_door!(log, LogCase);
every_door!(session, SessionCase);
every_door!(sync_io, SyncIoCase);
every_door!(trust_proxy, TrustProxyCase);

/// A 101 that said `Connection: close` would be no upgrade.
#[tokio::test]
async fn a_drain_that_lingers_leaves_upgrades_and_tunnels_alone() {
    let case = DrainCase::new();
    case.drain.trigger();
    let inner = respond(tunnel::accept::<Incoming>);
    tunnel::all_work(Server::auto(case.layer(true).layer(inner)).await).await;
}

/// In the order that their docs ask for: the drain outermost, then the log.
#[tokio::test]
async fn all_layers_work_around_one_router() {
    let (drain, error, env) = (DrainCase::new(), ErrorCase::new(), EnvCase::new());
    let (log, sync_io) = (LogCase::new(), SyncIoCase::new());
    let cache = CacheCase::new();
    let session = SessionCase::new();
    let router = app::router()
        .route("/drain", any(handler(&drain)))
        .route("/error", any(handler(&error)))
        .route("/env", any(handler(&env)))
        .route("/log", any(handler(&log)))
        .route("/session", any(handler(&session)))
        .route("/sync-io", any(handler(&sync_io)))
        .route("/cache", any(handler(&cache)))
        .layer((
            drain.layer(true),
            log.layer(true),
            CompressionLayer::new(),
            error.layer(true),
            RequestDecompressionLayer::new(),
            cache.layer(true),
            env.layer(true),
            session.layer(true),
            sync_io.layer(true),
        ));
    let server = Server::auto(router).await;
    compression::works(server.addr(), app::PAGE).await;
    error.works(server.addr(), "/error").await;
    env.works(server.addr(), "/env").await;
    log.works(server.addr(), "/log").await;
    session.works(server.addr(), "/session").await;
    sync_io.works(server.addr(), "/sync-io").await;
    cache.works(server.addr(), "/cache").await;
    drain.works(server.addr(), "/drain").await;
    server.stop().await;
}

mod all_around_grpc {
    use super::*;

    buttress_tests::grpc_is_untouched!(
        DrainCase::new().layer(true),
        LogCase::new().layer(true),
        CompressionLayer::new(),
        ErrorCase::new().layer(true),
        RequestDecompressionLayer::new(),
        CacheCase::new().layer(true),
        EnvCase::new().layer(true),
        SyncIoCase::new().layer(true)
    );
}
