//! A request is read, and what is not believed taken out of it.

use crate::{
    ClientInfo,
    fields::{self, Fields},
    host::Host,
    layer::Config,
};
use http::{HeaderMap, HeaderName, Request};

pub(crate) fn settle<B>(config: &Config, request: &mut Request<B>) -> ClientInfo {
    let peer = config.peer(request.extensions());
    let headers = request.headers();
    let fields = Fields::find(headers);
    let asked_for = || Host::asked_for(fields.host, request.uri());
    if !config.trust.is_trusted(peer.map(|peer| peer.ip()), 0) {
        let info = ClientInfo::of_peer(peer, config.scheme.clone(), asked_for());
        let is_any = fields.forwarded.is_there() || fields.has_real_ip || fields.has_x_forwarded();
        if config.strip && is_any {
            remove(request.headers_mut(), fields::is_any);
        }
        return info;
    }
    let told = config.source.read(&fields, headers, peer, &config.trust);
    let is_foreign = config.source.finds_foreign(&fields);
    let (hops, is_overlong) = (told.walk.told, told.is_overlong);
    let info = ClientInfo::told(told, peer, &config.scheme, asked_for);
    if config.strip && is_foreign {
        remove(request.headers_mut(), |name| config.source.is_foreign(name));
    }
    if config.strip && is_overlong {
        config.source.cut(request.headers_mut(), hops);
    }
    info
}

/// Takes out the fields with such names, which are mostly not there.
#[cold]
fn remove(headers: &mut HeaderMap, is_unwanted: impl Fn(&HeaderName) -> bool) {
    let unwanted = headers.keys().filter(|name| is_unwanted(name));
    for name in unwanted.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}
