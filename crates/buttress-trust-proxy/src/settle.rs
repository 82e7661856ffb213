//! A request is read, and what is not believed taken out of it.

use crate::{ClientInfo, layer::Config, source};
use http::{HeaderMap, HeaderName, Request};

pub(crate) fn settle<B>(config: &Config, request: &mut Request<B>) -> ClientInfo {
    let peer = config.peer(request.extensions());
    let (headers, uri) = (request.headers(), request.uri());
    let address = peer.map(|peer| peer.ip());
    if !config.trust.is_trusted(address, 0) {
        let info = ClientInfo::of_peer(peer, &config.scheme, headers, uri);
        if config.strip {
            remove(request.headers_mut(), source::is_any);
        }
        return info;
    }
    let told = config.source.read(headers, peer, &config.trust);
    let hops = told.walk.told;
    let info = ClientInfo::told(told, peer, &config.scheme, headers, uri);
    if config.strip {
        let headers = request.headers_mut();
        remove(headers, |name| config.source.is_foreign(name));
        config.source.cut(headers, hops);
    }
    info
}

/// Takes out the fields with such names, which are mostly not there.
fn remove(headers: &mut HeaderMap, is_unwanted: impl Fn(&str) -> bool) {
    let find = |headers: &HeaderMap| -> Option<HeaderName> {
        headers
            .keys()
            .find(|name| is_unwanted(name.as_str()))
            .cloned()
    };
    while let Some(name) = find(headers) {
        headers.remove(name);
    }
}
