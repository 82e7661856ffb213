//! gRPC goes through the layers as if they were not there.

use buttress_compression::{CompressionLayer, RequestDecompressionLayer};

buttress_tests::grpc_is_untouched!(CompressionLayer::new(), RequestDecompressionLayer::new());
