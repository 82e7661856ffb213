//! Files: CSS, JavaScript, SVG, PNG and a font. The compression layer leaves
//! the last two alone, since their formats are compressed already.
//!
//! What is not there gets an empty 404 here, and its text from the error layer.

use super::Router;
use std::path::Path;
use tower_http::services::ServeDir;

pub(crate) fn router(folder: &Path) -> Router {
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    Router::new().nest_service("/assets", files)
}
