//! The layer's name in place of a layer.

use buttress_compression::CompressionLayer;

fn main() {
    let _ = tower::ServiceBuilder::new().layer(CompressionLayer);
}
