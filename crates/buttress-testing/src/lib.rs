//! What the tests of buttress share.
