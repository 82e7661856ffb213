/// Gives rustls a cryptography where the process has chosen none: it panics
/// without one, and several crates of a process may bring one each.
pub(crate) fn choose_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Who was faster has chosen, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
