//! Files: CSS, JavaScript, SVG, PNG and a font. The compression layer leaves
//! the last two alone, since their formats are compressed already.

use super::Router;
use crate::problem::Problem;
use axum::handler::HandlerWithoutStateExt;
use std::path::Path;
use tower_http::services::ServeDir;

pub(crate) fn router(folder: &Path) -> Router {
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .fallback(no_such_file.into_service());
    Router::new().nest_service("/assets", files)
}

async fn no_such_file() -> Problem {
    Problem::not_found("there is no such file in /assets")
}
