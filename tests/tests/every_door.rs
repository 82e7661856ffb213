//! The layers that look at no body, each through every door: its work is done
//! in each, and what is none of its business stays as it is.

use buttress_tests::{
    catch_panic::CatchPanicCase, doors_of_axum, doors_of_hyper, doors_that_stay_shut,
    drain::DrainCase, env::EnvCase, errors::ErrorCase,
};

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

every_door!(env, EnvCase);
every_door!(drain, DrainCase);
every_door!(catch_panic, CatchPanicCase);
every_door!(error, ErrorCase);
